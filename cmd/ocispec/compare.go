package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/compare"
	"github.com/ocispec/ocispec/internal/published"
	"github.com/ocispec/ocispec/report"
)

const compareHelp = `Compare compares two results: which violations are new, fixed, changed or still
there, and what the second result no longer checks. A and B are each a
results.json, a directory with one, a published result folder, or - for standard
input. Between two results of ocispec the requirements are compared, otherwise the
rows, workflows and cases of published results.

A violation is fixed only if the case that found it checked the requirement again.

Exit status: 1 if there is a regression: a new or more severe violation of
something that both results can have; 6 without a regression if what was checked
before is now blocked, inconclusive or an error; otherwise 0.`

func newCompare() *cobra.Command {
	var f specFlags
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
			a, err := f.compared(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			b, err := f.compared(args[1], cmd.InOrStdin())
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
	f.addDir(cmd)
	addFormat(cmd, &format, "text", "markdown", "json")
	return cmd
}

// compared reads one of the results. A directory that a run has written to is read
// as ocispec report reads it, any other as a published result folder.
func (f *specFlags) compared(name string, stdin io.Reader) (compare.Input, error) {
	in := compare.Input{Source: name}
	if info, err := os.Stat(name); err == nil && info.IsDir() && !writtenByRun(name) {
		p, err := published.Read(name)
		if err != nil {
			return in, usage("read results: %v", err)
		}
		in.Published = p
		return in, nil
	}
	r, err := f.readResults(name, stdin)
	if err == nil {
		in.Run = report.Cleaned(r)
	}
	return in, err
}

// writtenByRun reports whether a directory has results of ocispec, or the journal of
// a run that was killed.
func writtenByRun(dir string) bool {
	return slices.ContainsFunc([]string{"results.json", journalName}, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	})
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
