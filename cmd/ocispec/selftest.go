package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ocispec/ocispec/internal/modelregistry"
	"github.com/ocispec/ocispec/registry"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/selftest"
)

const selftestHelp = `Selftest tests the test cases. It runs the cases of a release against the model
registry with each planted fault, which they must find under the requirements
that it breaks and no other, and with each allowed variant, on which no check may
fail. It prints the findings of each, and the checks that no fault makes fail.

The Markdown format has what is the same in every run: docs/selftest has its
output.

For a fault it runs as many of the cases that check the requirements it breaks as it
takes to find it, unless --all is given. The exit status is 1 if a fault is not found as declared, a
variant fails, or a check never failed. With --all it is 1 if a fault is not found,
a variant fails, or more than 3 % of the faults have findings that they do not
declare.`

// selftestFlags are the flags of selftest.
type selftestFlags struct {
	specFlags
	run      []string
	format   string
	all      bool
	parallel int
}

func newSelftest() *cobra.Command {
	var f selftestFlags
	cmd := &cobra.Command{
		Use:     "selftest",
		Short:   "Test the test cases with faults and variants",
		Long:    selftestHelp,
		Example: "  ocispec selftest --spec dev\n  ocispec selftest --run 'blob.*'",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.execute(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.add(cmd)
	fl := cmd.Flags()
	fl.StringSliceVar(&f.run, "run", nil, "run only faults and variants whose id matches a `glob`; can be repeated")
	fl.BoolVar(&f.all, "all", false, "run every case for every fault")
	fl.IntVar(&f.parallel, "parallel", 0, "`number` of concurrent runs (default two for each processor)")
	cmd.RegisterFlagCompletionFunc("run", f.completeDeviations("variants", "faults"))
	addFormat(cmd, &f.format, "text", "json", "markdown")
	return cmd
}

func (f *selftestFlags) execute(ctx context.Context, stdout, stderr io.Writer) error {
	lib, err := f.releases()
	if err != nil {
		return err
	}
	rel, err := lib.find(f.spec)
	if err != nil {
		return err
	}
	deviations, err := lib.deviations()
	if err != nil {
		return err
	}
	if _, err := modelregistry.New(registry.Options{}, rel.Lineage); err != nil {
		return &statusError{statusUsage, err}
	}
	r, err := selftest.Run(ctx, rel, deviations, selftest.Options{
		Run: f.run, AllCases: f.all, Parallel: f.parallel, Seed: "selftest",
	})
	if ctx.Err() != nil {
		return &statusError{statusInterrupted, fmt.Errorf("interrupted")}
	}
	if err != nil {
		return usage("--run: %v", err)
	}
	switch f.format {
	case "json":
		err = writeJSON(stdout, r)
	case "markdown":
		err = errors.Join(r.Markdown(stdout), r.Summary(stderr))
	default:
		err = r.Text(stdout)
	}
	if err != nil {
		return &statusError{statusFault, err}
	}
	if !r.OK {
		return &statusError{status: statusFailed}
	}
	return nil
}
