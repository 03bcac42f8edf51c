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
	want, err := Parse("known.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	const inCUE = `spec: "v1.1.1"
findings: [
	{requirement: "tags.list.order", way: "body wrong", reason: "sorted by bytes"},
	{requirement: "a.b", way: "status \(500)", reason: "issue 12"},
]
`
	if got, err := Parse("known.cue", []byte(inCUE)); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for text, want := range map[string]string{
		"":                         "known.yaml: spec: field is required but not present",
		"spec: v1\nfinding: []":    "known.yaml:2:1: finding: field not allowed",
		"spec: v1\nfindings: [{}]": "known.yaml: findings.0.requirement: field is required but not present",
		"spec: v1\nfindings: 3":    "known.yaml:2:11: findings: conflicting values",
		"spec: [":                  "known.yaml:1:",
		"spec: v1\nfindings: [{requirement: a, way: b, reason: 3}]":       "findings.0.reason: conflicting values",
		good + "  - {requirement: x, way: '', reason: ' '}\n":             "known.yaml: x () has no reason: say why it is known",
		good + "  - {requirement: a.b, way: status 500, reason: again}\n": "known.yaml: a.b (status 500) is there twice",
	} {
		if _, err := Parse("known.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
	if _, err := Parse("x.yaml", make([]byte, 5<<20)); err == nil {
		t.Error("a file without end is read")
	}
}

func TestComplete(t *testing.T) {
	for _, tt := range []struct {
		run  result.Run
		want string
	}{
		{result.Run{Outcome: result.Fail}, ""},
		{result.Run{Outcome: result.Fail, Partial: true}, "only some cases were run"},
		{result.Run{Outcome: result.Fail, Counts: result.Counts{Cases: map[result.Outcome]int{result.Inconclusive: 1}}}, "1 case has no result"},
		{result.Run{Outcome: result.Error, Counts: result.Counts{Cases: map[result.Outcome]int{result.Error: 2}}}, "2 cases have no result"},
		{result.Run{Outcome: result.Inconclusive}, "without a result"},
		{result.Run{}, "without a result"},
	} {
		if err := Complete(&tt.run); tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%v; want %q", err, tt.want)
		}
	}
}

func finding(requirement, way string, o result.Outcome) result.Finding {
	return result.Finding{Requirement: requirement, Way: way, Outcome: o}
}

func TestCompare(t *testing.T) {
	b, err := Parse("known.yaml", []byte(good))
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
	run.Requirements = map[string]result.Requirement{"a.b": {Outcome: result.Pass, Checks: 1}, "tags.list.order": {Outcome: result.Disabled}}
	want = &Diff{Gone: b.Findings[1:], Unchecked: b.Findings[:1]}
	if diff := cmp.Diff(want, b.Compare(run)); diff != "" || want.Same() {
		t.Error(diff)
	}
}

func TestUpdate(t *testing.T) {
	old, err := Parse("known.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	run := &result.Run{Spec: "v1.1.1", Findings: []result.Finding{finding("a.b", "status 500", result.Fail), finding("c", "x", result.Fail)}}
	b := Update(old, run)
	if want := []Entry{{"a.b", "status 500", "issue 12"}, {"c", "x", ""}}; !cmp.Equal(b.Findings, want) {
		t.Errorf("%+v", b.Findings)
	}
	for _, name := range []string{"known.yaml", "known.cue"} {
		text, err := b.Encode(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(name, text)
		if err == nil || !strings.Contains(err.Error(), "c (x) has no reason") || !cmp.Equal(got, b) {
			t.Errorf("%v: %s", err, text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good), false)
	f.Add([]byte("spec: \"v1\"\nfindings: []"), true)
	f.Fuzz(func(t *testing.T, b []byte, inCUE bool) {
		name := map[bool]string{true: "known.cue", false: "known.yaml"}[inCUE]
		base, err := Parse(name, b)
		if err != nil {
			return
		}
		text, err := base.Encode(name)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse(name, text); err != nil || !cmp.Equal(base, again) {
			t.Errorf("%v: %s", err, text)
		}
	})
}
