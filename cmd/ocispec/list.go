package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/nearest"
)

const listHelp = `List prints the cases of a release (default), its requirements, its data (sets of
content), its rows (of published results), or the releases; or the variants and
faults of all releases.

With --format json it prints an array of objects with an id.`

func newList() *cobra.Command {
	var specs specFlags
	var format string
	kinds := []string{"cases", "requirements", "data", "rows", "releases", "variants", "faults"}
	cmd := &cobra.Command{
		Use:       "list [cases|requirements|data|rows|releases|variants|faults]",
		Short:     "List cases, requirements, data, rows, releases, variants or faults",
		Long:      listHelp,
		Example:   "  ocispec list --spec v1.1\n  ocispec list requirements --spec dev --format json",
		ValidArgs: kinds,
		Args:      oneOf(kinds, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind := "cases"
			if len(args) > 0 {
				kind = args[0]
			}
			return list(cmd.OutOrStdout(), &specs, kind, format)
		},
	}
	specs.add(cmd)
	addFormat(cmd, &format, "text", "json")
	return cmd
}

// item is a line of a list.
type item struct {
	ID       string   `json:"id"`
	Title    string   `json:"title,omitempty"`
	Level    string   `json:"level,omitempty"`
	Release  string   `json:"release,omitempty"`
	Kind     string   `json:"kind,omitempty"`
	Switch   string   `json:"switch,omitempty"`
	Enabled  *bool    `json:"enabled,omitempty"`
	Checks   []string `json:"checks,omitempty"`
	Needs    []string `json:"needs,omitempty"`
	Provides []string `json:"provides,omitempty"`
	Patches  []string `json:"patches,omitempty"`
	Pos      string   `json:"pos,omitempty"`
}

func list(w io.Writer, specs *specFlags, kind, format string) error {
	items, err := listing(specs, kind)
	if err != nil {
		return err
	}
	if format == "json" {
		return writeJSON(w, items)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range items {
		if x.Level != "" {
			fmt.Fprintf(t, "%s\t%s\t%s\n", x.ID, x.Level, x.Title)
		} else {
			fmt.Fprintf(t, "%s\t%s\n", x.ID, x.Title)
		}
	}
	return t.Flush()
}

func listing(specs *specFlags, kind string) ([]item, error) {
	rs, err := specs.releases()
	if err != nil {
		return nil, err
	}
	if kind == "variants" || kind == "faults" {
		return listDeviations(rs, kind)
	}
	items := []item{}
	if kind == "releases" {
		for _, v := range rs.Versions() {
			c, err := rs.Get(v)
			if err != nil {
				return nil, &statusError{statusFault, err}
			}
			items = append(items, item{ID: v, Title: c.Release.Title, Patches: c.Release.Patches})
		}
		return items, nil
	}
	c, patch, err := rs.Find(specs.spec)
	if err != nil {
		return nil, &statusError{statusUsage, err}
	}
	rel, err := c.Summary(patch)
	if err != nil {
		return nil, &statusError{statusFault, err}
	}
	items = listRelease(rel, kind)
	for i := range items {
		items[i].Pos = rs.place(release.Pos(items[i].Pos))
	}
	return items, nil
}

func listRelease(rel *release.Release, kind string) []item {
	items := []item{}
	switch kind {
	case "cases":
		for _, k := range rel.Cases {
			items = append(items, item{ID: k.ID, Title: k.Title, Release: k.Release, Checks: k.Checks, Needs: k.Needs, Provides: k.Provides, Pos: string(k.Pos)})
		}
	case "requirements":
		for _, q := range rel.Requirements {
			items = append(items, item{ID: q.ID, Level: string(q.Level), Title: q.Text, Pos: string(q.Pos)})
		}
	case "data":
		for _, s := range rel.Sets {
			items = append(items, item{ID: s.ID, Title: s.Title})
		}
	case "rows":
		for _, r := range rel.Rows {
			on := !r.Disabled
			items = append(items, item{ID: r.ID, Title: r.Title, Kind: r.Kind, Switch: r.Switch, Enabled: &on})
		}
	}
	return items
}

// addFormat adds --format with the formats that a command has, the default
// first, and rejects others.
func addFormat(cmd *cobra.Command, format *string, formats ...string) {
	cmd.Flags().StringVar(format, "format", formats[0], "`format`: "+join(formats))
	complete(cmd, "format", formats...)
	cmd.PreRunE = func(*cobra.Command, []string) error {
		for _, f := range formats {
			if *format == f {
				return nil
			}
		}
		return unknownFormat(*format, formats)
	}
}

// unknownFormat is the error of an unknown format.
func unknownFormat(format string, formats []string) error {
	return usage("unknown format %q; want one of %s", format, join(formats))
}

// oneOf accepts one of the words, or as many as least if that is 0.
func oneOf(words []string, least int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > 1 {
			return usage("%s takes one of %s", cmd.CommandPath(), join(words))
		}
		for _, a := range args {
			ok := false
			for _, w := range words {
				ok = ok || a == w
			}
			if !ok {
				return usage("%s: unknown %q%s", cmd.CommandPath(), a, cmp.Or(nearest.DidYouMean(a, words), "; want one of "+join(words)))
			}
		}
		return nil
	}
}

// atLeastOne accepts one argument or more.
func atLeastOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage("%s needs %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
