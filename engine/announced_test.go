package engine

import (
	"testing"

	"github.com/ocispec/ocispec/engine/release"
)

// TestAnnounced has content that is as large as the registry announces.
func TestAnnounced(t *testing.T) {
	start := step("POST /start", id("start"), expect("must.start", is(201)))
	start.Announces = []release.Announce{{Name: "minimum", Header: "Min"}}
	size := int64(4)
	user := testCase("user", needs("start"), step("PUT /chunk", sends("${data.chunk.bytes}"), expect("must.chunk", is(201))))
	user.Data = []*release.Data{{Name: "chunk", Random: &size, Announced: &release.Announced{As: "minimum", Most: 100}, Algorithm: "sha256"}}
	rel := releaseOf(user, testCase("start", provides("start"), start))

	for _, tt := range []struct {
		announced string
		sent      int // -1: nothing
		fact      string
	}{
		{"", 4, ""}, {"3", 4, "3"}, {"5", 5, "5"}, {"100", 100, "100"}, {"101", -1, "101"},
		{"0", 4, ""}, {"-9", 4, ""}, {"9 bytes", 4, ""}, {"99999999999999999999", 4, ""},
	} {
		t.Run(tt.announced, func(t *testing.T) {
			s := serve(t, map[string]any{"POST /start": "201\nMin: " + tt.announced + "\n\n", "PUT /chunk": 201})
			var past []Event
			out := run(t, rel, s, Options{Journal: func(e Event) { past = append(past, e) }})
			sent := -1
			for _, r := range s.log {
				if r.Method == "PUT" {
					sent = len(r.Body)
				}
			}
			if sent != tt.sent {
				t.Errorf("%d bytes were sent; want %d", sent, tt.sent)
			}
			if got := out.Observations["minimum"]; got != tt.fact {
				t.Errorf("the fact %q; want %q", got, tt.fact)
			}
			if tt.sent < 0 {
				want := "not tested: the registry announces minimum of 101 bytes, and a run sends at most 100"
				if c := out.Cases[1]; c.Outcome != "inconclusive" || c.Message != want {
					t.Errorf("outcome %s, message %q", c.Outcome, c.Message)
				}
				return
			}
			// A run that goes on with this one has the same content.
			r, err := newRunner(rel, target(s), nil, Options{Seed: "seed", Past: past})
			if err != nil {
				t.Fatal(err)
			}
			c, err := r.newCase(r.order[1], "seed").data.Content("chunk")
			if err != nil || len(c.Bytes) != tt.sent {
				t.Errorf("%d bytes after a restart, %v; want %d", len(c.Bytes), err, tt.sent)
			}
		})
	}
}
