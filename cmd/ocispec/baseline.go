package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/baseline"
	"github.com/ocispec/ocispec/result"
)

const baselineHelp = `A baseline lists known findings of a registry, each with a reason. A run with
--baseline succeeds if exactly these failures occur: it fails (status 1) if one is
new, no longer occurs, or occurs in another way.`

const baselineUpdateHelp = `Update writes the failures in a results.json to a baseline. Entries that are there
keep their reasons; to each new one a reason has to be added by hand.`

func newBaseline() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Keep the known findings of a registry",
		Long:  baselineHelp,
		Args:  noCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "update FILE RESULTS",
		Short:   "Write the failures of a run to a baseline",
		Long:    baselineUpdateHelp,
		Example: "  ocispec run --registry localhost:5000 --out results\n  ocispec baseline update known.yaml results/results.json\n  ocispec run --registry localhost:5000 --baseline known.yaml",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("%s needs a baseline and a results.json", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return updateBaseline(args[0], args[1], cmd.InOrStdin(), cmd.OutOrStdout())
		},
	})
	return cmd
}

func updateBaseline(file, results string, stdin io.Reader, stdout io.Writer) error {
	res, err := readResults(results, stdin)
	if err != nil {
		return err
	}
	if res.Outcome == result.Inconclusive || res.Outcome == result.Error {
		return usage("%s: the run is %s: a baseline needs a complete one", results, res.Outcome)
	}
	var old *baseline.Baseline
	if b, err := os.ReadFile(file); err == nil {
		// Entries without a reason are those of the last update.
		old, err = baseline.Parse(b)
		if old == nil {
			return usage("%s: %v", file, err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return usage("%v", err)
	}
	now := baseline.Update(old, res)
	b, err := now.Encode()
	if err == nil {
		err = os.WriteFile(file, b, 0o644)
	}
	if err != nil {
		return &statusError{statusFault, err}
	}
	missing := 0
	for _, e := range now.Findings {
		if e.Reason == "" {
			missing++
		}
	}
	fmt.Fprintf(stdout, "%s: %s, %d without a reason\n", file, plural(len(now.Findings), "known finding"), missing)
	return nil
}

// readBaseline reads the baseline for a run, which has to be of all cases.
func (f *runFlags) readBaseline() error {
	if f.baselineFile == "" {
		return nil
	}
	if len(f.selection) > 0 {
		return usage("--baseline needs a run of all cases, without --run")
	}
	b, err := os.ReadFile(f.baselineFile)
	if err != nil {
		return usage("--baseline: %v", err)
	}
	if f.known, err = baseline.Parse(b); err != nil {
		return usage("%s: %v", f.baselineFile, err)
	}
	return nil
}

// verdict returns the exit status of a run, and prints how it differs from the
// baseline if there is one.
func (f *runFlags) verdict(res *result.Run, stderr io.Writer) error {
	err := outcomeStatus(res)
	if f.known == nil || res.Outcome == result.Inconclusive || res.Counts.Checks[result.Error] > 0 {
		return err
	}
	d := f.known.Compare(res)
	for _, x := range d.New {
		fmt.Fprintf(stderr, "baseline: new: %s (%s), case %s\n", x.Requirement, x.Way, x.Example.Case)
	}
	for _, e := range d.Other {
		fmt.Fprintf(stderr, "baseline: occurs in another way: %v: %s\n", e, e.Reason)
	}
	for _, e := range d.Gone {
		fmt.Fprintf(stderr, "baseline: no longer occurs: %v: %s\n", e, e.Reason)
	}
	for _, e := range d.Known {
		fmt.Fprintf(stderr, "baseline: known: %v: %s\n", e, e.Reason)
	}
	if d.Same() {
		return nil
	}
	return &statusError{statusFailed, fmt.Errorf("the findings differ from %s (ocispec baseline update %s RESULTS)", f.baselineFile, f.baselineFile)}
}
