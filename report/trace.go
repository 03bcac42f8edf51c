package report

import (
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/ocispec/ocispec/result"
)

// traceEvent is a complete event of the Trace Event Format, which Perfetto and
// chrome://tracing read. Times are in microseconds.
type traceEvent struct {
	Name  string         `json:"name"`
	Cat   string         `json:"cat"`
	Phase string         `json:"ph"`
	Start float64        `json:"ts"`
	Time  float64        `json:"dur"`
	PID   int            `json:"pid"`
	TID   int            `json:"tid"`
	Color string         `json:"cname,omitempty"`
	Args  map[string]any `json:"args"`
}

// traced is a step with its case.
type traced struct {
	in   *result.Case
	step *result.Step
}

func (x traced) end() time.Duration { return x.step.Start + x.step.Elapsed }

// Trace writes the steps that sent requests as a trace: a lane for each of those
// that were under way at the same time, and in another colour those on the longest
// chain.
func Trace(w io.Writer, r *result.Run) error {
	r = Cleaned(r)
	var steps []traced
	for i := range r.Cases {
		for j := range r.Cases[i].Steps {
			if s := &r.Cases[i].Steps[j]; len(s.Exchanges) > 0 {
				steps = append(steps, traced{&r.Cases[i], s})
			}
		}
	}
	slices.SortStableFunc(steps, func(a, b traced) int { return int(a.step.Start - b.step.Start) })
	longest := longestChain(steps)
	var lanes []time.Duration // when each is free
	events := []traceEvent{}
	for _, x := range steps {
		lane := slices.IndexFunc(lanes, func(free time.Duration) bool { return free <= x.step.Start })
		if lane < 0 {
			lane = len(lanes)
			lanes = append(lanes, 0)
		}
		lanes[lane] = x.end()
		first := x.step.Exchanges[0].Request
		e := traceEvent{
			Name: x.in.ID + ": " + x.step.ID, Cat: "step", Phase: "X", Start: micro(x.step.Start), Time: micro(x.step.Elapsed), PID: 1, TID: lane + 1,
			Args: map[string]any{"request": first.Method + " " + first.URL, "requests": len(x.step.Exchanges), "chain": x.step.Chain},
		}
		if longest[x.step] {
			e.Cat, e.Color = "longest chain", "terrible"
		}
		events = append(events, e)
	}
	return json.NewEncoder(w).Encode(map[string]any{"displayTimeUnit": "ms", "traceEvents": events})
}

// longestChain returns the steps on the longest chain: the last one, and before each
// the step that ended last of those that can precede it.
func longestChain(steps []traced) map[*result.Step]bool {
	on := map[*result.Step]bool{}
	var at *traced
	for i := range steps {
		if at == nil || steps[i].step.Chain > at.step.Chain {
			at = &steps[i]
		}
	}
	for at != nil {
		on[at.step] = true
		var before *traced
		for i := range steps {
			x := &steps[i]
			if x.step.Chain == at.step.Chain-len(at.step.Exchanges) && x.end() <= at.step.Start && (before == nil || x.end() > before.end()) {
				before = x
			}
		}
		at = before
	}
	return on
}

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
