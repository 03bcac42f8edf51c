package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/diff"
)

const diffHelp = `Diff compares two releases: requirements that are added, removed or have another
level or text, and cases that are added, removed or replaced. For a replaced case
it shows the expected responses before and after, by step and requirement. Both
can be patch releases, as in v1.1.0.

A summary counts the requirements by actor, area and level: +3 are added, −1 is
removed, ~2 have another level or text. What concerns registries follows by area,
and the requirements for clients come last.`

func newDiff() *cobra.Command {
	var specs specFlags
	var format, actor string
	cmd := &cobra.Command{
		Use:               "diff A B",
		Short:             "Compare two releases",
		Long:              diffHelp,
		ValidArgsFunction: specs.completeReleases,
		Example:           "  ocispec diff v1.0 v1.1\n  ocispec diff v1.1.0 v1.1.1 --actor registry --format markdown",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("%s needs two releases (see ocispec list releases), not %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := diffReleases(&specs, args[0], args[1], actor)
			if err != nil {
				return err
			}
			return writeDiff(cmd.OutOrStdout(), d, format)
		},
	}
	specs.addDir(cmd)
	addFormat(cmd, &format, "text", "markdown", "html", "json")
	cmd.Flags().StringVar(&actor, "actor", "", "only requirements for an `actor`: registry or client")
	complete(cmd, "actor", diff.Registry, diff.Client)
	return cmd
}

// diffReleases compares two releases for an actor, or for all if it is empty.
func diffReleases(specs *specFlags, from, to, actor string) (*diff.Diff, error) {
	if actor != "" && actor != diff.Registry && actor != diff.Client {
		return nil, usage("unknown actor %q; want registry or client", actor)
	}
	lib, err := specs.releases()
	if err != nil {
		return nil, err
	}
	a, err := lib.find(from)
	if err != nil {
		return nil, err
	}
	b, err := lib.find(to)
	if err != nil {
		return nil, err
	}
	d := diff.Of(a, b)
	if actor != "" {
		d = d.Only(actor)
	}
	return d, nil
}

func writeDiff(w io.Writer, d *diff.Diff, format string) error {
	switch format {
	case "json":
		return writeJSON(w, d)
	case "markdown":
		return diff.Markdown(w, d)
	case "html":
		return diff.HTML(w, d)
	}
	return diff.Text(w, d)
}
