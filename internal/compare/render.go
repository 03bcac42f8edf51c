package compare

import (
	"fmt"
	"io"
	"strings"

	"github.com/ocispec/ocispec/internal/plain"
)

// Limits of the output for people.
const (
	maxListed = 20  // entries of a list that are not violations
	maxText   = 300 // bytes of a message
)

// part is a list of entries with its heading.
type part struct {
	title   string
	entries []Entry
	all     bool // list all entries
}

func (c *Comparison) parts() []part {
	return []part{
		{"New", c.New, true}, {"Changed", c.Changed, true}, {"Fixed", c.Fixed, true}, {"Still there", c.Same, true},
		{"No longer checked", c.Lost, false}, {"Rows and workflows that differ", c.Rows, false},
		{"Only in " + c.only(c.Before), c.OnlyBefore, false}, {"Only in " + c.only(c.After), c.OnlyAfter, false},
	}
}

// only names a side: by its release, if it distinguishes them.
func (c *Comparison) only(s Side) string {
	if c.Before.Spec != c.After.Spec {
		return s.Spec
	}
	return s.Source
}

// verdict returns a summary of a comparison.
func (c *Comparison) verdict() string {
	n := 0
	for _, e := range append(c.New[:len(c.New):len(c.New)], c.Changed...) {
		if e.Regression {
			n++
		}
	}
	word := "NO REGRESSION"
	switch {
	case n > 0:
		word = fmt.Sprintf("REGRESSION (%d)", n)
	case c.Inconclusive():
		word = "INCONCLUSIVE"
	}
	return fmt.Sprintf("%s — %d new, %d changed, %d fixed, %d still there, %d no longer checked",
		word, len(c.New), len(c.Changed), len(c.Fixed), len(c.Same), len(c.Lost))
}

func (s Side) line() string {
	parts := []string{plain.Line(s.Source, maxText), s.Spec, plain.Line(s.Registry, maxText), s.Tool, s.Time}
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(plain.Line(p, maxText)); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " · ")
}

// Text writes a comparison as plain text.
func Text(w io.Writer, c *Comparison) error {
	var b strings.Builder
	fmt.Fprintf(&b, "before  %s\nafter   %s\n", c.Before.line(), c.After.line())
	for _, p := range c.parts() {
		if len(p.entries) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s (%d)\n", plain.Line(p.title, maxText), len(p.entries))
		for _, e := range p.listed() {
			fmt.Fprintf(&b, "  %s\n", e.headline(plain.Line))
			for _, l := range []string{e.Message, e.Why} {
				if l != "" {
					fmt.Fprintf(&b, "    %s\n", plain.Line(l, maxText))
				}
			}
		}
		if n := len(p.entries) - len(p.listed()); n > 0 {
			fmt.Fprintf(&b, "  and %d more\n", n)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", c.verdict())
	_, err := io.WriteString(w, b.String())
	return err
}

// Markdown writes a comparison in GitHub Flavored Markdown.
func Markdown(w io.Writer, c *Comparison) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n| | |\n|---|---|\n| before | %s |\n| after | %s |\n",
		plain.Prose(c.verdict()), plain.Prose(c.Before.line()), plain.Prose(c.After.line()))
	for _, p := range c.parts() {
		if len(p.entries) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s (%d)\n\n", plain.Prose(plain.Line(p.title, maxText)), len(p.entries))
		for _, e := range p.listed() {
			fmt.Fprintf(&b, "- %s\n", e.headline(func(s string, max int) string { return plain.Code(plain.Line(s, max)) }))
			if e.Message != "" {
				fmt.Fprintf(&b, "  - %s\n", plain.Code(plain.Line(e.Message, maxText)))
			}
			if e.Why != "" {
				fmt.Fprintf(&b, "  - %s\n", plain.Prose(plain.Line(e.Why, maxText)))
			}
		}
		if n := len(p.entries) - len(p.listed()); n > 0 {
			fmt.Fprintf(&b, "- and %d more\n", n)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p part) listed() []Entry {
	if p.all {
		return p.entries
	}
	return p.entries[:min(len(p.entries), maxListed)]
}

// headline names an entry with its outcomes. format formats the name.
func (e Entry) headline(format func(string, int) string) string {
	name := e.Name
	for _, prefix := range []string{"OCI Distribution Conformance Tests ", "OCI Conformance Test/"} {
		name = strings.TrimPrefix(name, prefix)
	}
	s := format(name, maxText)
	if e.Kind != Requirement {
		s = string(e.Kind) + " " + s
	}
	if e.Level != "" {
		s += " " + e.Level
	}
	switch {
	case e.Before == e.After:
		s += ": " + e.Before
	case e.Before == "":
		s += ": " + e.After
	case e.After == "":
		s += ": was " + e.Before
	default:
		s += ": " + e.Before + " → " + e.After
	}
	if e.Regression {
		s += ", regression"
	}
	return strings.TrimSuffix(s, ": ")
}
