package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/coverage"
)

const coverageHelp = `Coverage prints which requirements of a release have a check. The state of a
requirement is one of

  covered     a case or a rule checks it, or checks a requirement that states the same
  partly      a check covers part of it
  untestable  no check, with a reason
  uncovered   neither a check nor a reason

The text format has totals and the uncovered requirements, JSON and Markdown
every requirement.`

func newCoverage() *cobra.Command {
	var specs specFlags
	var format string
	cmd := &cobra.Command{
		Use:     "coverage",
		Short:   "Print which requirements have a check",
		Long:    coverageHelp,
		Example: "  ocispec coverage --spec v1.1\n  ocispec coverage --spec dev --format json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cover(cmd.OutOrStdout(), &specs, format)
		},
	}
	specs.add(cmd)
	addFormat(cmd, &format, "text", "json", "markdown")
	return cmd
}

func cover(w io.Writer, specs *specFlags, format string) error {
	rel, err := specs.release()
	if err != nil {
		return err
	}
	r := coverage.Of(rel)
	switch format {
	case "json":
		return writeJSON(w, r)
	case "markdown":
		return coverage.Markdown(w, r)
	}
	return coverage.Text(w, r)
}
