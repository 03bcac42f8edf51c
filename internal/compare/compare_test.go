package compare

import (
	"strings"
	"testing"

	"github.com/ocispec/ocispec/result"
)

func finding(id, way string, o result.Outcome) result.Finding {
	return result.Finding{Requirement: id, Way: way, Outcome: o, Level: "MUST", Text: "It is so."}
}

func runs() (before, after *result.Run) {
	checked := func(ids ...string) map[string]result.Requirement {
		out := map[string]result.Requirement{}
		for _, id := range ids {
			out[id] = result.Requirement{Checks: 1}
		}
		return out
	}
	before = &result.Run{
		Spec: "v1.0.1", Registry: "http://a|b", Outcome: result.Fail, Requirements: checked("same", "worse", "way", "fixed", "dropped", "skipped"),
		Findings: []result.Finding{
			finding("same", "status", result.Fail), finding("worse", "status", result.Warn), finding("way", "status", result.Fail),
			finding("fixed", "status", result.Fail), finding("dropped", "status", result.Fail), finding("skipped", "status", result.Fail),
		},
	}
	after = &result.Run{
		Spec: "v1.1.1", Registry: "http://a", Outcome: result.Fail, Requirements: checked("same", "worse", "way", "fixed", "added"),
		Findings: []result.Finding{
			finding("same", "status", result.Fail), finding("worse", "status", result.Fail), finding("way", "body", result.Fail), finding("added", "status", result.Fail),
		},
	}
	after.Requirements["skipped"] = result.Requirement{Outcome: result.Blocked}
	return before, after
}

func TestRuns(t *testing.T) {
	c := Runs(runs())
	var got []string
	for _, d := range c.Differences {
		got = append(got, string(d.Change)+" "+d.Requirement+d.note()+": "+d.ways())
	}
	want := `new added, only in v1.1.1: fail: status
changed way: fail: status → fail: body
changed worse: warn: status → fail: status
fixed fixed: fail: status
unknown dropped, only in v1.0.1: fail: status
unknown skipped: fail: status
still there same: fail: status`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
	if !c.Regressed() {
		t.Error("no regression")
	}
	if before, _ := runs(); Runs(before, before).Regressed() {
		t.Error("a regression from a run to itself")
	}
}

func TestFormats(t *testing.T) {
	c := Runs(runs())
	for name, f := range map[string]struct {
		render func(*strings.Builder) error
		want   string
	}{
		"text":     {func(b *strings.Builder) error { return c.Text(b) }, "1 new, 2 changed, 1 fixed, 2 unknown, 1 still there\n"},
		"markdown": {func(b *strings.Builder) error { return c.Markdown(b) }, `| before | http://a\|b | v1.0.1 |`},
	} {
		var b strings.Builder
		if err := f.render(&b); err != nil || !strings.Contains(b.String(), f.want) {
			t.Errorf("%s: %v\n%s", name, err, b.String())
		}
	}
}
