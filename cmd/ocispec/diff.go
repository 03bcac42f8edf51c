package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/diff"
)

const diffHelp = `Diff compares two releases: requirements that are added, removed or have another
level or text, and cases that are added, removed or replaced. For a replaced case
it shows the expected responses before and after, by step and requirement. Both
can be patch releases, as in v1.1.0.`

func newDiff() *cobra.Command {
	var specs specFlags
	var format string
	cmd := &cobra.Command{
		Use:               "diff A B",
		Short:             "Compare two releases",
		Long:              diffHelp,
		ValidArgsFunction: specs.completeReleases,
		Example:           "  ocispec diff v1.0 v1.1\n  ocispec diff v1.1.0 v1.1.1 --format markdown",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("%s needs two releases (see ocispec list releases), not %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return diffReleases(cmd.OutOrStdout(), &specs, args[0], args[1], format)
		},
	}
	specs.addDir(cmd)
	addFormat(cmd, &format, "text", "json", "markdown")
	return cmd
}

func diffReleases(w io.Writer, specs *specFlags, from, to, format string) error {
	lib, err := specs.releases()
	if err != nil {
		return err
	}
	a, err := lib.find(from)
	if err != nil {
		return err
	}
	b, err := lib.find(to)
	if err != nil {
		return err
	}
	d := diff.Of(a, b)
	switch format {
	case "json":
		return writeJSON(w, d)
	case "markdown":
		return diff.Markdown(w, d)
	}
	return diff.Text(w, d)
}
