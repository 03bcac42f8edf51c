package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
)

// TestCut has a request whose body is cut off, and one that sends the rest.
func TestCut(t *testing.T) {
	cut := step("PATCH /upload", id("cut"), sends("${data.x.bytes}"))
	cut.Cut = 6000
	state := step("GET /state", id("state"), expect("must.state", is(204)))
	state.Captures = []release.Capture{{Name: "next", Header: "Range", Regexp: "-([0-9]+)$", Add: 1}}
	rest := step("PUT /upload", id("rest"), sends("${data.x.bytes}"), expect("must.rest", is(201)))
	rest.Skip = "${state.capture.next}"
	rel := releaseOf(testCase("a", random("x", 8000), cut, state, rest))

	for _, tt := range []struct{ name, reported, want string }{
		{"some", "0-4095", "pass, 3904 bytes"},
		{"all", "0-7999", "pass, 0 bytes"},
		{"nothing", "", "fail, -1 bytes"},
		{"too many", "0-8000", "fail, -1 bytes"},
		{"not a number", "0-99999999999999999999", "fail, -1 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, map[string]any{"GET /state": "204\nRange: " + tt.reported + "\n\n", "PUT /upload": 201})
			out := run(t, rel, s, Options{})
			c, outcome, sent := out.Cases[0], "fail", -1
			if c.Outcome == "pass" {
				outcome = "pass"
			}
			for _, r := range s.requests() {
				if r.Method == "PUT" {
					sent = len(r.Body)
				}
				if r.Method == "PATCH" && len(r.Body) > 6000 {
					t.Errorf("%d bytes were received of 6000", len(r.Body))
				}
			}
			if got := fmt.Sprintf("%s, %d bytes", outcome, sent); got != tt.want {
				t.Errorf("%s, want %s: %s %s", got, tt.want, c.Outcome, c.Message)
			}
			if x := c.Steps[0]; len(x.Exchanges) != 1 || x.Exchanges[0].Response != nil || !strings.Contains(x.Exchanges[0].Error, "closed within the body") {
				t.Errorf("the cut-off request is recorded as %+v", x)
			}
		})
	}
}
