package selftest

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/internal/faultproxy"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/testscope"
)

var update = flag.Bool("update", false, "write the pages in docs/selftest")

// load returns a built-in release, and the built-in variants and faults.
func load(t *testing.T, spec string) (*release.Release, *faultproxy.Deviations) {
	t.Helper()
	altered, err := faultproxy.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	rel, err := release.Builtin().Release(spec)
	if err != nil {
		t.Fatal(err)
	}
	return rel, altered
}

func run(t *testing.T, rel *release.Release, altered *faultproxy.Deviations, opts Options) *Report {
	t.Helper()
	r, err := Run(context.Background(), rel, altered, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSelftest runs faults and variants: the cases must find each fault under
// the requirements that it breaks, and no check may fail on a variant. With
// OCISPEC_FULL every check must fail for some fault, and the matrix must equal
// the page in docs/selftest.
func TestSelftest(t *testing.T) {
	full := *update || testscope.Full(t, "every 40th fault and every 12th variant of v1.1")
	specs := []string{"v1.1"}
	if full {
		specs = []string{"v1.0", "v1.1", "dev"}
	}
	for _, spec := range specs {
		rel, all := load(t, spec)
		if len(all.Faults) < 300 || len(all.Variants) < 30 {
			t.Errorf("%d faults, %d variants", len(all.Faults), len(all.Variants))
		}
		opts := Options{Seed: "selftest"}
		if !full {
			all = &faultproxy.Deviations{Faults: testscope.Every(40, all.Faults), Variants: testscope.Every(12, all.Variants)}
			opts.Run = []string{"*"}
		}
		r := run(t, rel, all, opts)
		problems(t, spec, r)
		if full {
			matrix(t, spec, r)
		}
		var line strings.Builder
		if err := r.Summary(&line); err != nil {
			t.Error(err)
		}
		t.Log(line.String())
	}
}

// problems reports the problems of a self-test as test failures.
func problems(t *testing.T, spec string, r *Report) {
	t.Helper()
	for _, f := range r.Faults {
		for _, p := range f.Problems {
			t.Errorf("%s: %s: %s", spec, f.ID, p)
		}
	}
	for _, v := range r.Variants {
		for _, p := range v.Problems {
			t.Errorf("%s: %s: %s", spec, v.ID, p)
		}
	}
	for _, k := range r.NeverRedChecks {
		t.Errorf("%s: no fault makes the check of %s at %s fail", spec, k.Requirement, k.Pos)
	}
	if !r.OK && !t.Failed() {
		t.Errorf("%s: not ok", spec)
	}
}

// matrix compares the generated page of a release with the report.
func matrix(t *testing.T, release string, r *Report) {
	t.Helper()
	name := filepath.Join("..", "..", "docs", "selftest", release+".md")
	var page strings.Builder
	if err := r.Markdown(&page); err != nil {
		t.Error(err)
	}
	if *update {
		if err := os.WriteFile(name, []byte(page.String()), 0o644); err != nil {
			t.Error(err)
		}
		return
	}
	b, err := os.ReadFile(name)
	if err != nil || string(b) != page.String() {
		t.Errorf("%s is stale: run go test ./internal/selftest -run TestSelftest -update (%v)", name, err)
	}
}

// alteration parses an alteration from JSON.
func alteration(t *testing.T, s string) []faultproxy.Alteration {
	t.Helper()
	var a faultproxy.Alteration
	if err := json.Unmarshal([]byte(s), &a); err != nil {
		t.Fatal(err)
	}
	return []faultproxy.Alteration{a}
}

// TestVerdicts covers the problems of faults and variants.
func TestVerdicts(t *testing.T) {
	rel, _ := load(t, "v1.1")
	const lost = `{"on":{"method":"HEAD","path":"/blobs/sha256:"},"response":{"header":{"remove":["Content-Length"]}}}`
	const none = `{"on":{"path":"^/none$"},"response":{"status":500}}`
	fault := func(id, alter string, findings int, breaks ...string) *faultproxy.Fault {
		return &faultproxy.Fault{Deviation: faultproxy.Deviation{ID: id, Alter: alteration(t, alter)}, Breaks: breaks, Findings: findings, Cases: []string{"data-image"}}
	}
	variant := func(id, alter string, warns ...string) *faultproxy.Variant {
		return &faultproxy.Variant{Deviation: faultproxy.Deviation{ID: id, Alter: alteration(t, alter)}, Warns: warns}
	}
	altered := &faultproxy.Deviations{
		Faults: []*faultproxy.Fault{
			fault("found", lost, 0, "head.blob.content-length"),
			fault("not-found", none, 0, "head.blob.content-length"),
			fault("elsewhere", lost, 0, "head.blob.ok-status"),
			fault("unchecked", none, 0, "push.blob.session.location-absolute"),
			fault("of-no-release", none, 0, "nothing"),
		},
		Variants: []*faultproxy.Variant{
			variant("allowed", none),
			variant("warns", lost, "head.blob.content-length"),
			variant("fails", lost),
			variant("dropped", `{"on":{"path":"^/v2/"},"drop":"before"}`),
		},
	}
	r := run(t, rel, altered, Options{Run: []string{"*"}, Seed: "x"})
	got := map[string]string{}
	for _, f := range r.Faults {
		got[f.ID] = strings.Join(f.Problems, "\n")
	}
	for _, v := range r.Variants {
		got[v.ID] = strings.Join(v.Problems, "\n")
	}
	for id, want := range map[string]string{
		"found":     "",
		"not-found": "no finding for head.blob.content-length",
		"elsewhere": "unexpected finding for head.blob.content-length: ",
		"unchecked": "no case or rule checks push.blob.session.location-absolute",
		"allowed":   "",
		"warns":     "",
		"fails":     " for head.blob.content-length: ",
		"dropped":   "inconclusive",
	} {
		if p, ok := got[id]; !ok || !strings.Contains(p, want) || want == "" && p != "" {
			t.Errorf("%s: got %q, want %q", id, p, want)
		}
	}
	if _, ok := got["of-no-release"]; ok {
		t.Error("a fault that breaks nothing of the release was run")
	}
	if r.OK || r.Counts.FaultsFailed != 3 || r.Counts.VariantsFailed != 2 {
		t.Errorf("%v, %+v", r.OK, r.Counts)
	}
	var text strings.Builder
	if err := r.Text(&text); err != nil || !strings.Contains(text.String(), "1 of 4 faults found as expected, 2 of 4 variants passed") {
		t.Errorf("%v in\n%s", err, &text)
	}
}

// TestNeverRed runs a single fault without globs.
func TestNeverRed(t *testing.T) {
	rel, altered := load(t, "v1.1")
	i := slices.IndexFunc(altered.Faults, func(f *faultproxy.Fault) bool { return f.ID == "blob.head-no-length" })
	r := run(t, rel, &faultproxy.Deviations{Faults: altered.Faults[i : i+1]}, Options{})
	if r.OK || slices.Contains(r.NeverRed, "head.blob.content-length") || !slices.Contains(r.NeverRed, "push.blob.put.created-status") {
		t.Errorf("never red: %v", r.NeverRed)
	}
	if c := r.Counts; c.RedChecks == 0 || c.RedChecks+len(r.NeverRedChecks) != c.Checks || c.Findings[1] != 1 {
		t.Errorf("%+v", c)
	}
	if len(r.Variants) != 1 || len(r.Variants[0].Problems) > 0 {
		t.Errorf("the model registry: %+v", r.Variants)
	}
}

func TestEmptySelection(t *testing.T) {
	rel, _ := load(t, "v1.1")
	if _, err := Run(context.Background(), rel, &faultproxy.Deviations{}, Options{Run: []string{"x"}}); err == nil {
		t.Error("no error for an empty selection")
	}
}
