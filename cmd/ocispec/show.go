package main

import (
	"io"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/show"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/nearest"
)

const showHelp = `Show explains cases and requirements: for a case every request and the expected
response, with the requirement, its level and the clause of the specification;
for a requirement its level in each release and every check of it. Angle brackets
mark values that a run generates or receives.

Show also accepts the ids of rules, rows, capabilities, sets of data, variants
and faults.`

func newShow() *cobra.Command {
	var specs specFlags
	var format string
	cmd := &cobra.Command{
		Use:               "show ID...",
		Short:             "Explain a case or a requirement",
		Long:              showHelp,
		Example:           "  ocispec show blob-put-after-post\n  ocispec show push.blob.put.created-status --spec v1.0",
		ValidArgsFunction: specs.completeIDs,
		Args:              atLeastOne("the id of a case or a requirement (see ocispec list)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runShow(cmd.OutOrStdout(), &specs, args, format)
		},
	}
	specs.add(cmd)
	addFormat(cmd, &format, "text", "json")
	return cmd
}

func runShow(w io.Writer, specs *specFlags, ids []string, format string) error {
	lib, err := specs.releases()
	if err != nil {
		return err
	}
	rel, err := lib.find(specs.spec)
	if err != nil {
		return err
	}
	all, err := lib.all()
	if err != nil {
		return err
	}
	e := &show.Explainer{Release: rel, All: all, Place: lib.place}
	found, other := []any{}, []any{}
	for _, id := range ids {
		f := e.Find(id)
		x, err := findDeviations(lib, id)
		if err != nil {
			return err
		}
		if len(f)+len(x) == 0 {
			return unknown(lib, e, id)
		}
		found, other = append(found, f...), append(other, x...)
	}
	if format == "json" {
		return writeJSON(w, append(found, other...))
	}
	if err := show.Text(w, found); err != nil {
		return err
	}
	for _, x := range other {
		if err := showDeviation(w, x); err != nil {
			return err
		}
	}
	return nil
}

// unknown is the error of an unknown id: it names the releases that have it, or
// the nearest id.
func unknown(lib *library, e *show.Explainer, id string) error {
	var in []string
	for _, r := range e.All {
		for _, p := range r.Patches {
			if has(lib, p, id) {
				in = append(in, p)
			}
		}
	}
	if len(in) > 0 {
		return usage("%q is not in %s but in %s; select one of them with --spec", id, e.Release.Patch, strings.Join(in, ", "))
	}
	return usage("unknown case or requirement %q in %s%s", id, e.Release.Patch, nearest.DidYouMean(id, e.IDs()))
}

// has reports whether a patch release has something of that id.
func has(lib *library, patch, id string) bool {
	r, err := lib.find(patch)
	return err == nil && slices.Contains((&show.Explainer{Release: r}).IDs(), id)
}
