package published

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Text writes a summary of each result, and what the formats cannot say.
func Text(w io.Writer, d *Document) error {
	var b strings.Builder
	for i, r := range d.Results {
		if i > 0 {
			b.WriteByte('\n')
		}
		r.write(&b)
	}
	writeUnknown(&b, d.Results)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Result) write(b *strings.Builder) {
	line := func(label, format string, args ...any) {
		fmt.Fprintf(b, "  %-10s %s\n", label, fmt.Sprintf(format, args...))
	}
	name := strings.TrimSpace(cmp.Or(r.Product.Name, "unnamed product") + " " + r.Product.Version)
	fmt.Fprintf(b, "%s: %s (%s)\n", r.Folder, name, r.Format)
	line("spec", "folder %s, suite %s, report %s", r.Spec.Folder, cmp.Or(r.Spec.Suite, "unknown"), cmp.Or(r.Spec.Report, "not stated"))
	line("cases", "%d: %d passed, %d skipped, %d failed, %d errors; %d unique",
		r.Counts.Cases, r.Counts.Pass, r.Counts.Skip, r.Counts.Fail, r.Counts.Error, r.Counts.Unique)
	var parts []string
	for _, f := range Workflows {
		parts = append(parts, f+" "+string(cmp.Or(r.Workflows[f], "unknown")))
	}
	line("workflows", "%s", strings.Join(parts, " · "))
	for _, kind := range slices.Sorted(maps.Keys(r.Rows)) {
		line(kind, "%s (from %s)", tally(r.Rows[kind]), r.RowsFrom)
	}
	for _, c := range r.Cases {
		if c.Status == Fail || c.Status == Error {
			line(string(c.Status), "%s", c.Name)
		}
	}
	for _, n := range r.Notes {
		line("note", "%s", n)
	}
}

// writeUnknown writes what the formats cannot say, each statement once.
func writeUnknown(b *strings.Builder, results []*Result) {
	n := map[string]int{}
	var order []string
	for _, r := range results {
		for _, u := range r.Unknown {
			if n[u]++; n[u] == 1 {
				order = append(order, u)
			}
		}
	}
	if len(order) > 0 {
		b.WriteString("\nNot in the published files:\n")
	}
	for _, u := range order {
		fmt.Fprintf(b, "  %s (%d of %d)\n", u, n[u], len(results))
	}
}

// tally formats the number of rows by status, as in "26 Pass, 2 Disabled".
func tally(rows map[string]Status) string {
	n := map[Status]int{}
	for _, s := range rows {
		n[s]++
	}
	var parts []string
	for _, s := range []Status{Pass, Fail, Error, Skip, Disabled} {
		if n[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[s], s))
		}
	}
	return strings.Join(parts, ", ")
}
