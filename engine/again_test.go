package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
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
// that is cleaned up and run again, at most five times.
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
		{"five losses", []any{502, 502, 502, hangUp, 504, 201}, "pass", 6},
		{"502 each time", []any{502}, "fail", 6},
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

// TestLostAgain has a registry that is down for the second request of every case: the
// number of repetitions does not grow with the number of cases.
func TestLostAgain(t *testing.T) {
	var cases []*release.Case
	for i := range 30 {
		cases = append(cases, testCase(fmt.Sprint("case-", i),
			step("POST /start", id("start"), expect("must.start", is(202))),
			step("PUT /close", id("close"), expect("must.close", is(201)))))
	}
	for _, parallel := range []int{1, 8} {
		s := serve(t, map[string]any{"POST /start": 202, "PUT /close": hangUp})
		res := run(t, releaseOf(cases...), s, Options{Parallel: parallel})
		for _, c := range res.Cases {
			if c.Outcome != result.Inconclusive {
				t.Errorf("%d at once: %s is %s", parallel, c.ID, c.Outcome)
			}
		}
		if got, most := res.Requests, 2*(len(cases)+maxLost+parallel); got > most {
			t.Errorf("%d at once: %d requests, at most %d expected", parallel, got, most)
		}
	}
}
