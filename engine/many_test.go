package engine

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
)

// TestManyCases runs 1,000 and 10,000 cases that need each other in groups, and compares
// the time and the memory that a case takes.
func TestManyCases(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 cases take seconds")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) }))
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := httpclient.New(httpclient.Options{})
	defer client.Close()
	cost := func(n int) (each time.Duration, kept uint64) {
		rel, before, started := manyCases(n), inUse(), time.Now()
		res, err := Run(t.Context(), rel, Target{URL: u, Repo: "r"}, client, Options{Seed: "many", Parallel: 16})
		if err != nil {
			t.Fatal(err)
		}
		each = time.Since(started) / time.Duration(n)
		kept = (inUse() - before) / uint64(n)
		if len(res.Cases) != n || res.Outcome != "pass" {
			t.Fatalf("%d cases: %s", len(res.Cases), res.Outcome)
		}
		runtime.KeepAlive(res)
		return each, kept
	}
	_, _ = cost(100) // connections
	few, fewKept := cost(1000)
	many, manyKept := cost(10_000)
	t.Logf("of 1,000 cases each takes %v and %d bytes, of 10,000 %v and %d bytes", few, fewKept, many, manyKept)
	if many > 3*few { // other processes take time too
		t.Errorf("a case takes %v among 10,000, and %v among 1,000", many, few)
	}
	if most := uint64(24 << 10); manyKept > most {
		t.Errorf("a case with three requests keeps %d bytes, want at most %d", manyKept, most)
	}
}

// manyCases returns n cases of which every tenth provides what the next nine need.
func manyCases(n int) *release.Release {
	var cases []*release.Case
	for i := range n {
		id := fmt.Sprintf("case-%05d", i)
		parts := []any{
			random("blob", 100),
			step("PUT /"+id, expect("must.put", is(201))),
			step("GET /"+id, expect("must.get", is(201))),
			cleanup(step("DELETE /" + id)),
		}
		if i%10 == 0 {
			parts = append(parts, provides(fmt.Sprint(i)))
		} else {
			parts = append(parts, needs(fmt.Sprint(i-i%10)))
		}
		cases = append(cases, testCase(id, parts...))
	}
	return releaseOf(cases...)
}

// inUse returns the size in bytes of what the heap holds.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
