package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/artifact"
	"github.com/ocispec/ocispec/internal/fleet"
	"github.com/ocispec/ocispec/internal/settings"
)

const fleetRunHelp = `Run tests the registries of a fleet on this machine, one after the other, and stores
the results of each in a directory of its own: REGISTRY/RELEASE below --out. One
machine gains nothing by shards: only --item runs them.

The exit status is 0 if all registries conform, otherwise that of the first one that
does not. An item that could not run does not keep others from running.`

// fleetRun are the flags of fleet run.
type fleetRun struct {
	item, out, push string
	plain           bool // --plain-http
}

func newFleetRun() *cobra.Command {
	var f fleetRun
	cmd := &cobra.Command{
		Use:     "run FILE",
		Short:   "Test the registries of a fleet on this machine, or one item",
		Long:    fleetRunHelp,
		Example: "  ocispec fleet run fleet.cue --out results\n  ocispec fleet run fleet.cue --item zot-v1.1 --out results --push registry.example.com/results",
		Args:    oneFleet,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkRepository("--push", f.push); err != nil {
				return err
			}
			all, err := loadFleet(args[0])
			if err != nil {
				return err
			}
			items := all.Runs()
			if f.item != "" {
				one, err := all.Item(f.item)
				if err != nil {
					return usage("--item: %v", err)
				}
				items = []fleet.Item{one}
			}
			return f.run(cmd.Context(), items, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.item, "item", "", "run only the `item` with this name or, from 0, number")
	fl.StringVar(&f.out, "out", "results", "`directory` for the results")
	fl.StringVar(&f.push, "push", "", "`repository` of a registry to push the results to, each with the tag of its item")
	fl.BoolVar(&f.plain, "plain-http", false, "push without TLS")
	return cmd
}

func (f *fleetRun) run(ctx context.Context, items []fleet.Item, stdout, stderr io.Writer) error {
	status := statusOK
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, i := range items {
		fmt.Fprintf(stderr, "== %s\n", i.ID())
		verdict := "passed"
		if own := explain(f.one(ctx, i, stderr), stderr); own != statusOK {
			verdict = fmt.Sprintf("status %d", own)
			status = cmp.Or(status, own)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", i.ID(), verdict, filepath.Join(f.out, i.Dir()))
		if ctx.Err() != nil {
			break
		}
	}
	t.Flush()
	if status == statusOK {
		return nil
	}
	return &statusError{status: status}
}

// one runs an item, and pushes its results.
func (f *fleetRun) one(ctx context.Context, i fleet.Item, stderr io.Writer) error {
	dir := filepath.Join(f.out, i.Dir())
	var r runFlags
	r.format, r.quiet = "text", true
	if i.Shards > 1 {
		r.shardText = fmt.Sprintf("%d/%d", i.Shard, i.Shards)
	}
	set, err := itemSettings(i, dir)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "results.json")
	before, _ := os.Stat(file)
	verdict := r.run(ctx, set, stderr, stderr)
	if f.push == "" || !written(file, before) {
		return verdict
	}
	if err := artifact.Push(ctx, dir, f.push+":"+i.ID(), f.plain); err != nil {
		return errors.Join(&statusError{statusFault, fmt.Errorf("push results: %w", err)}, verdict)
	}
	return verdict
}

// written reports whether a file is there that is not the one before, which is nil if
// there was none: results of an earlier run are not those of a run that did not start.
func written(file string, before os.FileInfo) bool {
	now, err := os.Stat(file)
	return err == nil && (before == nil || !os.SameFile(before, now) || !before.ModTime().Equal(now.ModTime()))
}

// itemSettings returns the settings of an item. Variables of the environment are only
// the login that the item names.
func itemSettings(i fleet.Item, dir string) (*settings.Settings, error) {
	entries := map[string]settings.Entry{}
	maps.Copy(entries, i.Settings)
	entries["spec"] = settings.Entry{Value: i.Release, Origin: "the fleet"}
	entries["out"] = settings.Entry{Value: dir, Origin: "--out"}
	var env []string
	for name, variable := range map[string]string{"OCISPEC_USERNAME": i.Username, "OCISPEC_PASSWORD": i.Password} {
		if variable == "" {
			continue
		}
		// GitHub sets the variable of a secret that does not exist to nothing.
		value := os.Getenv(variable)
		if value == "" {
			return nil, usage("the variable %s is not set or empty", variable)
		}
		env = append(env, name+"="+value)
	}
	return fixedSettings(entries, env)
}
