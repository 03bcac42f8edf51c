package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/result"
)

// progress shows on a terminal how far a run has come, in one line that it
// overwrites. It shows nothing on other files, on terminals that cannot overwrite a
// line (TERM=dumb), and on those narrower than minColumns.
type progress struct {
	w       io.Writer // nil if nothing is shown
	columns func() int
	now     func() time.Time

	began, drawn time.Time
	first        int // number of cases done at the first update
	failed       int
}

const (
	minColumns = 40
	redraw     = 100 * time.Millisecond // least time between two drawings
	eraseLine  = "\r\x1b[K"
)

func newProgress(w io.Writer, quiet bool) *progress {
	p := &progress{columns: func() int { return width(w) }, now: time.Now}
	if !quiet && isTerminal(w) && os.Getenv("TERM") != "dumb" {
		p.w = w
	}
	return p
}

// update is called after every case.
func (p *progress) update(e engine.Progress) {
	now := p.now()
	if p.began.IsZero() {
		p.began, p.first = now, e.Done
	}
	if e.Outcome == result.Fail {
		p.failed++
	}
	if p.w == nil || now.Sub(p.drawn) < redraw {
		return
	}
	if n := p.columns(); n >= minColumns {
		p.drawn = now
		// An error changes no result.
		fmt.Fprint(p.w, eraseLine+p.line(e, now, n-1))
	}
}

// line returns the line to show, in at most n columns.
func (p *progress) line(e engine.Progress, now time.Time, n int) string {
	text := fmt.Sprintf("%3d%%  %d of %s", 100*e.Done/max(e.Total, 1), e.Done, plural(e.Total, "case"))
	parts := []string{}
	if left, ok := p.left(e, now); ok {
		parts = append(parts, left.String()+" left")
	}
	if p.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", p.failed))
	}
	for _, s := range append(parts, e.Case) {
		if len(text)+2+len(s) <= n {
			text += "  " + s
		}
	}
	return text
}

// left estimates the time left, in seconds, and reports whether it can.
func (p *progress) left(e engine.Progress, now time.Time) (time.Duration, bool) {
	done, passed := e.Done-p.first, now.Sub(p.began)
	if done < 1 || e.Done == e.Total || passed < time.Second {
		return 0, false
	}
	left := passed / time.Duration(done) * time.Duration(e.Total-e.Done)
	return max(left.Round(time.Second), time.Second), true
}

// done removes the line.
func (p *progress) done() {
	if p.w != nil && !p.drawn.IsZero() {
		fmt.Fprint(p.w, eraseLine)
	}
}
