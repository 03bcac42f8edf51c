package baseline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ocispec/ocispec/result"
)

const good = `spec: v1.1.1
findings:
  - {requirement: tags.list.order, way: body wrong, reason: "sorted by bytes"}
  - {requirement: a.b, way: status 500, reason: "issue 12"}
`

func TestParse(t *testing.T) {
	if _, err := Parse([]byte(good)); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"":                              "spec is missing",
		"spec: v1\nfinding: []":         "field finding not found",
		"spec: v1\nfindings: [{}]":      "finding 1 has no requirement",
		"spec: [":                       "did not find expected node content",
		good + "  - {requirement: x}\n": "x () has no reason: say why it is known",
		good + "  - {requirement: a.b, way: status 500, reason: again}\n": "a.b (status 500) is there twice",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}

func finding(requirement, way string, o result.Outcome) result.Finding {
	return result.Finding{Requirement: requirement, Way: way, Outcome: o}
}

func TestCompare(t *testing.T) {
	b, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	run := &result.Run{Spec: "v1.1.1", Findings: []result.Finding{
		finding("tags.list.order", "body wrong", result.Fail), finding("a.b", "status 404", result.Fail),
		finding("c", "x", result.Fail), finding("d", "x", result.Warn),
	}}
	d := b.Compare(run)
	want := &Diff{
		Known: b.Findings[:1], Other: b.Findings[1:],
		New: []result.Finding{run.Findings[1], run.Findings[2]},
	}
	if diff := cmp.Diff(want, d); diff != "" || d.Same() {
		t.Error(diff)
	}
	run.Findings = nil
	if d := b.Compare(run); len(d.Gone) != 2 || d.Same() {
		t.Errorf("%+v", d)
	}
}

func TestUpdate(t *testing.T) {
	old, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	run := &result.Run{Spec: "v1.1.1", Findings: []result.Finding{finding("a.b", "status 500", result.Fail), finding("c", "x", result.Fail)}}
	b := Update(old, run)
	if want := []Entry{{"a.b", "status 500", "issue 12"}, {"c", "x", ""}}; !cmp.Equal(b.Findings, want) {
		t.Errorf("%+v", b.Findings)
	}
	text, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), "c (x) has no reason") {
		t.Errorf("%v: %s", err, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, b []byte) {
		base, err := Parse(b)
		if err != nil {
			return
		}
		text, err := base.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(text)
		if err != nil || !cmp.Equal(base.Spec, again.Spec) || len(base.Findings) != len(again.Findings) {
			t.Errorf("%v: %s", err, text)
		}
	})
}
