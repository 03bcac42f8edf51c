package engine

import (
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/httpclient"
)

// TestLocationOnce loses the response to a PUT to a Location: the case is run again, and
// the PUT is not sent to the same Location again.
func TestLocationOnce(t *testing.T) {
	c := testCase("a",
		step("POST /start", id("start"), expect("must.start", is(202))),
		step("PUT ${start.header.Location}", id("close"), expect("must.close", is(201))))
	s := serve(t, map[string]any{
		"POST /start": []any{"202\nLocation: /up/1", "202\nLocation: /up/2"}, "PUT /up/1": 504, "PUT /up/2": 201,
	})
	client := httpclient.New(httpclient.Options{})
	defer client.Close()
	res, err := Run(t.Context(), releaseOf(c), target(s), client, Options{Seed: "seed", Parallel: 4})
	if err != nil || res.Outcome != "pass" {
		t.Errorf("%v, %+v", err, res)
	}
	if got := strings.Join(s.lines(), ", "); got != "POST /start, PUT /up/1, POST /start, PUT /up/2" {
		t.Errorf("sent %s", got)
	}
}

// TestRunAgain has registries that lose responses: a case that did not pass because of
// that is cleaned up and run again, at most twice.
func TestRunAgain(t *testing.T) {
	c := testCase("a",
		step("POST /start", id("start"), expect("must.start", is(202))),
		step("PUT /close", id("close"), expect("must.close", is(201))),
		cleanup(step("DELETE /x")))
	const once = "POST /start, PUT /close, DELETE /x"
	for _, tt := range []struct {
		name  string
		close []any
		want  string
		runs  int
	}{
		{"no response", []any{hangUp, 201}, "pass", 2},
		{"502", []any{502, 201}, "pass", 2},
		{"two losses", []any{504, hangUp, 201}, "pass", 3},
		{"a failure without a loss", []any{404}, "fail", 1},
		{"502 each time", []any{502}, "fail", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, map[string]any{"POST /start": 202, "DELETE /x": 202, "PUT /close": tt.close})
			res := run(t, releaseOf(c), s, Options{})
			if string(res.Outcome) != tt.want {
				t.Errorf("%s: %+v", res.Outcome, res.Findings)
			}
			want := strings.TrimSuffix(strings.Repeat(once+", ", tt.runs), ", ")
			if got := strings.Join(s.lines(), ", "); got != want {
				t.Errorf("sent %s\nwant %s", got, want)
			}
		})
	}
}
