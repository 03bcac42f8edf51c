package engine

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// TestAlone has a registry that fails when two requests are under way: what failed
// beside others and not alone is no finding, and what fails alone is repeated once.
func TestAlone(t *testing.T) {
	var under atomic.Int32
	put := func(w http.ResponseWriter, _ *http.Request) {
		defer under.Add(-1)
		status := 201
		if under.Add(1) > 1 {
			status = 500
		}
		time.Sleep(20 * time.Millisecond)
		w.WriteHeader(status)
	}
	replies := map[string]any{"PUT /x": put, "PUT /y": put, "DELETE /x": 202, "DELETE /y": 202}
	cases := []*release.Case{
		testCase("x", step("PUT /x", expect("must.put", is(201))), provides("x"), cleanup(step("DELETE /x"))),
		testCase("y", step("PUT /y", expect("must.put", is(201))), provides("y"), cleanup(step("DELETE /y"))),
	}
	for _, id := range []string{"a", "b", "c", "d"} {
		cases = append(cases, testCase(id, needs("x", "y"), step("GET /"+id, expect("must.get", is(200)))))
	}
	for _, parallel := range []int{1, 8} {
		s := serve(t, replies)
		out := run(t, releaseOf(cases...), s, Options{Parallel: parallel})
		if f := out.Findings; len(f) != 1 || f[0].Requirement != "must.get" || f[0].Count != 4 {
			t.Errorf("%d at once: %+v", parallel, f)
		}
		var beside []result.Beside
		for _, c := range out.Cases {
			beside = append(beside, c.Beside...)
		}
		if want := min(1, parallel-1); len(beside) != want || want > 0 && beside[0].Requirement != "must.put" {
			t.Errorf("%d at once: failed beside others: %+v", parallel, beside)
		}
		if want := 8 + 3*min(1, parallel-1); out.Requests != want { // also GET, DELETE and PUT
			t.Errorf("%d at once: %d requests, want %d: %q", parallel, out.Requests, want, s.lines())
		}
	}
}

// TestTogetherAgain has a registry that fails when requests overlap, the first time or
// each time: what a group fails is repeated also with one request at a time, and so is
// what comes after it; what comes before it is not.
func TestTogetherAgain(t *testing.T) {
	for _, test := range []struct {
		name   string
		times  int32 // number of groups that fail
		beside int
		want   string
	}{
		{"once", 1, 2, "pass"},
		{"each time", 9, 0, "fail"},
	} {
		for _, parallel := range []int{1, 4} {
			var puts, heads atomic.Int32
			fails := func(n *atomic.Int32, status int) any {
				return func(w http.ResponseWriter, _ *http.Request) {
					if n.Add(1) <= test.times {
						w.WriteHeader(500)
						return
					}
					w.WriteHeader(status)
				}
			}
			s := serve(t, map[string]any{"PUT /x": fails(&puts, 201), "HEAD /x": fails(&heads, 200), "GET /x": 200, "DELETE /x": 202})
			out := run(t, releaseOf(testCase("a",
				step("PUT /x", together(1), noGate(), expect("must.put", is(201))), step("GET /x", together(1)),
				step("HEAD /x", expect("must.head", is(200))), cleanup(step("DELETE /x")))), s, Options{Parallel: parallel})
			if c := out.Cases[0]; string(c.Outcome) != test.want || len(c.Beside) != test.beside || out.Requests != 8 {
				t.Errorf("%s, %d at once: %s, %d requests, beside others: %+v", test.name, parallel, c.Outcome, out.Requests, c.Beside)
			}
		}
	}
	s := serve(t, map[string]any{"PUT /x": 500, "PUT /y": 201})
	out := run(t, releaseOf(testCase("a", step("PUT /x", noGate(), expect("must.put", is(201))),
		step("PUT /y", together(1)), step("PUT /y", together(1)))), s, Options{Parallel: 1})
	if out.Requests != 3 {
		t.Errorf("a failure before a group: %d requests: %q", out.Requests, s.lines())
	}
}
