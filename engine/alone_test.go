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
