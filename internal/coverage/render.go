package coverage

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Text writes the totals and the uncovered requirements.
func Text(w io.Writer, r *Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\t%s\ttotal\n", r.Release, strings.Join(stateNames(), "\t"))
	each(r, func(group, name string, c *Counts) {
		fmt.Fprintf(t, "%s\t%s\n", strings.TrimSpace(group+" "+name), strings.Join(numbers(c), "\t"))
	})
	if err := t.Flush(); err != nil {
		return err
	}
	missing := Missing(r)
	if len(missing) == 0 {
		_, err := fmt.Fprintln(w, "\nevery requirement has a check or a reason why it has none")
		return err
	}
	fmt.Fprintln(w, "\nuncovered:")
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, q := range missing {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", q.ID, q.Level, q.Actor)
	}
	return t.Flush()
}

// Markdown writes the totals and all requirements as tables.
func Markdown(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Coverage of %s\n\n| | %s | total |\n|---|%s\n", r.Release, strings.Join(stateNames(), " | "), strings.Repeat("--:|", len(States)+1))
	each(r, func(group, name string, c *Counts) {
		fmt.Fprintf(&b, "| %s | %s |\n", cell(strings.TrimSpace(group+" "+name)), strings.Join(numbers(c), " | "))
	})
	b.WriteString("\n| requirement | level | actor | state | checks or reason |\n|---|---|---|---|---|\n")
	for _, q := range r.Requirements {
		why := strings.Join(q.Checks, ", ")
		if q.Reason != "" {
			why = strings.TrimPrefix(why+"; "+q.Reason, "; ")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", q.ID, q.Level, q.Actor, q.State, cell(why))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Missing returns the uncovered requirements.
func Missing(r *Report) []Requirement {
	var out []Requirement
	for _, q := range r.Requirements {
		if q.State == Uncovered {
			out = append(out, q)
		}
	}
	return out
}

// each calls f for the totals and then for the counts of each group.
func each(r *Report, f func(group, name string, c *Counts)) {
	f("", "all", &r.Totals.Counts)
	for _, g := range []struct {
		name string
		of   map[string]*Counts
	}{
		{"level", r.Totals.Levels}, {"actor", r.Totals.Actors},
		{"category", r.Totals.Categories}, {"endpoint", r.Totals.Endpoints},
	} {
		for _, name := range slices.SortedFunc(maps.Keys(g.of), natural) {
			f(g.name, name, g.of[name])
		}
	}
}

// natural compares names that end in a number and a letter by the number, so
// that end-2 precedes end-10.
func natural(a, b string) int {
	return cmp.Or(cmp.Compare(number(a), number(b)), cmp.Compare(a, b))
}

func number(s string) int {
	n, _ := strconv.Atoi(strings.TrimRight(strings.TrimPrefix(s, "end-"), "abcdefgh"))
	return n
}

func stateNames() []string {
	var out []string
	for _, s := range States {
		out = append(out, string(s))
	}
	return out
}

func numbers(c *Counts) []string {
	var out []string
	for _, s := range States {
		out = append(out, strconv.Itoa(*c.of(s)))
	}
	return append(out, strconv.Itoa(c.Total))
}

// cell escapes the characters with a meaning in a Markdown table cell.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;").Replace(s)
}
