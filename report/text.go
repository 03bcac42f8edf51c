package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ocispec/ocispec/result"
)

// TextOptions configure [Text].
type TextOptions struct {
	Color   bool // with ANSI colours
	Width   int  // terminal width in columns for wrapping lines; 0 disables wrapping
	Verbose bool // list all cases, not only findings
	// MaxFindings is the largest number of findings to print, failures first; 0
	// means all.
	MaxFindings int
}

// Text writes the findings and a summary for a terminal.
func Text(w io.Writer, r *result.Run, opts TextOptions) error {
	r = Cleaned(r)
	p := &printer{opts: opts}
	if opts.Verbose {
		p.cases(r)
	}
	findings, more := shown(r, opts.MaxFindings)
	for _, f := range findings {
		p.finding(f)
	}
	if more > 0 {
		p.para("", 0, leftOut(more)+"\n")
	}
	for _, t := range troubles(r) {
		p.trouble(t)
	}
	p.summary(r)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// printer builds the text.
type printer struct {
	opts TextOptions
	b    strings.Builder
}

// ANSI colours by outcome.
var colors = map[result.Outcome]string{
	result.Pass: "32", result.Warn: "33", result.Fail: "31", result.Error: "35",
	result.Inconclusive: "35", result.Blocked: "36", result.Unsupported: "36", result.Disabled: "2",
}

// paint colours cleaned text.
func (p *printer) paint(code, s string) string {
	if !p.opts.Color || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// para writes wrapped text. The first line follows head, the others are
// indented.
func (p *printer) para(head string, indent int, text string) {
	for i, l := range wrap(text, p.opts.Width-indent) {
		if i > 0 || head == "" {
			head = strings.Repeat(" ", indent)
		}
		p.b.WriteString(strings.TrimRight(head+l, " ") + "\n")
	}
}

const indent = 5 // of the details of a finding

func (p *printer) finding(f result.Finding) {
	fmt.Fprintf(&p.b, "%s %s (%s)\n", p.paint(colors[f.Outcome]+";1", strings.ToUpper(string(f.Outcome))),
		p.paint("1", f.Requirement), f.Level)
	p.para("", indent, f.Text)
	p.verbatim(strings.TrimSpace(f.Clause.Section + "  " + f.Clause.URL))
	const label = 10
	for _, l := range evidence(f) {
		p.para(fmt.Sprintf("%*s%-*s", indent, "", label, l.Label), indent+label, l.Text)
	}
	p.para("", indent, occurrences(f))
	if p.opts.Verbose && len(f.Cases) > 1 {
		p.para("", indent, "cases: "+strings.Join(f.Cases, ", "))
	}
	p.verbatim(f.Example.Curl)
	p.b.WriteByte('\n')
}

// verbatim writes a line without wrapping, so that it can be copied.
func (p *printer) verbatim(s string) {
	if s != "" {
		fmt.Fprintf(&p.b, "%*s%s\n", indent, "", s)
	}
}

func (p *printer) trouble(t trouble) {
	fmt.Fprintf(&p.b, "%s %s", p.paint(colors[t.Outcome]+";1", strings.ToUpper(string(t.Outcome))), p.paint("1", t.Case))
	if t.Step != "" {
		fmt.Fprintf(&p.b, " step %s", t.Step)
	}
	if t.Cases > 1 {
		fmt.Fprintf(&p.b, " and %s", count(t.Cases-1, "more case", "more cases"))
	}
	p.b.WriteByte('\n')
	for l := range strings.Lines(t.Message) {
		p.para("", indent, strings.TrimRight(l, "\n"))
	}
	p.b.WriteByte('\n')
}

func (p *printer) cases(r *result.Run) {
	for _, c := range r.Cases {
		fmt.Fprintf(&p.b, "%s %s  %s\n", p.paint(colors[c.Outcome], fmt.Sprintf("%-12s", c.Outcome)), c.ID, c.Title)
		if s := because(c); s != "" {
			p.para("", 13, s)
		}
	}
	if len(r.Cases) > 0 {
		p.b.WriteByte('\n')
	}
	for _, k := range slices.Sorted(maps.Keys(r.Observations)) {
		p.para("observed     ", 13, k+": "+r.Observations[k])
	}
	if len(r.Observations) > 0 {
		p.b.WriteByte('\n')
	}
}

// because returns why a case did not run or did not complete.
func because(c result.Case) string {
	var parts []string
	if c.BlockedBy != nil {
		parts = append(parts, "because of "+c.BlockedBy.String())
	}
	if c.Setting != "" {
		parts = append(parts, "by the setting "+c.Setting)
	}
	if c.Message != "" {
		parts = append(parts, clean(c.Message, 0))
	}
	return strings.Join(parts, ": ")
}

func (p *printer) summary(r *result.Run) {
	s := summarize(r)
	text := r.Spec + " on " + r.Registry + ": " + s.Verdict
	if s.Why != "" {
		text += " — " + s.Why
	}
	// Colours are added after wrapping, since escape sequences would count as width.
	text = strings.Join(wrap(text, p.opts.Width), "\n") + "\n"
	p.b.WriteString(strings.Replace(text, s.Verdict, p.paint(colors[r.Outcome]+";1", s.Verdict), 1))
	const label = 14
	for _, l := range s.Lines {
		p.para(fmt.Sprintf("%-*s", label, l.Label), label, l.Text)
	}
}

// wrap splits text at spaces into lines of at most width characters. Longer
// words are not split. Widths below 20 disable wrapping.
func wrap(text string, width int) []string {
	if width < 20 {
		return []string{text}
	}
	var lines []string
	cur, n := "", 0
	for word := range strings.SplitSeq(text, " ") {
		k := utf8.RuneCountInString(word)
		if n > 0 && n+1+k > width {
			lines = append(lines, cur)
			cur, n = word, k
			continue
		}
		if n > 0 || cur != "" {
			cur += " "
			n++
		}
		cur += word
		n += k
	}
	return append(lines, cur)
}
