package engine

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// TestBudget sends requests whose responses have large bodies, some of which are
// compared with an earlier one: few bodies are read at the same time, and no step
// waits forever.
func TestBudget(t *testing.T) {
	body := bytes.Repeat([]byte("x"), 15<<20)
	var now, most atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X", "x")
		w.Write(body[:11<<20]) // more than fits into the buffers of a connection
		for n, old := now.Add(1), most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		defer now.Add(-1)
		w.Write(body[11<<20:])
	}))
	defer srv.Close()
	var steps []*release.Step
	for i := range 10 {
		a, b := fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)
		steps = append(steps,
			step("GET /"+a, id(a), expect("must.x", is(200))),
			step("GET /"+b, id(b), expect("must.x", field("X", eq("${"+a+".header.X}")))))
	}
	c := testCase("a")
	c.Steps = steps
	u, err := url.Parse(srv.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(t.Context(), releaseOf(c), Target{URL: u, Repo: "r"}, nil, Options{Seed: "s", Parallel: 20})
	if err != nil {
		t.Fatal(err)
	}
	if res.Outcome != result.Pass {
		t.Errorf("the run is %s: %+v", res.Outcome, res.Findings)
	}
	if n := most.Load(); n > maxLarge {
		t.Errorf("%d large bodies at the same time, want at most %d", n, maxLarge)
	}
}
