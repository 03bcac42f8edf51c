// Package mutants measures what the cases see with defects that nobody has chosen:
// it changes one property of the exchanges of one kind, at random, and reports what
// a run finds.
//
//	go test ./internal/mutants -run TestMutants -mutants 200 -seed 7 -v
//
// A change that nothing finds is allowed by the specification, or is a blind spot.
package mutants

import (
	"flag"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/faultproxy"
	"github.com/ocispec/ocispec/registry"
	"github.com/ocispec/ocispec/result"
)

var (
	spec   = flag.String("spec", "v1.1", "the release")
	number = flag.Int("mutants", 0, "the number of changes to try")
	seed   = flag.Uint64("seed", 1, "determines which changes are tried")
	only   = flag.String("only", "", "a regular expression for the changes to try")
)

// TestChanges checks that a run without a change passes, and that every change is
// valid.
func TestChanges(t *testing.T) { changesOf(t, open(t)) }

// TestMutants tries changes, and prints the outcome of each: the requirements with
// findings, failures before warnings.
func TestMutants(t *testing.T) {
	if *number == 0 {
		t.Skip("takes a second for each change: -mutants states how many")
	}
	which, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	rel := open(t)
	all := slices.DeleteFunc(changesOf(t, rel), func(c change) bool { return !which.MatchString(c.name) })
	r := rand.New(rand.NewPCG(*seed, 0))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	counts := map[string]int{}
	for _, c := range all[:min(*number, len(all))] {
		outcome, found := outcome(run(t, rel, front(t, c.alteration)))
		counts[outcome]++
		t.Logf("%-10s | %s | %s", outcome, c.name, strings.Join(found, " "))
	}
	t.Logf("%d of %d changes: %v", min(*number, len(all)), len(all), counts)
}

func open(t *testing.T) *release.Release {
	t.Helper()
	rel, err := release.Open(*spec)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

// changesOf returns the changes of the exchanges of a run, which must pass.
func changesOf(t *testing.T, rel *release.Release) []change {
	t.Helper()
	rec := &recorder{next: front(t), kinds: map[string]*kind{}}
	if res := run(t, rel, rec); res.Outcome != result.Pass {
		t.Fatalf("the run without a change: %s", res.Outcome)
	}
	all := rec.changes()
	for _, c := range all {
		if err := faultproxy.Check(&c.alteration); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	return all
}

// front returns the model registry with alterations.
func front(t *testing.T, as ...faultproxy.Alteration) http.Handler {
	t.Helper()
	reg, err := registry.New(registry.Options{Release: *spec})
	if err != nil {
		t.Fatal(err)
	}
	h, err := faultproxy.New(reg, as)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// large lists the cases with large content, which take most of the time of a run.
var large = []string{"manifest-size-limit", "blob-large"}

func run(t *testing.T, rel *release.Release, h http.Handler) *result.Run {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	u, err := url.Parse(srv.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	res, err := engine.Run(t.Context(), rel, engine.Target{URL: u, Repo: "a/b", Other: "a/c"}, nil, engine.Options{
		Seed: "mutants", Parallel: 4,
		Select: func(id string) bool { return !slices.Contains(large, id) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// outcome returns what a run has found in a word, and the requirements.
func outcome(res *result.Run) (string, []string) {
	var fails, warns []string
	for _, f := range res.Findings {
		if f.Outcome == result.Fail {
			fails = append(fails, f.Requirement)
		} else {
			warns = append(warns, "("+f.Requirement+")")
		}
	}
	found := append(slices.Clone(fails), warns...)
	switch {
	case len(fails) == 1:
		return "one", found
	case len(fails) > 1:
		return "several", found
	case len(warns) > 0:
		return "warned", found
	case res.Outcome != result.Pass:
		return string(res.Outcome), found
	}
	return "nothing", found
}
