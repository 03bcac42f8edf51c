// Package compare compares the findings of two runs.
package compare

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/result"
)

// Change is what became of a finding.
type Change string

// The changes, in the order in which they are reported.
const (
	New     Change = "new"     // only in the second run
	Changed Change = "changed" // another outcome or another way
	Fixed   Change = "fixed"   // the second run met the requirement
	Unknown Change = "unknown" // only in the first run; the second one did not check it
	Still   Change = "still there"
)

var order = []Change{New, Changed, Fixed, Unknown, Still}

// Difference is a finding with what became of it.
type Difference struct {
	Change      Change         `json:"change"`
	Requirement string         `json:"requirement"`
	Level       string         `json:"level"`
	Text        string         `json:"text"`
	URL         string         `json:"url"`
	Before      result.Outcome `json:"before,omitempty"`
	After       result.Outcome `json:"after,omitempty"`
	WayBefore   string         `json:"wayBefore,omitempty"`
	WayAfter    string         `json:"wayAfter,omitempty"`
	// OnlyIn is the release that has the requirement, if the other does not.
	OnlyIn string `json:"onlyIn,omitempty"`
}

// Side is what one of the runs tested.
type Side struct {
	Spec     string         `json:"spec"`
	Registry string         `json:"registry"`
	Tool     string         `json:"tool"`
	Outcome  result.Outcome `json:"outcome"`
}

// Comparison is how a run differs from an earlier one.
type Comparison struct {
	Before      Side         `json:"before"`
	After       Side         `json:"after"`
	Differences []Difference `json:"differences"`
}

// Runs compares two runs. Findings are the same if their requirement and way are;
// those of one requirement in different ways are one that changed.
func Runs(before, after *result.Run) *Comparison {
	c := &Comparison{Before: side(before), After: side(after), Differences: []Difference{}}
	old, now := byRequirement(before), byRequirement(after)
	for _, id := range ids(before, after) {
		c.add(id, old[id], now[id], before, after)
	}
	slices.SortStableFunc(c.Differences, func(a, b Difference) int {
		return cmp.Or(slices.Index(order, a.Change)-slices.Index(order, b.Change), cmp.Compare(a.Requirement, b.Requirement))
	})
	return c
}

func side(r *result.Run) Side {
	return Side{Spec: r.Spec, Registry: r.Registry, Tool: strings.TrimSpace(r.Tool.Name + " " + r.Tool.Version), Outcome: r.Outcome}
}

// byRequirement returns the findings of each requirement.
func byRequirement(r *result.Run) map[string][]result.Finding {
	out := map[string][]result.Finding{}
	for _, f := range r.Findings {
		out[f.Requirement] = append(out[f.Requirement], f)
	}
	return out
}

// ids lists the violated requirements of both runs.
func ids(runs ...*result.Run) []string {
	var out []string
	for _, r := range runs {
		for _, f := range r.Findings {
			if !slices.Contains(out, f.Requirement) {
				out = append(out, f.Requirement)
			}
		}
	}
	return out
}

// add adds the differences of one requirement.
func (c *Comparison) add(id string, old, now []result.Finding, before, after *result.Run) {
	same := func(a result.Finding) func(result.Finding) bool {
		return func(b result.Finding) bool { return a.Way == b.Way }
	}
	var gone, come []result.Finding
	for _, f := range old {
		i := slices.IndexFunc(now, same(f))
		switch {
		case i < 0:
			gone = append(gone, f)
		case now[i].Outcome != f.Outcome:
			c.put(Changed, &f, &now[i])
		default:
			c.put(Still, &f, &now[i])
		}
	}
	for _, f := range now {
		if !slices.ContainsFunc(old, same(f)) {
			come = append(come, f)
		}
	}
	for len(gone) > 0 && len(come) > 0 {
		c.put(Changed, &gone[0], &come[0])
		gone, come = gone[1:], come[1:]
	}
	for _, f := range come {
		c.put(New, nil, &f)
		c.mark(id, after, before)
	}
	for _, f := range gone {
		change := Unknown
		if q, ok := after.Requirements[id]; ok && q.Checks > 0 {
			change = Fixed
		}
		c.put(change, &f, nil)
		c.mark(id, before, after)
	}
}

