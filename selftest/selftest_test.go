package selftest

import (
	"context"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/compile"
	"github.com/ocispec/ocispec/model"
)

// load returns a built-in release, and the built-in variants and faults.
func load(t *testing.T, release string) (*model.Release, *compile.Altered) {
	t.Helper()
	sub, err := fs.Sub(ocispec.Compiled, "compiled")
	if err != nil {
		t.Fatal(err)
	}
	altered, err := compile.OpenAltered(sub)
	if err != nil {
		t.Fatal(err)
	}
	rel, err := compile.Open(sub).Release(release)
	if err != nil {
		t.Fatal(err)
	}
	return rel, altered
}

func run(t *testing.T, rel *model.Release, altered *compile.Altered, opts Options) *Report {
	t.Helper()
	r, err := Run(context.Background(), rel, altered, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestVariants runs every case on every variant of every release: nothing that
// the specification allows may fail.
func TestVariants(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("it takes minutes; the command selftest runs them too")
	}
	for _, release := range []string{"v1.0", "v1.1", "dev"} {
		rel, altered := load(t, release)
		if len(altered.Variants) < 30 {
			t.Errorf("%d variants", len(altered.Variants))
		}
		r := run(t, rel, &compile.Altered{Variants: altered.Variants}, Options{Run: []string{"*"}})
		for _, v := range r.Variants {
			for _, p := range v.Problems {
				t.Errorf("%s: %s: %s", release, v.ID, p)
			}
		}
		t.Logf("%s: %d variants, %d requests, %v", release, len(r.Variants), r.Counts.Requests, r.Elapsed)
	}
}

// neverRed has the requirements whose checks no fault can make fail, and why.
var neverRed = map[string]string{
	"errors.code.unauthorized":          "a 401 that no check asks for makes the case inconclusive",
	"push.blob.single-post.may-support": "a registry that does not offer it makes the check unsupported",
	"push.blob.mount.from-optional":     "a registry that does not offer it makes the check unsupported",
	"endpoint.end-4b.failure.400":       "in dev the requirements of the digest, checked before, fail by the same status",
	"endpoint.end-6.failure.400":        "in dev the requirements of the digest, checked before, fail by the same status",
}

// TestFaults runs every fault of every release: each is found, under the
// requirement that it breaks, and no check is left that was never red.
func TestFaults(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("it takes minutes; the command selftest runs them too")
	}
	for _, release := range []string{"v1.0", "v1.1", "dev"} {
		rel, altered := load(t, release)
		if len(altered.Faults) < 300 {
			t.Errorf("%d faults", len(altered.Faults))
		}
		r := run(t, rel, &compile.Altered{Faults: altered.Faults}, Options{})
		for _, f := range r.Faults {
			for _, p := range f.Problems {
				t.Errorf("%s: %s: %s", release, f.ID, p)
			}
		}
		for _, id := range r.NeverRed {
			if neverRed[id] == "" {
				t.Errorf("%s: no fault has made a check of %s fail", release, id)
			}
		}
		t.Logf("%s: %d faults, %d requests, %v", release, len(r.Faults), r.Counts.Requests, r.Elapsed)
	}
}

// alteration is one as JSON has it.
func alteration(t *testing.T, s string) []model.Alteration {
	t.Helper()
	var a model.Alteration
	if err := json.Unmarshal([]byte(s), &a); err != nil {
		t.Fatal(err)
	}
	return []model.Alteration{a}
}

// TestVerdicts has what can be wrong with a fault or a variant.
func TestVerdicts(t *testing.T) {
	rel, _ := load(t, "v1.1")
	const lost = `{"on":{"method":"HEAD","path":"/blobs/sha256:"},"response":{"header":{"remove":["Content-Length"]}}}`
	const none = `{"on":{"path":"^/none$"},"response":{"status":500}}`
	fault := func(id, alter string, findings int, breaks ...string) *model.Fault {
		return &model.Fault{Altered: model.Altered{ID: id, Alter: alteration(t, alter)}, Breaks: breaks, Findings: findings, Cases: []string{"data-image"}}
	}
	variant := func(id, alter string, warns ...string) *model.Variant {
		return &model.Variant{Altered: model.Altered{ID: id, Alter: alteration(t, alter)}, Warns: warns}
	}
	altered := &compile.Altered{
		Faults: []*model.Fault{
			fault("found", lost, 0, "head.blob.content-length"),
			fault("not-found", none, 0, "head.blob.content-length"),
			fault("elsewhere", lost, 0, "head.blob.ok-status"),
			fault("unchecked", none, 0, "push.blob.session.location-absolute"),
			fault("of-no-release", none, 0, "nothing"),
		},
		Variants: []*model.Variant{
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
		"not-found": "not found under head.blob.content-length",
		"elsewhere": "found under head.blob.content-length: ",
		"unchecked": "nothing checks push.blob.session.location-absolute",
		"allowed":   "",
		"warns":     "",
		"fails":     " under head.blob.content-length: ",
		"dropped":   "inconclusive",
	} {
		if p, ok := got[id]; !ok || !strings.Contains(p, want) || want == "" && p != "" {
			t.Errorf("%s: %q, not %q", id, p, want)
		}
	}
	if _, ok := got["of-no-release"]; ok {
		t.Error("a fault that breaks nothing of the release was run")
	}
	if r.OK || r.Counts.FaultsFailed != 3 || r.Counts.VariantsFailed != 2 {
		t.Errorf("%v, %+v", r.OK, r.Counts)
	}
	var text strings.Builder
	if err := r.Text(&text); err != nil || !strings.Contains(text.String(), "1 of 4 faults found as they should be, 2 of 4 variants passed") {
		t.Errorf("%v in\n%s", err, &text)
	}
}

// TestNeverRed runs one fault without a selection.
func TestNeverRed(t *testing.T) {
	rel, altered := load(t, "v1.1")
	i := slices.IndexFunc(altered.Faults, func(f *model.Fault) bool { return f.ID == "blob.head-no-length" })
	r := run(t, rel, &compile.Altered{Faults: altered.Faults[i : i+1]}, Options{})
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

func TestRegistry(t *testing.T) {
	rel, _ := load(t, "v1.1")
	if _, err := Registry(rel, &model.Altered{Registry: json.RawMessage(`{"tagsPages":1}`)}); err == nil {
		t.Error("an option that there is not is taken")
	}
	if _, err := Registry(&model.Release{Version: "v7", Lineage: []string{"v7"}}); err == nil {
		t.Error("there is a registry for v7")
	}
	if _, err := Run(context.Background(), rel, &compile.Altered{}, Options{Run: []string{"x"}}); err == nil {
		t.Error("an empty selection is taken")
	}
}
