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

const selftestHelp = `Selftest tests the tests. It runs the cases of a release against the model
registry with each fault, which they have to find under the requirements that
it breaks and under no other, and with each variant that the specification
allows, on which nothing may fail. It prints what was found of each, and
checks that nothing has made fail.

As markdown, it prints what does not differ from run to run: the pages in
docs/selftest are made so.

Of a fault only the cases are run that check what it breaks, unless --all is
given. The exit status is 1 if anything is not as it should be.`

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
		Short:   "Test the tests with faults and variants",
		Long:    selftestHelp,
		Example: "  ocispec selftest --spec dev\n  ocispec selftest --run 'blob.*'",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.execute(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.add(cmd)
	fl := cmd.Flags()
	fl.StringSliceVar(&f.run, "run", nil, "only faults and variants whose id matches a `glob`; may be given several times")
	fl.BoolVar(&f.all, "all", false, "run every case for every fault")
	fl.IntVar(&f.parallel, "parallel", 0, "how `many` runs may be under way at once (default two for each processor)")
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
	altered, err := lib.altered()
	if err != nil {
		return err
	}
	if _, err := modelregistry.New(registry.Options{}, rel.Lineage); err != nil {
		return &statusError{statusUsage, err}
	}
	r, err := selftest.Run(ctx, rel, altered, selftest.Options{
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
