package diff

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

func status(code string) *match.Response {
	return &match.Response{Status: &match.Matcher{Op: match.Equal, Value: json.RawMessage(code)}}
}

// kase returns a release with one case of one step, changed by f.
func kase(f func(*release.Case)) *release.Release {
	c := &release.Case{
		Summary: release.Summary{ID: "c", Title: "A case", Release: "v1", Pos: "a.cue:1:1"},
		Steps: []*release.Step{{ID: "s", Method: "GET", URL: "/v2/", Pos: "a.cue:2:1",
			Checks: []*release.Check{{Requirement: "q", Response: status("200"), Pos: "a.cue:3:1"}}}},
	}
	f(c)
	return &release.Release{Patch: "v1", Cases: []*release.Case{c}}
}

func nothing(*release.Case) {}

// TestSame covers that the descriptive fields and source positions of a case
// are not compared.
func TestSame(t *testing.T) {
	d := Of(kase(nothing), kase(func(c *release.Case) {
		c.Title, c.Why, c.Release, c.Since, c.Until, c.Pos = "Another", "Because", "v2", "v2", "v3", "b.cue:1:1"
		c.Steps[0].Title, c.Steps[0].Pos, c.Steps[0].Checks[0].Pos = "title", "b.cue:2:1", "b.cue:3:1"
	}))
	if !d.Empty() {
		t.Errorf("a change: %+v", d)
	}
	b, err := json.Marshal(d)
	if err != nil || strings.Contains(string(b), "null") {
		t.Errorf("%s, %v", b, err)
	}
}

