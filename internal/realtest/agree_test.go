package realtest

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/testscope"
	"github.com/ocispec/ocispec/result"
)

var runs = flag.Int("runs", 1, "number of runs of TestAgree at each degree of concurrency")

// TestAgree compares the verdicts of runs with more and more concurrent requests.
func TestAgree(t *testing.T) {
	degrees, registries := []int{1, 16}, servers[:0]
	if testscope.Full(t, "a run at 1 and at 16 requests at once, against the model registry") {
		degrees, registries = []int{1, 4, 16, 64}, servers[:2]
	}
	rel, err := release.Builtin().Release("v1.1")
	if err != nil {
		t.Fatal(err)
	}
	for name, addr := range near(t, registries) {
		var first []string
		for i := range *runs * len(degrees) {
			degree := degrees[i%len(degrees)]
			verdicts := verdicts(t, rel, addr, fmt.Sprintf("agree-%d", i), degree)
			if first == nil {
				first = verdicts
			}
			agree(t, fmt.Sprintf("%s: run %d with %d requests at once", name, i, degree), first, verdicts)
		}
	}
}

// verdicts returns the findings of a run and the outcomes of its cases.
func verdicts(t *testing.T, rel *release.Release, addr, seed string, degree int) []string {
	t.Helper()
	return verdictsOf(runWith(t, rel, addr, engine.Options{Seed: seed, Parallel: degree}))
}

func verdictsOf(res *result.Run) []string {
	var out []string
	for _, f := range res.Findings {
		out = append(out, fmt.Sprintf("%s %s: %s, %d checks", f.Outcome, f.Requirement, f.Way, f.Count))
	}
	for _, c := range res.Cases {
		if c.Outcome != result.Pass {
			out = append(out, fmt.Sprintf("%s %s", c.Outcome, c.ID))
		}
	}
	return out
}

// agree reports the verdicts of a run that are not those of another, and those that it
// lacks.
func agree(t *testing.T, run string, want, got []string) {
	t.Helper()
	for _, v := range want {
		if !slices.Contains(got, v) {
			t.Errorf("%s lacks %s", run, v)
		}
	}
	for _, v := range got {
		if !slices.Contains(want, v) {
			t.Errorf("%s has %s", run, v)
		}
	}
}

func runWith(t testing.TB, rel *release.Release, addr string, opts engine.Options) *result.Run {
	t.Helper()
	client := httpclient.New(httpclient.Options{})
	defer client.Close()
	target := engine.Target{URL: &url.URL{Scheme: "http", Host: addr, Path: "/"}, Repo: "agree/a", Other: "agree/b"}
	res, err := engine.Run(context.Background(), rel, target, client, opts)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestTwoRuns runs twice at once in the same repositories of distribution: the verdicts
// are those of a run alone.
func TestTwoRuns(t *testing.T) {
	rel := v11(t)
	addr := servers[0].start(t)
	want := verdicts(t, rel, addr, "alone", 16)
	var wg sync.WaitGroup
	for _, seed := range []string{"one", "other"} {
		wg.Go(func() { agree(t, seed, want, verdicts(t, rel, addr, seed, 8)) })
	}
	wg.Wait()
}
