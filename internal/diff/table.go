package diff

import (
	"fmt"
	"slices"
	"strings"
)

// summarySections returns a table for each actor, and the numbers of cases and
// rules.
func (d *Diff) summarySections() []section {
	var out []section
	for _, actor := range []struct{ id, title string }{
		{Registry, "Summary: requirements for registries"}, {Client, "Summary: requirements for clients"},
	} {
		if t := d.table(actor.id); len(t) > 1 {
			out = append(out, section{Title: actor.title, Table: t})
		}
	}
	c, r := d.Cases, d.Rules
	s := section{Title: "Summary: cases", Table: [][]string{
		{"", "added", "removed", "replaced"},
		{"cases", number(len(c.Added)), number(len(c.Removed)), number(len(c.Replaced))},
		{"rules", number(len(r.Added)), number(len(r.Removed)), number(len(r.Replaced))},
	}}
	if len(c.Added)+len(c.Removed)+len(c.Replaced)+len(r.Added)+len(r.Removed)+len(r.Replaced) > 0 {
		out = append(out, s)
	}
	return out
}

// table has a row for each area, and a column for each level. Its cells have the
// numbers of added, removed and changed requirements, as in "+3 −1 ~2".
func (d *Diff) table(actor string) [][]string {
	out := [][]string{append([]string{"area"}, append(slices.Clone(levels), "all")...)}
	var sum [4]Count
	for _, area := range d.Areas {
		var row [4]Count
		for _, c := range d.Summary {
			if c.Actor != actor || c.Area != area {
				continue
			}
			for _, i := range []int{slices.Index(levels, c.Level), 3} {
				row[i].add(c)
				sum[i].add(c)
			}
		}
		if row[3] != (Count{}) {
			out = append(out, cells(area, row))
		}
	}
	if len(out) > 2 {
		out = append(out, cells("all", sum))
	}
	return out
}

func (c *Count) add(x Count) {
	c.Added, c.Removed, c.Changed = c.Added+x.Added, c.Removed+x.Removed, c.Changed+x.Changed
}

func cells(label string, counts [4]Count) []string {
	out := []string{label}
	for _, c := range counts {
		var parts []string
		for _, p := range []struct {
			sign string
			n    int
		}{{"+", c.Added}, {"−", c.Removed}, {"~", c.Changed}} {
			if p.n > 0 {
				parts = append(parts, p.sign+number(p.n))
			}
		}
		out = append(out, strings.Join(parts, " "))
	}
	return out
}

func number(n int) string { return fmt.Sprint(n) }
