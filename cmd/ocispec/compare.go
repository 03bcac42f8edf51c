package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/compare"
	"github.com/ocispec/ocispec/internal/published"
)

const compareHelp = `Compare compares two results: which violations are new, fixed, changed or still
there, and what the second result no longer checks. A and B are each a
results.json, a directory with one, a published result folder, or - for standard
input. Between two results of ocispec the requirements are compared, otherwise the
rows, workflows and cases of published results.

A violation is fixed only if the case that found it checked the requirement again.

Exit status: 1 if there is a regression: a new or more severe violation of
something that both results can have; 6 if there is none, but what was checked
before is now blocked, inconclusive or an error; otherwise 0.`

func newCompare() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "compare A B",
		Short:   "Compare two results",
		Long:    compareHelp,
		Example: "  ocispec compare last-week/results.json results/results.json\n  ocispec compare distribution-spec/v1.0/olareg distribution-spec/v1.1/olareg --format markdown",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 || args[0] == "-" && args[1] == "-" {
				return usage("%s needs two results, each a results.json or a directory", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := compared(cmd, args[0])
			if err != nil {
				return err
			}
			b, err := compared(cmd, args[1])
			if err != nil {
				return err
			}
			c := compare.Of(a, b)
			if err := writeComparison(cmd, c, format); err != nil {
				return err
			}
			return comparisonStatus(c)
		},
	}
	addFormat(cmd, &format, "text", "markdown", "json")
	return cmd
}

// compared reads one of the results.
func compared(cmd *cobra.Command, name string) (compare.Input, error) {
	in := compare.Input{Source: name}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		file := filepath.Join(name, "results.json")
		if _, err := os.Stat(file); err != nil {
			p, err := published.Read(name)
			if err != nil {
				return in, usage("read results: %v", err)
			}
			in.Published = p
			return in, nil
		}
		name = file
	}
	r, err := readResults(name, cmd.InOrStdin())
	in.Run = r
	return in, err
}

func writeComparison(cmd *cobra.Command, c *compare.Comparison, format string) error {
	switch format {
	case "json":
		return writeJSON(cmd.OutOrStdout(), c)
	case "markdown":
		return compare.Markdown(cmd.OutOrStdout(), c)
	}
	return compare.Text(cmd.OutOrStdout(), c)
}

func comparisonStatus(c *compare.Comparison) error {
	switch {
	case c.Regression():
		return &statusError{status: statusFailed}
	case c.Inconclusive():
		return &statusError{status: statusInconclusive}
	}
	return nil
}
