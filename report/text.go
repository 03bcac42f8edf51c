package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ocispec/ocispec/result"
)

// Detail is how much a text report has.
type Detail int

// The details of a text report. Each but the first has what the one before has.
const (
	Quiet     Detail = iota - 1 // findings and the verdict
	Normal                      // the summary
	Cases                       // all cases, all lines of findings at full length
	Exchanges                   // requests and responses
)

// TextOptions configure [Text].
type TextOptions struct {
	Color  bool // with ANSI colours
	Width  int  // terminal width in columns for wrapping lines; 0 disables wrapping
	Detail Detail
	// MaxFindings is the largest number of findings to print, failures first; 0
	// means all.
	MaxFindings int
}

// Text writes the findings and a summary for a terminal.
func Text(w io.Writer, r *result.Run, opts TextOptions) error {
	if opts.Detail < Exchanges {
		r = concise(r)
	}
	r = Cleaned(r)
	p := &printer{opts: opts}
	if opts.Detail >= Cases {
		p.cases(r)
	}
	found, more := areas(r, opts.MaxFindings)
	for _, a := range found {
		p.area(a)
	}
	if more > 0 {
		p.para("", 0, leftOut(more)+"\n")
	}
	for _, t := range troubles(r) {
		p.trouble(t)
	}
	p.verdict(r)
	if opts.Detail > Quiet {
		p.summary(r)
	}
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

func (p *printer) area(a area) {
	if a.Name != "" {
		fmt.Fprintf(&p.b, "── %s: %s\n\n", p.paint("1", a.Name), tally(a.Counts))
	}
	for _, f := range a.Findings {
		p.finding(f)
	}
}

const (
	indent = 5  // of the details of a finding
	label  = 10 // width of the labels of details
)

// maxDetail is the maximum length in characters of a line from the registry, if
// cases are not listed.
const maxDetail = 200

// finding writes a finding: what differs first, then the evidence.
func (p *printer) finding(f result.Finding) {
	fmt.Fprintf(&p.b, "%s %s (%s)\n", p.paint(colors[f.Outcome]+";1", strings.ToUpper(string(f.Outcome))),
		p.paint("1", f.Requirement), f.Level)
	p.para("", indent, f.Text)
	lines := evidence(f)
	slices.SortStableFunc(lines, func(a, b line) int { return evidenceRank(a) - evidenceRank(b) })
	for _, l := range lines {
		if p.opts.Detail < Cases {
			l.Text = clean(l.Text, maxDetail)
		}
		p.para(fmt.Sprintf("%*s%-*s", indent, "", label, l.Label), indent+label, l.Text)
	}
	p.verbatim(strings.TrimSpace(fmt.Sprintf("%-*s%s", label, "clause", strings.TrimSpace(f.Clause.Section+"  "+f.Clause.URL))))
	p.para("", indent, occurrences(f))
	if p.opts.Detail >= Cases && len(f.Cases) > 1 {
		p.para("", indent, "cases: "+strings.Join(f.Cases, ", "))
	}
	p.verbatim(f.Example.Curl)
	p.b.WriteByte('\n')
}

// evidenceRank is the order of evidence: what differs, what was sent and received,
// and where.
func evidenceRank(l line) int {
	switch l.Label {
	case "expected", "actual", "message":
		return 0
	case "request", "redirect", "response", "error":
		return 1
	}
	return 2
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

func (p *printer) verdict(r *result.Run) {
	word, why := verdict(r)
	text := r.Spec + " on " + r.Registry + ": " + word
	if why != "" {
		text += " — " + why
	}
	// Colours are added after wrapping, since escape sequences would count as width.
	text = strings.Join(wrap(text, p.opts.Width), "\n") + "\n"
	p.b.WriteString(strings.Replace(text, word, p.paint(colors[r.Outcome]+";1", word), 1))
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
