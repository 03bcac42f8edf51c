package report

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/result"
)

const caseIndent = 13 // of what follows the line of a case

// cases writes all cases and the observations.
func (p *printer) cases(r *result.Run) {
	for _, c := range r.Cases {
		fmt.Fprintf(&p.b, "%s %s  %s\n", p.paint(colors[c.Outcome], fmt.Sprintf("%-12s", c.Outcome)), c.ID, c.Title)
		if s := because(c); s != "" {
			p.para("", caseIndent, s)
		}
		if p.opts.Detail >= Exchanges {
			for _, s := range c.Steps {
				p.step(s)
			}
		}
	}
	if len(r.Cases) > 0 {
		p.b.WriteByte('\n')
	}
	for _, k := range slices.Sorted(maps.Keys(r.Observations)) {
		p.para(fmt.Sprintf("%-*s", caseIndent, "observed"), caseIndent, k+": "+r.Observations[k])
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

// step writes a step with the requests and responses, the lines of which start with
// > and <.
func (p *printer) step(s result.Step) {
	o := newStepView(s).Worst
	title := s.Title
	if title == "" {
		title = s.ID
	}
	p.line("%s %s", p.paint(colors[o], string(o)), title)
	for _, x := range s.Exchanges {
		p.line("> %s %s", x.Request.Method, x.Request.URL)
		p.message(">", x.Request.Header, x.Request.Body)
		if a := x.Response; a != nil {
			p.line("< %s %d  %s", a.Proto, a.Status, duration(a.Elapsed))
			p.message("<", a.Header, a.Body)
		}
		if x.Error != "" {
			p.line("! %s", x.Error)
		}
	}
}

func (p *printer) message(mark string, h http.Header, b *result.Body) {
	h = bounded(h)
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			p.line("%s %s: %s", mark, name, v)
		}
	}
	if b == nil {
		return
	}
	if b.Text == "" {
		p.line("%s (%d bytes)", mark, b.Size)
	}
	for l := range strings.Lines(b.Text) {
		p.line("%s   %s", mark, strings.TrimRight(l, "\n"))
	}
	if b.Problem != "" {
		p.line("! %s", b.Problem)
	}
}

// line writes an indented line that is not wrapped.
func (p *printer) line(format string, args ...any) {
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	fmt.Fprintf(&p.b, "%*s%s\n", caseIndent, "", text)
}
