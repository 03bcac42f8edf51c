package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/result"
)

// progress draws how far a run has come, if there is a terminal to see it.
type progress struct {
	w      io.Writer
	bar    *progressbar.ProgressBar
	failed int
}

func newProgress(w io.Writer) *progress {
	p := &progress{}
	if isTerminal(w) {
		p.w = w
	}
	return p
}

// update is called after every case.
func (p *progress) update(e engine.Progress) {
	if p.w == nil {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(e.Total, progressbar.OptionSetWriter(p.w), progressbar.OptionShowCount(),
			progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(50*time.Millisecond))
	}
	if e.Outcome == result.Fail {
		p.failed++
	}
	what := e.Case
	if p.failed > 0 {
		what = plural(p.failed, "case") + " failed; " + what
	}
	p.bar.Describe(what)
	_ = p.bar.Set(e.Done) // a terminal that cannot be drawn on changes no result
}

// done removes the drawing.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
