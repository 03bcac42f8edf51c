package compare

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ocispec/ocispec/internal/published"
	"github.com/ocispec/ocispec/result"
)

// check is what a test run says about a requirement: the outcome, and the way of
// the finding if it failed.
type check struct {
	outcome result.Outcome
	way     string
}

// runOf returns a run in which the case "c" checks requirements.
func runOf(spec string, checks map[string]check) *result.Run {
	r := &result.Run{Tool: result.Tool{Name: "ocispec", Version: "1"}, Spec: spec, Registry: "r", Requirements: map[string]result.Requirement{}}
	var step result.Step
	for id, k := range checks {
		r.Requirements[id] = result.Requirement{Level: "MUST", Outcome: k.outcome}
		step.Checks = append(step.Checks, result.Check{Requirement: id, Outcome: k.outcome})
		if k.way != "" {
			r.Findings = append(r.Findings, result.Finding{
				Requirement: id, Level: "MUST", Outcome: k.outcome, Way: k.way, Message: k.way, Cases: []string{"c"}})
		}
	}
	r.Cases = []result.Case{{ID: "c", Steps: []result.Step{step}}}
	return r
}

// summary returns the names in the lists of a comparison, those of regressions
// with an exclamation mark.
func summary(c *Comparison) string {
	var out []string
	for _, l := range []struct {
		name    string
		entries []Entry
	}{{"new", c.New}, {"fixed", c.Fixed}, {"changed", c.Changed}, {"same", c.Same}, {"lost", c.Lost}, {"before", c.OnlyBefore}, {"after", c.OnlyAfter}} {
		for _, e := range l.entries {
			s := l.name + " " + e.Name
			if e.Regression {
				s += "!"
			}
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func TestRuns(t *testing.T) {
	pass, fail, warn := check{outcome: result.Pass}, check{result.Fail, "w"}, check{result.Warn, "w"}
	blocked, skipped := check{outcome: result.Blocked}, check{outcome: result.Unsupported}
	for name, tt := range map[string]struct {
		before, after map[string]check
		spec          string
		want          string
		inconclusive  bool
	}{
		"nothing":      {before: map[string]check{"q": pass}, after: map[string]check{"q": pass}},
		"new":          {before: map[string]check{"q": pass}, after: map[string]check{"q": fail}, want: "new q!"},
		"new warning":  {before: map[string]check{"q": pass}, after: map[string]check{"q": warn}, want: "new q!"},
		"new, blocked": {before: map[string]check{"q": blocked}, after: map[string]check{"q": fail}, want: "new q!"},
		"fixed":        {before: map[string]check{"q": fail}, after: map[string]check{"q": pass}, want: "fixed q"},
		"same":         {before: map[string]check{"q": fail}, after: map[string]check{"q": fail}, want: "same q"},
		"worse":        {before: map[string]check{"q": warn}, after: map[string]check{"q": fail}, want: "changed q!"},
		"better":       {before: map[string]check{"q": fail}, after: map[string]check{"q": warn}, want: "changed q"},
		"another way":  {before: map[string]check{"q": fail}, after: map[string]check{"q": {result.Fail, "x"}}, want: "changed q"},
		"blocked":      {before: map[string]check{"q": fail}, after: map[string]check{"q": blocked}, want: "lost q", inconclusive: true},
		"lost":         {before: map[string]check{"q": pass}, after: map[string]check{"q": skipped}, want: "lost q"},
		"new requirement": {before: map[string]check{}, after: map[string]check{"q": fail}, spec: "v2",
			want: "new q, after q"},
		"requirement dropped": {before: map[string]check{"q": fail, "p": pass}, after: map[string]check{}, spec: "v2",
			want: "lost q, before p, before q"},
	} {
		a, b := runOf("v1", tt.before), runOf("v1", tt.after)
		if tt.spec != "" {
			b.Spec = tt.spec
		}
		c := Of(Input{Run: a}, Input{Run: b})
		if got := summary(c); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		if got, want := c.Regression(), strings.Contains(tt.want, "!"); got != want {
			t.Errorf("%s: regression %v", name, got)
		}
		if c.Inconclusive() != tt.inconclusive {
			t.Errorf("%s: inconclusive %v", name, c.Inconclusive())
		}
	}
}

// TestCaseDidNotRun covers that a violation is not fixed if only other cases
// checked the requirement, and that a case is found by its alias.
func TestCaseDidNotRun(t *testing.T) {
	a := runOf("v1", map[string]check{"q": {result.Fail, "w"}})
	b := runOf("v1", map[string]check{"q": {outcome: result.Pass}})
	b.Cases[0].ID = "renamed"
	if c := Of(Input{Run: a}, Input{Run: b}); summary(c) != "lost q" || c.Lost[0].Why != "the cases that found it did not run, others did" {
		t.Errorf("%s %+v", summary(c), c.Lost)
	}
	b.Cases[0].Aliases = []string{"c"}
	if got := summary(Of(Input{Run: a}, Input{Run: b})); got != "fixed q" {
		t.Error(got)
	}
}

func TestRows(t *testing.T) {
	a, b := runOf("v1", nil), runOf("v1", nil)
	a.Rows = result.Rows{"apis": {"Ping": "Pass"}}
	b.Rows = result.Rows{"apis": {"Ping": "FAIL"}}
	c := Of(Input{Run: a}, Input{Run: b})
	if len(c.Rows) != 1 || c.Rows[0].Name != "Ping" || c.Regression() {
		t.Errorf("%+v", c)
	}
}

func TestPublished(t *testing.T) {
	of := func(rows map[string]published.Status, cases ...published.Case) Input {
		return Input{Published: &published.Result{Rows: map[string]map[string]published.Status{"apis": rows}, Cases: cases}}
	}
	type rows = map[string]published.Status
	before := of(rows{"A": "Pass", "B": "FAIL", "C": "Pass", "D": "FAIL", "E": "Skip", "F": "FAIL", "G": "Disabled", "H": "Pass"},
		published.Case{Name: "c", Status: "Pass"}, published.Case{Name: "d", Status: "Pass"})
	after := of(rows{"A": "FAIL", "B": "Pass", "C": "Skip", "D": "FAIL", "E": "FAIL", "F": "Error", "G": "Skip", "I": "Pass"},
		published.Case{Name: "c", Status: "Error"})
	want := "new A!, new E!, new c!, fixed B, changed F, changed G, same D, lost C, before H, before d, after I"
	if got := summary(Of(before, after)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// Cases of other formats have other names.
	if got := summary(Of(of(nil, published.Case{Name: "c", Status: "Pass"}), of(nil, published.Case{Name: "d", Status: "FAIL"}))); got != "" {
		t.Error(got)
	}
}

// TestRunWithPublished covers that a run is compared with a published result by
// rows and workflows.
func TestRunWithPublished(t *testing.T) {
	r := runOf("v1.1.1", map[string]check{"q": {result.Fail, "w"}})
	r.Rows = result.Rows{"apis": {"Ping": "FAIL"}}
	r.Categories = map[string]result.Category{"Pull": {Outcome: result.Warn}, "Push": {Outcome: result.Blocked}}
	p := &published.Result{Rows: map[string]map[string]published.Status{"apis": {"Ping": "Pass"}},
		Workflows: map[string]published.Status{"Pull": "Pass", "Push": "Pass"}}
	if got, want := summary(Of(Input{Published: p}, Input{Run: r})), "new Push!, new Ping!"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRender(t *testing.T) {
	a, b := runOf("v1", map[string]check{"q": {outcome: result.Pass}}), runOf("v2", map[string]check{"q": {result.Fail, "got \x1b[31m`<b>`"}, "n": {outcome: result.Pass}})
	c := Of(Input{Source: "a", Run: a}, Input{Source: "b", Run: b})
	var text, md strings.Builder
	if err := Text(&text, c); err != nil {
		t.Fatal(err)
	}
	if err := Markdown(&md, c); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(`before  a · v1 · r · ocispec 1 · 0001-01-01T00:00:00Z
after   b · v2 · r · ocispec 1 · 0001-01-01T00:00:00Z

New (1)
  q MUST: pass → fail, regression
    got `+"\uFFFD[31m`<b>`"+`

Only in v2 (1)
  n MUST: pass

REGRESSION (1) — 1 new, 0 changed, 0 fixed, 0 still there, 0 no longer checked
`, text.String()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if want := "- `q` MUST: pass → fail, regression\n  - `` got \uFFFD[31m`<b>` ``\n"; !strings.Contains(md.String(), want) {
		t.Errorf("no %q in\n%s", want, md.String())
	}
	if j, err := json.Marshal(c); err != nil || strings.Contains(string(j), "null") {
		t.Errorf("%s, %v", j, err)
	}
}