func (c *Comparison) put(change Change, old, now *result.Finding) {
	f := cmp.Or(now, old)
	d := Difference{Change: change, Requirement: f.Requirement, Level: f.Level, Text: f.Text, URL: f.Clause.URL}
	if old != nil {
		d.Before, d.WayBefore = old.Outcome, old.Way
	}
	if now != nil {
		d.After, d.WayAfter = now.Outcome, now.Way
	}
	c.Differences = append(c.Differences, d)
}

// mark notes that the requirement of the last difference is in one release only, as
// far as the results tell.
func (c *Comparison) mark(id string, in, other *result.Run) {
	if _, ok := other.Requirements[id]; !ok && in.Spec != other.Spec {
		c.Differences[len(c.Differences)-1].OnlyIn = in.Spec
	}
}

// Regressed reports whether the second run has a failure that the first one did not
// have.
func (c *Comparison) Regressed() bool {
	return slices.ContainsFunc(c.Differences, func(d Difference) bool {
		return d.After == result.Fail && (d.Change == New || d.Change == Changed && d.Before != result.Fail)
	})
}

// counts returns the number of differences of each kind, in words.
func (c *Comparison) counts() string {
	var parts []string
	for _, change := range order {
		n := 0
		for _, d := range c.Differences {
			if d.Change == change {
				n++
			}
		}
		parts = append(parts, fmt.Sprintf("%d %s", n, change))
	}
	return strings.Join(parts, ", ")
}

// Text writes the comparison for a terminal.
func (c *Comparison) Text(w io.Writer) error {
	var b strings.Builder
	for _, d := range c.Differences {
		fmt.Fprintf(&b, "%s: %s (%s)%s\n", d.Change, d.Requirement, d.Level, d.note())
		if d.Text != "" {
			fmt.Fprintf(&b, "     %s\n", d.Text)
		}
		if ways := d.ways(); ways != "" {
			fmt.Fprintf(&b, "     %s\n", ways)
		}
	}
	fmt.Fprintf(&b, "%s on %s: %s\n%s on %s: %s\n%s\n", c.Before.Spec, c.Before.Registry, c.Before.Outcome,
		c.After.Spec, c.After.Registry, c.After.Outcome, c.counts())
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *Difference) note() string {
	if d.OnlyIn != "" {
		return ", only in " + d.OnlyIn
	}
	return ""
}

// ways says how the finding occurs, and how it occurred.
func (d *Difference) ways() string {
	before, after := fmt.Sprintf("%s: %s", d.Before, d.WayBefore), fmt.Sprintf("%s: %s", d.After, d.WayAfter)
	switch {
	case d.Before == "":
		return after
	case d.After == "" || before == after:
		return before
	}
	return before + " → " + after
}

// Markdown writes the comparison as a table.
func (c *Comparison) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "| | registry | release | tool | outcome |\n|---|---|---|---|---|\n")
	for _, s := range []struct {
		name string
		Side
	}{{"before", c.Before}, {"after", c.After}} {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", s.name, cell(s.Registry), cell(s.Spec), cell(s.Tool), s.Outcome)
	}
	fmt.Fprintf(&b, "\n%s\n", c.counts())
	if len(c.Differences) > 0 {
		fmt.Fprintf(&b, "\n| | requirement | level | how |\n|---|---|---|---|\n")
	}
	for _, d := range c.Differences {
		fmt.Fprintf(&b, "| %s%s | %s | %s | %s |\n", d.Change, d.note(), cell(d.Requirement), d.Level, cell(d.ways()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell escapes text in a cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "&", "&amp;", "`", "\\`").Replace(s)
}
