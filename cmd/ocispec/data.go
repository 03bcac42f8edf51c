package main

import (
	"cmp"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/nearest"
)

const dataHelp = `Data writes the content that a case sends: the bytes of one entry of its data.
The same seed generates the same bytes as a run with that seed. The curl lines of
findings use it for request bodies.`

func newData() *cobra.Command {
	var f dataFlags
	cmd := &cobra.Command{
		Use:               "data CASE NAME",
		Short:             "Write generated content of a case",
		Long:              dataHelp,
		Example:           "  ocispec data --seed 3b1f blob-put-after-post blob | sha256sum\n  ocispec data --seed 3b1f data-image image -o manifest.json",
		ValidArgsFunction: f.completeData,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("%s needs a case and a name in its data, not %d arguments", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.write(cmd.OutOrStdout(), args[0], args[1])
		},
	}
	f.add(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.seed, "seed", "", "`text` that the content is generated from")
	fl.StringVar(&f.repo, "repo", defaultRepo, "`repository` of the run, for content that names it")
	fl.StringVarP(&f.out, "output", "o", "", "`file` to write to instead of standard output")
	return cmd
}

type dataFlags struct {
	specFlags
	seed, repo, out string
}

func (f *dataFlags) write(stdout io.Writer, caseID, name string) error {
	rel, err := f.release()
	if err != nil {
		return err
	}
	if err := hasContent(rel, caseID, name); err != nil {
		return err
	}
	b, err := engine.Content(rel, engine.Target{Repo: f.repo, Other: f.repo + "-other"}, f.seed, caseID, name)
	if err != nil {
		return &statusError{statusFault, err}
	}
	if f.out != "" {
		err = os.WriteFile(f.out, b, 0o666)
	} else {
		_, err = stdout.Write(b)
	}
	if err != nil {
		return &statusError{statusFault, err}
	}
	return nil
}

// hasContent reports a case or an entry of its data that does not exist.
func hasContent(rel *release.Release, caseID, name string) error {
	c := rel.Case(caseID)
	if c == nil {
		var ids []string
		for _, k := range rel.Cases {
			ids = append(ids, k.ID)
		}
		return usage("unknown case %q in %s%s", caseID, rel.Patch, nearest.DidYouMean(caseID, ids))
	}
	var names []string
	for _, d := range c.Data {
		if d.Name == name {
			return nil
		}
		names = append(names, d.Name)
	}
	return usage("unknown data %q in case %q%s", name, caseID, cmp.Or(nearest.DidYouMean(name, names), "; want one of "+join(names)))
}
