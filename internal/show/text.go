package show

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
)

// Text writes the explanations that Find returned as plain text.
func Text(w io.Writer, found []any) error {
	p := &printer{}
	for i, x := range found {
		if i > 0 {
			p.line("")
		}
		switch x := x.(type) {
		case *Case:
			p.caseText(x)
		case *Requirement:
			p.requirement(x)
		case *Rule:
			p.rule(x)
		case *Other:
			p.other(x)
		}
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// printer collects the lines of the text.
type printer struct{ b strings.Builder }

func (p *printer) line(format string, args ...any) {
	p.b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// field writes a label and its value, unless the value is empty.
func (p *printer) field(label, value string) {
	if value != "" {
		p.line("  %-11s %s", label, value)
	}
}

// fields writes ids separated by spaces, as the next command accepts them.
func (p *printer) fields(label string, values []string) { p.field(label, strings.Join(values, " ")) }

// block writes lines below a label, unless there are none.
func (p *printer) block(indent int, label string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.line("%*s%s", indent, "", label)
	for _, l := range lines {
		p.line("%*s%s", indent+2, "", l)
	}
}

func (p *printer) caseText(c *Case) {
	p.line("case %s", c.ID)
	p.line("  %s", c.Title)
	p.field("why", c.Why)
	p.field("written in", c.Pos)
	p.field("release", c.Release+bounds(c.Since, c.Until))
	if c.Quiet {
		p.field("repository", "its own")
	}
	p.names("row", c.Rows)
	for _, n := range c.Needs {
		p.field("needs", titled(n)+", provided by "+strings.Join(n.Cases, " "))
	}
	p.names("provides", c.Provides)
	for _, d := range c.Data {
		p.field("data", d.ID+": "+d.Title)
	}
	p.steps("step", c.Steps)
	p.steps("cleanup", c.Cleanup)
	if len(c.Rules) > 0 {
		p.line("")
		p.line("  every response is also checked by the rules %s", strings.Join(c.Rules, " "))
	}
}

func (p *printer) names(label string, ns []Name) {
	for _, n := range ns {
		p.field(label, titled(n))
	}
}

func titled(n Name) string {
	if n.Title == "" {
		return n.ID
	}
	return n.ID + " (" + n.Title + ")"
}

func bounds(since, until string) string {
	s := ""
	if since != "" {
		s += ", since " + since
	}
	if until != "" {
		s += ", until " + until
	}
	return s
}

func (p *printer) steps(label string, steps []Step) {
	for _, s := range steps {
		p.line("")
		head := label + " " + s.ID
		if s.Title != "" {
			head += ": " + s.Title
		}
		p.line("  %s", head)
		for _, l := range s.Conditions {
			p.line("    (%s)", l)
		}
		for _, l := range s.Request {
			p.line("    > %s", l)
		}
		for _, c := range s.Checks {
			p.check(4, c)
		}
		if s.Unsupported != nil {
			p.block(4, "unsupported, if the response has", s.Unsupported)
		}
		for _, l := range s.Then {
			p.line("    (%s)", l)
		}
	}
}

func (p *printer) check(indent int, c Check) {
	p.line("%*s%s %s", indent, "", c.Level, c.Requirement)
	p.line("%*s%s", indent+2, "", c.Text)
	p.line("%*s%s", indent+2, "", clause(c.Clause))
	p.block(indent+2, "if the response has", c.When)
	p.block(indent+2, "expected", c.Expect)
}

func clause(c release.Clause) string { return strings.TrimSpace(c.Section + " " + c.URL) }

func (p *printer) requirement(q *Requirement) {
	p.line("requirement %s", q.ID)
	p.line("  %s", q.Text)
	p.field("level", string(q.Level))
	for _, s := range q.Releases {
		p.field("release", fmt.Sprintf("%s (%s): %s", s.Release, strings.Join(s.Patches, ", "), s.Level))
	}
	p.field("since", q.Since)
	p.field("until", q.Until)
	p.field("clause", clause(q.Clause))
	p.fields("endpoints", q.Endpoints)
	p.field("category", q.Category)
	p.field("binds", q.Actor)
	p.field("testable", q.Testable)
	if q.Contested != nil {
		p.field("contested", strings.TrimSpace(q.Contested.Reason+" "+q.Contested.Source))
	}
	p.field("untested", q.Untested)
	p.fields("overlaps", q.Overlaps)
	p.field("written in", q.Pos)
	if len(q.Checks) == 0 {
		p.field("checks", "none")
	}
	for _, g := range groups(q) {
		p.line("")
		p.block(2, "if the response has", g.when)
		p.block(2, "expected", g.expect)
		p.block(2, "in", g.in)
	}
}

// group is the places with the same expectation.
type group struct{ when, expect, in []string }

// groups groups the checks of a requirement by their expectation.
func groups(q *Requirement) []*group {
	var out []*group
	for _, k := range q.Checks {
		i := slices.IndexFunc(out, func(g *group) bool {
			return slices.Equal(g.when, k.When) && slices.Equal(g.expect, k.Expect)
		})
		if i < 0 {
			i = len(out)
			out = append(out, &group{when: k.When, expect: k.Expect})
		}
		out[i].in = append(out[i].in, where(q, k))
	}
	return out
}

// where returns the place of a check: its case, and its step in quotes.
func where(q *Requirement, k Place) string {
	s := fmt.Sprintf("case %s  step %q", k.Case, k.Step)
	if k.Rule != "" {
		s = "rule " + k.Rule
	}
	if k.Requirement != q.ID {
		s += "  as " + k.Requirement
	}
	return s
}

func (p *printer) rule(r *Rule) {
	p.line("rule %s", r.ID)
	p.field("written in", r.Pos)
	if len(r.When) == 0 {
		p.line("  applies to every response")
	}
	p.block(2, "applies to responses with", r.When)
	for _, c := range r.Checks {
		p.line("")
		p.check(2, c)
	}
}

func (p *printer) other(x *Other) {
	p.line("%s %s", x.Kind, x.ID)
	p.line("  %s", x.Title)
	p.field("switch", x.Switch)
	if x.Disabled {
		p.field("enabled", "only if the switch is true")
	}
	p.fields("provided by", x.Provided)
	p.fields("needed by", x.Needed)
	for _, d := range x.Data {
		p.field("data", d.ID+": "+d.Title)
	}
	p.fields("cases", x.Cases)
}
