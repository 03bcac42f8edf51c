package realtest

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/testscope"
	"github.com/ocispec/ocispec/result"
)

// TestAgree compares the verdicts of runs with more and more concurrent requests. It
// leaves out docker-registry, in which concurrent pushes of one tag can fail.
func TestAgree(t *testing.T) {
	degrees, registries := []int{1, 16}, servers[:0]
	if testscope.Full(t, "a run at 1 and at 16 requests at once, against the model registry") {
		degrees, registries = []int{1, 4, 16, 4, 16, 4, 16, 4, 16, 16}, servers[:1]
	}
	rel, err := release.Builtin().Release("v1.1")
	if err != nil {
		t.Fatal(err)
	}
	for name, addr := range near(t, registries) {
		var first []string
		for i, degree := range degrees {
			verdicts := verdicts(t, rel, addr, fmt.Sprintf("agree-%d", i), degree)
			if first == nil {
				first = verdicts
			}
			for _, v := range first {
				if !slices.Contains(verdicts, v) {
					t.Errorf("%s: run %d with %d requests at once lacks %s", name, i, degree, v)
				}
			}
			for _, v := range verdicts {
				if !slices.Contains(first, v) {
					t.Errorf("%s: run %d with %d requests at once has %s", name, i, degree, v)
				}
			}
		}
	}
}

// verdicts returns the findings of a run and the outcomes of its cases.
func verdicts(t *testing.T, rel *release.Release, addr, seed string, degree int) []string {
	t.Helper()
	client := httpclient.New(httpclient.Options{})
	defer client.Close()
	target := engine.Target{URL: &url.URL{Scheme: "http", Host: addr, Path: "/"}, Repo: "agree/a", Other: "agree/b"}
	res, err := engine.Run(context.Background(), rel, target, client, engine.Options{Seed: seed, Parallel: degree})
	if err != nil {
		t.Fatal(err)
	}
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
