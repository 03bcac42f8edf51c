package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/compile"
)

const vetHelp = `Vet reports every error in spec files: what keeps them from loading, requirements
with neither a check nor a reason, and unformatted files. It reads the built-in
files, or a directory laid over them, and prints each error with its position.`

func newVet() *cobra.Command {
	return &cobra.Command{
		Use:     "vet [DIR]",
		Short:   "Report errors in spec files",
		Long:    vetHelp,
		Example: "  ocispec vet\n  ocispec vet my-specs",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("%s needs one directory, not %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return vet(cmd.OutOrStdout(), first(args...))
		},
	}
}

func vet(w io.Writer, dir string) error {
	t, err := openTree("vet", dir)
	if err != nil {
		return counted(w, err)
	}
	return vetTree(w, t, dir)
}

func vetTree(w io.Writer, t *spectree.Tree, dir string) error {
	releases, err := compile.Vet(t)
	if err != nil {
		return counted(w, relocate(err, t, dir))
	}
	if dir == "" || compile.OwnDeviations(t) {
		if _, err := compile.Deviations(t, slices.Collect(maps.Values(releases))); err != nil {
			return counted(w, relocate(err, t, dir))
		}
	}
	requirements, cases := map[string]bool{}, map[[2]string]bool{}
	for _, r := range releases {
		for _, q := range r.Requirements {
			requirements[q.ID] = true
		}
		for _, c := range r.Cases {
			cases[[2]string{c.Release, c.ID}] = true
		}
	}
	_, err = fmt.Fprintf(w, "%s, %s, %s: nothing wrong\n", plural(len(releases), "release"),
		plural(len(requirements), "requirement"), plural(len(cases), "case"))
	return err
}

// counted prints errors on standard output, and returns their number as error.
func counted(w io.Writer, err error) error {
	var errs spectree.Errors
	if !errors.As(err, &errs) {
		return err
	}
	fmt.Fprintf(w, "%v\n", errs)
	return &statusError{statusSpec, errors.New(plural(len(errs), "error"))}
}
