package coverage

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
)

// releaseOf returns a release with a requirement for each way to reach a state.
func releaseOf() *release.Release {
	kase := func(id string, checks ...string) *release.Case {
		return &release.Case{Summary: release.Summary{ID: id, Checks: checks}}
	}
	return &release.Release{
		Patch: "v1.0",
		Requirements: []*release.Requirement{
			{ID: "checked", Level: release.Must, Testable: "yes", Endpoints: []string{"end-2", "end-10"}, Category: "Pull"},
			{ID: "given-nothing", Level: release.Must},
			{ID: "partly", Level: release.Should, Testable: "partly"},
			{ID: "partly-unchecked", Level: release.Should, Testable: "partly"},
			{ID: "no-but-checked", Level: release.May, Testable: "no"},
			{ID: "untested", Level: release.Must, Actor: "client", Testable: "no", Untested: "Binds clients."},
			{ID: "ruled", Level: release.Must},
			{ID: "same", Level: release.Must, Overlaps: []string{"checked", "ruled"}},
			{ID: "same-and-own", Level: release.Must, Overlaps: []string{"checked"}},
			{ID: "same-untested", Level: release.Must, Overlaps: []string{"untested"}},
			{ID: "same-unknown", Level: release.Must, Overlaps: []string{"elsewhere"}},
		},
		Rules: []*release.Rule{{ID: "r", Checks: []*release.Check{{Requirement: "ruled"}}}},
		Cases: []*release.Case{
			kase("a", "checked", "given-nothing", "same-and-own"),
			kase("b", "checked", "partly", "no-but-checked"),
		},
	}
}

func TestOf(t *testing.T) {
	want := map[string]Requirement{
		"checked":          {State: Covered, Checks: []string{"a", "b"}},
		"given-nothing":    {State: Covered, Checks: []string{"a"}},
		"partly":           {State: Partly, Checks: []string{"b"}},
		"partly-unchecked": {State: Uncovered},
		"no-but-checked":   {State: Partly, Checks: []string{"b"}},
		"untested":         {State: Untestable, Reason: "Binds clients."},
		"ruled":            {State: Covered, Checks: []string{"rule r"}},
		"same":             {State: Covered, Checks: []string{"a", "b", "rule r"}, Reason: "overlaps checked, ruled"},
		"same-and-own":     {State: Covered, Checks: []string{"a", "b"}},
		"same-untested":    {State: Untestable, Reason: "Binds clients."},
		"same-unknown":     {State: Uncovered},
	}
	r := Of(releaseOf())
	for _, q := range r.Requirements {
		w := want[q.ID]
		if q.State != w.State || q.Reason != w.Reason || !slices.Equal(q.Checks, w.Checks) {
			t.Errorf("%s is %s, %q, %q; want %s, %q, %q", q.ID, q.State, q.Checks, q.Reason, w.State, w.Checks, w.Reason)
		}
	}
	if len(r.Requirements) != len(want) {
		t.Errorf("%d requirements, want %d", len(r.Requirements), len(want))
	}
	if got := r.Totals.Counts; got != (Counts{Total: 11, Covered: 5, Partly: 2, Untestable: 2, Uncovered: 2}) {
		t.Errorf("totals %+v", got)
	}
	if got := *r.Totals.Endpoints["end-10"]; got != (Counts{Total: 1, Covered: 1}) {
		t.Errorf("end-10 %+v", got)
	}
	if got := r.Totals.Endpoints["none"].Total; got != 10 {
		t.Errorf("%d requirements without endpoint", got)
	}
}

// TestJSON covers the field names, which are a stable interface, and that no
// list is null.
func TestJSON(t *testing.T) {
	b, err := json.Marshal(Of(releaseOf()))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"release":"v1.0"`, `"totals":{"total":11,"covered":5,"partly":2,"untestable":2,"uncovered":2,"levels":{`,
		`{"id":"partly-unchecked","level":"SHOULD","actor":"","category":"","endpoints":[],"state":"uncovered","checks":[],"reason":""}`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in %s", want, b)
		}
	}
	if strings.Contains(string(b), "null") {
		t.Errorf("null in %s", b)
	}
	b, _ = json.Marshal(Of(&release.Release{}))
	if strings.Contains(string(b), "null") {
		t.Errorf("null in %s", b)
	}
}

func TestRender(t *testing.T) {
	var text, md strings.Builder
	if err := Text(&text, Of(releaseOf())); err != nil {
		t.Fatal(err)
	}
	two, ten := strings.Index(text.String(), "endpoint end-2 "), strings.Index(text.String(), "endpoint end-10")
	if two < 0 || ten < two {
		t.Errorf("endpoints out of order in\n%s", text.String())
	}
	if !strings.Contains(text.String(), "\nuncovered:\n  partly-unchecked  SHOULD") {
		t.Errorf("nothing is uncovered in\n%s", text.String())
	}
	if err := Markdown(&md, Of(releaseOf())); err != nil {
		t.Fatal(err)
	}
	if want := "| `same` | MUST |  | covered | a, b, rule r; overlaps checked, ruled |\n"; !strings.Contains(md.String(), want) {
		t.Errorf("no %q in\n%s", want, md.String())
	}
	text.Reset()
	if err := Text(&text, Of(&release.Release{Patch: "v0"})); err != nil || !strings.Contains(text.String(), "every requirement has a check or a reason") {
		t.Errorf("%v, %s", err, text.String())
	}
	if got := cell("a|b\n<c"); got != `a\|b &lt;c` {
		t.Errorf("cell %q", got)
	}
}
