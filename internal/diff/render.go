package diff

import (
	"fmt"
	"io"
	"strings"
)

// Text writes a diff as plain text.
func Text(w io.Writer, d *Diff) error {
	p := &printer{}
	p.line(0, "from %s to %s", d.From, d.To)
	if d.Empty() {
		p.line(0, "no differences")
	}
	p.parts(d)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// Markdown writes a diff as Markdown, with a heading and a list for each part.
func Markdown(w io.Writer, d *Diff) error {
	p := &printer{markdown: true}
	p.b.WriteString(fmt.Sprintf("# From %s to %s\n", d.From, d.To))
	if d.Empty() {
		p.b.WriteString("\nNo differences.\n")
	}
	p.parts(d)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// printer formats a diff as text or Markdown.
type printer struct {
	markdown bool
	b        strings.Builder
}

func (p *printer) parts(d *Diff) {
	p.requirements("requirements added", d.Requirements.Added)
	p.requirements("requirements removed", d.Requirements.Removed)
	p.levels(d.Requirements.Level)
	p.texts(d.Requirements.Text)
	p.names("rules added", d.Rules.Added)
	p.names("rules removed", d.Rules.Removed)
	p.rules(d.Rules.Replaced)
	p.cases("cases added", d.Cases.Added)
	p.cases("cases removed", d.Cases.Removed)
	p.replaced(d.Cases.Replaced)
}

// head writes the heading of a part.
func (p *printer) head(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if p.markdown {
		p.b.WriteString("\n## " + strings.ToUpper(s[:1]) + s[1:] + "\n\n")
		return
	}
	p.b.WriteString("\n" + s + "\n")
}

// line writes a list item, indented by its depth.
func (p *printer) line(depth int, format string, args ...any) {
	s := strings.Repeat("  ", depth) + fmt.Sprintf(format, args...)
	if p.markdown {
		s = strings.Repeat("  ", depth-1) + "- " + fmt.Sprintf(format, args...)
	}
	p.b.WriteString(s + "\n")
}

// code formats s as a Markdown code span.
func (p *printer) code(s string) string {
	if !p.markdown {
		return s
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if fence != "`" || strings.HasPrefix(s, "`") {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

// prose escapes the characters of s that are Markdown markup.
func (p *printer) prose(s string) string {
	if !p.markdown {
		return s
	}
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace(s)
}

func (p *printer) requirements(title string, qs []Requirement) {
	if len(qs) == 0 {
		return
	}
	p.head("%s (%d)", title, len(qs))
	for _, q := range qs {
		p.line(1, "%s %s: %s", p.code(q.ID), q.Level, p.prose(q.Text))
	}
}

func (p *printer) levels(cs []Change) {
	if len(cs) == 0 {
		return
	}
	p.head("requirements with a changed level (%d)", len(cs))
	for _, c := range cs {
		p.line(1, "%s %s → %s", p.code(c.ID), c.Before, c.After)
	}
}

func (p *printer) texts(cs []Change) {
	if len(cs) == 0 {
		return
	}
	p.head("requirements with changed text (%d)", len(cs))
	for _, c := range cs {
		p.line(1, "%s", p.code(c.ID))
		p.line(2, "before: %s", p.prose(c.Before))
		p.line(2, "after: %s", p.prose(c.After))
	}
}

func (p *printer) names(title string, ids []string) {
	if len(ids) == 0 {
		return
	}
	p.head("%s (%d)", title, len(ids))
	for _, id := range ids {
		p.line(1, "%s", p.code(id))
	}
}

func (p *printer) cases(title string, cs []Case) {
	if len(cs) == 0 {
		return
	}
	p.head("%s (%d)", title, len(cs))
	for _, c := range cs {
		p.line(1, "%s %s", p.code(c.ID), p.prose(c.Title))
	}
}

func (p *printer) rules(rs []ReplacedRule) {
	if len(rs) == 0 {
		return
	}
	p.head("rules replaced (%d)", len(rs))
	for _, r := range rs {
		p.line(1, "%s", p.code(r.ID))
		p.checks(2, r.Checks)
	}
}

func (p *printer) replaced(cs []Replaced) {
	if len(cs) == 0 {
		return
	}
	p.head("cases replaced (%d)", len(cs))
	for _, c := range cs {
		p.line(1, "%s %s", p.code(c.ID), p.prose(c.Title))
		p.lines(2, c.Other)
		for _, s := range c.Steps {
			p.line(2, "step %s %s", s.ID, s.State)
			p.lines(3, s.Request)
			p.sides(3, s.Checks, s.State != "added", s.State != "removed")
		}
	}
}

func (p *printer) lines(depth int, lines []string) {
	for _, l := range lines {
		p.line(depth, "%s", p.code(l))
	}
}

func (p *printer) checks(depth int, checks []Check) { p.sides(depth, checks, true, true) }

// sides writes the expected responses before, after or both.
func (p *printer) sides(depth int, checks []Check, before, after bool) {
	for _, c := range checks {
		p.line(depth, "%s", p.code(c.Requirement))
		if before {
			p.side(depth+1, "before", c.Before)
		}
		if after {
			p.side(depth+1, "after", c.After)
		}
	}
}

func (p *printer) side(depth int, label string, lines []string) {
	if len(lines) == 0 {
		lines = []string{"not checked"}
	}
	for _, l := range lines {
		p.line(depth, "%s: %s", label, p.code(l))
	}
}
