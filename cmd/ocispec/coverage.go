package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/coverage"
)

const coverageHelp = `Coverage says for each requirement of a release whether cases check it. Its
state is one of

  covered     a case or a rule checks it, or a requirement that says the same
  partly      a check cannot see all of it
  untestable  there is no check, for a reason that is given
  uncovered   there is neither a check nor a reason

As text it is totals and the requirements that are uncovered; as JSON or
Markdown it has every requirement.`

func newCoverage() *cobra.Command {
	var specs specFlags
	var format string
	cmd := &cobra.Command{
		Use:     "coverage",
		Short:   "Say which requirements are checked",
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
