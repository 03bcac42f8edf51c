package engine

import (
	"net/url"
	"testing"
)

// TestWeigh compares the weights of cases and steps with the number of requests that wait
// for them, one after the other.
func TestWeigh(t *testing.T) {
	provider := testCase("provider", provides("x"),
		step("POST /a"), step("GET /b"), step("GET /c"),
		cleanup(step("DELETE /1"), step("DELETE /2"), step("DELETE /3")))
	long := testCase("long", needs("x"), step("PUT /d"), step("PUT /e"), step("GET /f"), cleanup(step("DELETE /4")))
	short := testCase("short", needs("x"), step("GET /g"))
	r, err := newRunner(releaseOf(provider, long, short), Target{URL: &url.URL{Scheme: "http", Host: "example.com", Path: "/"}}, nil, Options{Parallel: 4})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]int{ // the weight, and what of it begins after the last step
		"long":     {6, 3}, // the cleanup of provider waits for it
		"short":    {4, 3},
		"provider": {8, 6},
	}
	for _, n := range r.order {
		if got := [2]int{n.weight, n.rest}; got != want[n.c.ID] {
			t.Errorf("%s: weight and rest are %v, want %v", n.c.ID, got, want[n.c.ID])
		}
	}
	s := (&caseRun{runner: r, c: long}).schedule(long.Steps)
	s.weigh(3)
	for i, want := range []int{6, 5, 4} {
		if got := s.units[i].weight; got != want {
			t.Errorf("step %d of long: weight %d, want %d", i, got, want)
		}
	}
}
