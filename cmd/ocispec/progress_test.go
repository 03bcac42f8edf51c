package main

import (
	"strings"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/result"
)

func TestProgressLine(t *testing.T) {
	at := func(seconds float64) time.Time {
		return time.Unix(0, 0).Add(time.Duration(seconds * float64(time.Second)))
	}
	for _, tt := range []struct {
		name    string
		first   int
		failed  int
		e       engine.Progress
		seconds float64
		columns int
		want    string
	}{
		{"at once", 1, 0, engine.Progress{Case: "ping", Done: 1, Total: 200}, 0, 80, "  0%  1 of 200 cases  ping"},
		{"time left", 1, 0, engine.Progress{Case: "ping", Done: 51, Total: 201}, 10, 80, " 25%  51 of 201 cases  30s left  ping"},
		{"minutes", 1, 2, engine.Progress{Case: "ping", Done: 11, Total: 111}, 10, 80, "  9%  11 of 111 cases  1m40s left  2 failed  ping"},
		{"the case does not fit", 1, 2, engine.Progress{Case: strings.Repeat("x", 40), Done: 11, Total: 111}, 10, 50, "  9%  11 of 111 cases  1m40s left  2 failed"},
		{"narrow", 1, 2, engine.Progress{Case: "ping", Done: 11, Total: 111}, 10, 39, "  9%  11 of 111 cases  1m40s left  ping"},
		{"a resumed run", 100, 0, engine.Progress{Case: "ping", Done: 100, Total: 111}, 10, 80, " 90%  100 of 111 cases  ping"},
		{"one case", 1, 0, engine.Progress{Case: "ping", Done: 1, Total: 1}, 0, 80, "100%  1 of 1 case  ping"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &progress{began: at(0), first: tt.first, failed: tt.failed}
			if got := p.line(tt.e, at(tt.seconds), tt.columns); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestProgressDraws checks what is written: no more than a line at a time, not too
// often, nothing on a narrow terminal, and nothing that remains.
func TestProgressDraws(t *testing.T) {
	var out strings.Builder
	columns, now := 80, time.Unix(0, 0)
	p := &progress{w: &out, columns: func() int { return columns }, now: func() time.Time { return now }}
	update := func(done int) {
		p.update(engine.Progress{Case: "a", Outcome: result.Fail, Done: done, Total: 4})
	}
	update(1)
	update(2) // too soon
	now, columns = now.Add(time.Second), 39
	update(3) // too narrow
	columns = 80
	update(4)
	p.done()
	want := "\r\x1b[K 25%  1 of 4 cases  1 failed  a" + "\r\x1b[K100%  4 of 4 cases  4 failed  a" + "\r\x1b[K"
	if got := out.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	none := &progress{now: time.Now}
	none.update(engine.Progress{Done: 1, Total: 1})
	none.done()
}