func TestReplaced(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*release.Case)
		want   Replaced
	}{
		"expectation": {
			func(c *release.Case) { c.Steps[0].Checks[0].Response = status("404") },
			Replaced{Steps: []Step{{ID: "s", State: "changed", Checks: []Check{{"q", []string{"status: 200"}, []string{"status: 404"}}}}}},
		},
		"condition of a check": {
			func(c *release.Case) { c.Steps[0].Checks[0].When = status("200") },
			Replaced{Steps: []Step{{ID: "s", State: "changed", Checks: []Check{{"q", []string{"status: 200"}, []string{"if the response has status: 200", "status: 200"}}}}}},
		},
		"another requirement": {
			func(c *release.Case) { c.Steps[0].Checks[0].Requirement = "p" },
			Replaced{Steps: []Step{{ID: "s", State: "changed", Checks: []Check{{"q", []string{"status: 200"}, []string{}}, {"p", []string{}, []string{"status: 200"}}}}}},
		},
		"request": {
			func(c *release.Case) { c.Steps[0].Method = "HEAD" },
			Replaced{Steps: []Step{{ID: "s", State: "changed", Request: []string{"- GET /v2/", "+ HEAD /v2/"}}}},
		},
		"a further step": {
			func(c *release.Case) {
				c.Steps = append(c.Steps, &release.Step{ID: "t", Method: "GET", URL: "/"})
			},
			Replaced{Other: []string{"- steps: s", "+ steps: s, t"}, Steps: []Step{{ID: "t", State: "added", Request: []string{"+ GET /"}}}},
		},
		"a cleanup": {
			func(c *release.Case) { c.Cleanup = []*release.Step{{ID: "t", Method: "DELETE", URL: "/"}} },
			Replaced{Other: []string{"+ cleanup: t"}, Steps: []Step{{ID: "cleanup t", State: "added", Request: []string{"+ DELETE /"}}}},
		},
		"a step less": {
			func(c *release.Case) { c.Steps[0].ID = "u" },
			Replaced{Other: []string{"- steps: s", "+ steps: u"}, Steps: []Step{
				{ID: "s", State: "removed", Request: []string{"- GET /v2/"}, Checks: []Check{{"q", []string{"status: 200"}, []string{}}}},
				{ID: "u", State: "added", Request: []string{"+ GET /v2/"}, Checks: []Check{{"q", []string{}, []string{"status: 200"}}}},
			}},
		},
		"needs": {
			func(c *release.Case) { c.Needs = []string{"push"} },
			Replaced{Other: []string{"+ needs: push"}},
		},
		"notation": {
			func(c *release.Case) {
				c.Data = []*release.Data{}
				c.Rows = []string{}
				c.Steps[0].Header = []release.Param{}
				c.Steps[0].Body = &release.Body{}
			},
			Replaced{Steps: []Step{{ID: "s", State: "changed", Request: []string{"+ body: "}}}},
		},
	} {
		d := Of(kase(nothing), kase(x.change))
		x.want.Case = Case{"c", "A case", General}
		got, _ := json.Marshal(d.Cases.Replaced)
		for i := range x.want.Steps {
			if x.want.Steps[i].Checks == nil {
				x.want.Steps[i].Checks = []Check{}
			}
		}
		if x.want.Steps == nil {
			x.want.Steps = []Step{}
		}
		want, _ := json.Marshal([]Replaced{x.want})
		if string(got) != string(want) {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

// TestRender covers that every part of a diff appears in every format.
func TestRender(t *testing.T) {
	a, b := kase(nothing), kase(func(c *release.Case) { c.Steps[0].Checks[0].Response = status("404") })
	q := func(id string, level release.Level, text string) *release.Requirement {
		return &release.Requirement{ID: id, Level: level, Text: text}
	}
	a.Requirements = []*release.Requirement{q("removed", release.Must, "Was."), q("level", release.Should, "L."), q("text", release.Must, "Old *words*.")}
	b.Requirements = []*release.Requirement{q("level", release.Must, "L."), q("new", release.May, "Is <new>."), q("text", release.Must, "New words.")}
	rule := func(id, code string) *release.Rule {
		return &release.Rule{ID: id, When: status(code), Checks: []*release.Check{{Requirement: "q", Response: status(code)}}}
	}
	a.Rules = []*release.Rule{rule("r-removed", "200"), rule("r-other", "200"), rule("r-same", "200")}
	b.Rules = []*release.Rule{rule("r-new", "200"), rule("r-other", "404"), rule("r-same", "200")}
	a.Cases = append(a.Cases, &release.Case{Summary: release.Summary{ID: "c-removed", Title: "Removed"}})
	b.Cases = append(b.Cases, &release.Case{Summary: release.Summary{ID: "c-new", Title: "New"}})
	d := Of(a, b)
	if d.Empty() {
		t.Fatal("nothing changes")
	}
	var text, md strings.Builder
	if err := Text(&text, d); err != nil {
		t.Fatal(err)
	}
	if err := Markdown(&md, d); err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := HTML(&page, d); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"area     MUST   SHOULD  MAY  all\n  General  −1 ~2          +1   +1 −1 ~2\n",
		"Requirements added (1)\n    new MAY: Is <new>.\n", "Requirements removed (1)\n    removed MUST: Was.\n",
		"with a changed level (1)\n    level SHOULD → MUST\n", "    text\n      before: Old *words*.\n      after: New words.\n",
		"Rules added (1)\n    r-new\n", "Rules removed (1)\n    r-removed\n",
		"Rules replaced (1)\n    r-other\n      q\n        before: status: 200\n        after: status: 404\n      condition of the rule\n",
		"Cases added (1)\n    c-new New\n", "Cases removed (1)\n    c-removed Removed\n",
		"Expectations replaced (1)\n    q\n      before: status: 200\n      after: status: 404\n      in c\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	for _, want := range []string{
		"# From v1 to v1\n", "### Requirements added (1)\n\n- `new` MAY: Is &lt;new>.\n", `  - before: Old \*words\*.`,
		"| area | MUST | SHOULD | MAY | all |\n|---|---|---|---|---|\n| General | −1 ~2 |  | +1 | +1 −1 ~2 |\n",
		"- `q`\n  - before: `status: 200`\n  - after: `status: 404`\n  - in `c`\n",
	} {
		if !strings.Contains(md.String(), want) {
			t.Errorf("no %q in\n%s", want, md.String())
		}
	}
	for _, want := range []string{
		`<section id="general">`, "<code>new</code> MAY: Is &lt;new&gt;.", `<th scope="row">General</th><td>−1 ~2</td>`,
		"<li>before: <code>status: 200</code></li>",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
}

// TestOnly covers that requirements for clients come last, and can be left out or
// be the only ones.
func TestOnly(t *testing.T) {
	a, b := kase(nothing), kase(func(c *release.Case) { c.Steps[0].Method = "HEAD" })
	for _, actor := range []string{"registry", "client", "both"} {
		b.Requirements = append(b.Requirements, &release.Requirement{ID: "of-" + actor, Actor: actor, Level: release.MustNot, Category: "Pull"})
	}
	d := Of(a, b)
	want := []Count{{"registry", "Pull", "MUST", 2, 0, 0}, {"client", "Pull", "MUST", 1, 0, 0}}
	if !slices.Equal(d.Summary, want) {
		t.Errorf("summary %+v, want %+v", d.Summary, want)
	}
	for _, tt := range []struct {
		d       *Diff
		has, no []string
	}{
		{d, []string{"of-registry", "of-both", "- GET", "Requirements for clients\n\n  Pull\n\n    Requirements added (1)\n      of-client MUST NOT"}, nil},
		{d.Only(Registry), []string{"of-registry", "of-both", "- GET"}, []string{"lient"}},
		{d.Only(Client), []string{"of-client", "of-both"}, []string{"of-registry", "GET"}},
	} {
		var text strings.Builder
		if err := Text(&text, tt.d); err != nil {
			t.Fatal(err)
		}
		for _, s := range tt.has {
			if !strings.Contains(text.String(), s) {
				t.Errorf("no %q in\n%s", s, text.String())
			}
		}
		for _, s := range tt.no {
			if strings.Contains(text.String(), s) {
				t.Errorf("%q in\n%s", s, text.String())
			}
		}
	}
}

// TestExpectations covers that an expectation that several cases have is listed
// once.
func TestExpectations(t *testing.T) {
	check := func(of string) Check {
		return Check{"q", []string{}, []string{"header Content-Length: <size in bytes of " + of + ">"}}
	}
	d := &Diff{Areas: []string{General}}
	for _, c := range []struct{ id, content string }{{"a", "x"}, {"b", "x"}, {"c", "y1"}, {"d", "x"}, {"e", "x"}, {"f", "x"}, {"f", "z"}} {
		d.Cases.Replaced = append(d.Cases.Replaced, Replaced{Case: Case{ID: c.id, Area: General},
			Steps: []Step{{ID: "s", State: "changed", Checks: []Check{check(c.content)}}}})
	}
	var text strings.Builder
	if err := Text(&text, d); err != nil {
		t.Fatal(err)
	}
	want := "Expectations added (1)\n    q\n      after: header Content-Length: <size in bytes of the content>\n      in a, b, c, d, e and 1 more\n"
	if !strings.HasSuffix(text.String(), want) {
		t.Errorf("no %q in\n%s", want, text.String())
	}
}

func TestChanged(t *testing.T) {
	if got, want := changed([]string{"a", "b", "c"}, []string{"a", "x", "c", "d"}), []string{"- b", "+ x", "+ d"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
