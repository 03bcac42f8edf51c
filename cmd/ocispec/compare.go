package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/compare"
	"github.com/ocispec/ocispec/report"
)

const compareHelp = `Compare prints what became of the findings of a run: which are new, changed, fixed
or still there in another run, of another time, registry, release or version of the
tool. Each run is a results.json or a directory with one.

The exit status is 1 if the second run has a failure that the first one did not have.`

func newCompare() *cobra.Command {
	var f specFlags
	var format string
	cmd := &cobra.Command{
		Use:     "compare BEFORE AFTER",
		Short:   "Compare the findings of two runs",
		Long:    compareHelp,
		Example: "  ocispec compare last/results.json results/results.json\n  ocispec compare zot distribution --format markdown",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("%s needs two results.json, or directories with one", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.compare(args[0], args[1], format, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	f.addDir(cmd)
	addFormat(cmd, &format, "text", "markdown", "json")
	return cmd
}

func (f *specFlags) compare(before, after, format string, stdin io.Reader, stdout io.Writer) error {
	a, err := f.readResults(before, stdin)
	if err != nil {
		return err
	}
	b, err := f.readResults(after, stdin)
	if err != nil {
		return err
	}
	c := compare.Runs(report.Cleaned(a), report.Cleaned(b))
	switch format {
	case "json":
		err = writeJSON(stdout, c)
	case "markdown":
		err = c.Markdown(stdout)
	default:
		err = c.Text(stdout)
	}
	if err != nil {
		return &statusError{statusFault, err}
	}
	if c.Regressed() {
		return &statusError{status: statusFailed}
	}
	return nil
}
