package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/baseline"
	"github.com/ocispec/ocispec/internal/settings"
	"github.com/ocispec/ocispec/report"
	"github.com/ocispec/ocispec/result"
)

const baselineHelp = `A baseline lists known findings of a registry, each with a reason. A run with
--baseline succeeds if exactly these failures occur: it fails (status 1) if one is
new, no longer occurs, occurs in another way, or was not checked.

The file is in YAML or, if its name ends in .cue, in CUE; schemas/baseline.cue
types it.`

const baselineUpdateHelp = `Update writes the failures in a results.json to a baseline. Entries that are there
keep their reasons; to each new one a reason has to be added by hand. The run has to
be of all cases.`

func newBaseline() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Keep the known findings of a registry",
		Long:  baselineHelp,
		Args:  noCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "update FILE RESULTS",
		Short:   "Write the failures of a run to a baseline",
		Long:    baselineUpdateHelp,
		Example: "  ocispec run --registry localhost:5000 --out results\n  ocispec baseline update known.yaml results/results.json\n  ocispec run --registry localhost:5000 --baseline known.yaml",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("%s needs a baseline and a results.json", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return updateBaseline(args[0], args[1], cmd.InOrStdin(), cmd.OutOrStdout())
		},
	})
	return cmd
}

func updateBaseline(file, results string, stdin io.Reader, stdout io.Writer) error {
	res, err := readResults(results, stdin)
	if err != nil {
		return err
	}
	if err := baseline.Complete(res); err != nil {
		return usage("%s: %v", results, err)
	}
	res = report.Cleaned(res)
	var old *baseline.Baseline
	if b, err := os.ReadFile(file); err == nil {
		// Entries without a reason are those of the last update.
		old, err = baseline.Parse(file, b)
		if old == nil {
			return usage("%v", err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return usage("%v", err)
	}
	now := baseline.Update(old, res)
	b, err := now.Encode(file)
	if err == nil {
		err = os.WriteFile(file, b, 0o644)
	}
	if err != nil {
		return &statusError{statusFault, err}
	}
	missing := 0
	for _, e := range now.Findings {
		if e.Reason == "" {
			missing++
		}
	}
	fmt.Fprintf(stdout, "%s: %s, %d without a reason\n", file, plural(len(now.Findings), "known finding"), missing)
	return nil
}

// readBaseline reads the baseline for a run, which has to be of all cases.
func (f *runFlags) readBaseline() error {
	if f.baselineFile == "" {
		return nil
	}
	if len(f.selection) > 0 || f.shard.n > 0 {
		return usage("--baseline needs a run of all cases, without --run, --rerun-failed and --shard")
	}
	b, err := os.ReadFile(f.baselineFile)
	if err != nil {
		return usage("--baseline: %v", err)
	}
	if f.known, err = baseline.Parse(f.baselineFile, b); err != nil {
		return usage("%v", err)
	}
	return nil
}

// comparable returns an error if the baseline is not of the release, or the run is
// read-only.
func (f *runFlags) comparable(rel *release.Release, set *settings.Settings) error {
	switch {
	case f.known == nil:
	case f.known.Spec != rel.Patch:
		return usage("%s: the baseline is of %s, the run of %s", f.baselineFile, f.known.Spec, rel.Patch)
	case set.ReadOnly():
		return usage("--baseline needs a run of all cases, which a read-only run is not")
	}
	return nil
}

// verdict returns the exit status of a run, and prints how it differs from the
// baseline if there is one.
func (f *runFlags) verdict(res *result.Run, stderr io.Writer) error {
	err := outcomeStatus(res)
	if f.known == nil {
		return err
	}
	if incomplete := baseline.Complete(res); incomplete != nil {
		fmt.Fprintf(stderr, "baseline: not compared: %v\n", incomplete)
		return err
	}
	d := f.known.Compare(report.Cleaned(res))
	for _, x := range d.New {
		fmt.Fprintf(stderr, "baseline: new: %s (%s), case %s\n", x.Requirement, x.Way, x.Example.Case)
	}
	for _, group := range []struct {
		what    string
		entries []baseline.Entry
	}{
		{"occurs in another way", d.Other}, {"no longer occurs", d.Gone}, {"was not checked", d.Unchecked}, {"known", d.Known},
	} {
		for _, e := range group.entries {
			fmt.Fprintf(stderr, "baseline: %s: %v: %s\n", group.what, e, e.Reason)
		}
	}
	if d.Same() {
		return nil
	}
	return &statusError{statusFailed, fmt.Errorf("the findings differ from %s (ocispec baseline update %s RESULTS)", f.baselineFile, f.baselineFile)}
}
