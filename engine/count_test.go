package engine

import (
	"slices"
	"strings"
	"testing"
)

// TestCount has a step that is sent several times, in a case that a setting turns on.
func TestCount(t *testing.T) {
	many := step("PUT /x/${n}", id("push"), expect("must.push", is(201)))
	many.Count = 10
	last := step("PUT /last", after("push 10"), expect("must.last", is(201)))
	remove := step("DELETE /x/${n}")
	remove.Count = 10
	c := testCase("a", many, last, cleanup(remove))
	c.Switch = "scale"
	replies := map[string]any{"PUT /last": 201}
	for _, n := range strings.Fields("1 2 3 4 5 6 7 8 9 10") {
		replies["PUT /x/"+n], replies["DELETE /x/"+n] = 201, 202
	}

	s := serve(t, replies)
	out := run(t, releaseOf(c), s, Options{})
	if k := out.Cases[0]; k.Outcome != "disabled" || k.Setting != "scale" || len(s.log) > 0 {
		t.Errorf("without the setting: %s by %q, %d requests", k.Outcome, k.Setting, len(s.log))
	}

	out = run(t, releaseOf(c), s, Options{Settings: map[string]bool{"scale": true}})
	lines := s.lines()
	if len(lines) != 21 || slices.Index(lines, "PUT /last") != 10 || !slices.Contains(lines[:8], "PUT /x/1") || !slices.Contains(lines[8:10], "PUT /x/10") {
		t.Errorf("sent %v", lines)
	}
	if id := out.Cases[0].Steps[9].ID; id != "push 10" {
		t.Errorf("the last step has the id %q", id)
	}
	if out.Cases[0].Outcome != "pass" {
		t.Errorf("outcome %s", out.Cases[0].Outcome)
	}
}
