// Package diff compares the requirements, rules and cases of two releases.
package diff

import (
	"encoding/json"
	"slices"

	"github.com/ocispec/ocispec/engine/release"
)

// Diff holds the differences between two releases.
type Diff struct {
	From         string       `json:"from"` // patch release, as is To
	To           string       `json:"to"`
	Areas        []string     `json:"areas"` // in the order of the later release
	Summary      []Count      `json:"summary"`
	Requirements Requirements `json:"requirements"`
	Rules        Rules        `json:"rules"`
	Cases        Cases        `json:"cases"`
}

// Empty reports whether there are no differences.
func (d *Diff) Empty() bool {
	q, c, r := d.Requirements, d.Cases, d.Rules
	return len(q.Added)+len(q.Removed)+len(q.Level)+len(q.Text)+
		len(c.Added)+len(c.Removed)+len(c.Replaced)+len(r.Added)+len(r.Removed)+len(r.Replaced) == 0
}

// Requirements holds the differences in requirements.
type Requirements struct {
	Added   []Requirement `json:"added"`
	Removed []Requirement `json:"removed"`
	Level   []Change      `json:"level"`
	Text    []Change      `json:"text"`
}

// Requirement is a requirement that only one of the releases has.
type Requirement struct {
	ID    string        `json:"id"`
	Level release.Level `json:"level"`
	Actor string        `json:"actor"` // registry, client or both
	Area  string        `json:"area"`
	Text  string        `json:"text"`
	URL   string        `json:"url,omitempty"` // of the clause
}

// Change is the level or text of a requirement in both releases.
type Change struct {
	ID     string        `json:"id"`
	Level  release.Level `json:"level"` // in the later release, as are Actor and Area
	Actor  string        `json:"actor"`
	Area   string        `json:"area"`
	Before string        `json:"before"`
	After  string        `json:"after"`
	URL    string        `json:"url,omitempty"` // of the clause in the later release
}

// Cases holds the differences in cases.
type Cases struct {
	Added    []Case     `json:"added"`
	Removed  []Case     `json:"removed"`
	Replaced []Replaced `json:"replaced"`
}

// Case is a case that only one of the releases has.
type Case struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Area  string `json:"area"`
}

// Replaced is a case with different steps or conditions in the later release.
type Replaced struct {
	Case
	// Other is a line diff of the properties of the case other than its steps: "-
	// " marks a line of the earlier release, "+ " one of the later.
	Other []string `json:"other,omitempty"`
	Steps []Step   `json:"steps"`
}

// Step is a step that was added, removed or changed. Checks holds all checks of
// an added or removed step, and the changed checks of a changed step.
type Step struct {
	ID      string   `json:"id"`
	State   string   `json:"state"`             // added, removed or changed
	Request []string `json:"request,omitempty"` // line diff, as in Other
	Checks  []Check  `json:"checks"`
}

// Check is the response that a requirement expects before and after; nil if
// that release has no such check in the step.
type Check struct {
	Requirement string   `json:"requirement"`
	Before      []string `json:"before"`
	After       []string `json:"after"`
}

// Rules holds the differences in rules.
type Rules struct {
	Added    []string       `json:"added"`
	Removed  []string       `json:"removed"`
	Replaced []ReplacedRule `json:"replaced"`
}

// ReplacedRule is a rule with different checks or conditions in the later
// release.
type ReplacedRule struct {
	ID     string  `json:"id"`
	Checks []Check `json:"checks"`
}

// Of compares two releases, each at its selected patch release.
func Of(a, b *release.Release) *Diff {
	d := &Diff{
		From: a.Patch, To: b.Patch, Areas: areas(a, b),
		Requirements: requirements(a, b),
		Rules:        rules(a, b),
		Cases:        cases(a, b),
	}
	d.Summary = d.summary()
	return d
}

func requirements(a, b *release.Release) Requirements {
	out := Requirements{Added: []Requirement{}, Removed: []Requirement{}, Level: []Change{}, Text: []Change{}}
	before, after := byID(a.Requirements, requirementID), byID(b.Requirements, requirementID)
	for _, q := range a.Requirements {
		if after[q.ID] == nil {
			out.Removed = append(out.Removed, single(q))
		}
	}
	for _, q := range b.Requirements {
		old := before[q.ID]
		if old == nil {
			out.Added = append(out.Added, single(q))
			continue
		}
		if old.Level != q.Level {
			out.Level = append(out.Level, change(q, string(old.Level), string(q.Level)))
		}
		if old.Text != q.Text {
			out.Text = append(out.Text, change(q, old.Text, q.Text))
		}
	}
	return out
}

func single(q *release.Requirement) Requirement {
	return Requirement{q.ID, q.Level, actorOf(q), areaOf(q), q.Text, q.Clause.URL}
}

func change(q *release.Requirement, before, after string) Change {
	return Change{q.ID, q.Level, actorOf(q), areaOf(q), before, after, q.Clause.URL}
}

func cases(a, b *release.Release) Cases {
	out := Cases{Added: []Case{}, Removed: []Case{}, Replaced: []Replaced{}}
	before, after := byID(a.Cases, caseID), byID(b.Cases, caseID)
	areaA, areaB := caseAreas(a), caseAreas(b)
	for _, c := range a.Cases {
		if after[c.ID] == nil {
			out.Removed = append(out.Removed, Case{c.ID, c.Title, areaA(c)})
		}
	}
	for _, c := range b.Cases {
		old := before[c.ID]
		switch {
		case old == nil:
			out.Added = append(out.Added, Case{c.ID, c.Title, areaB(c)})
		case !same(bare(old), bare(c)):
			r := replaced(old, c)
			r.Area = areaB(c)
			out.Replaced = append(out.Replaced, r)
		}
	}
	return out
}

func rules(a, b *release.Release) Rules {
	out := Rules{Added: []string{}, Removed: []string{}, Replaced: []ReplacedRule{}}
	before, after := byID(a.Rules, ruleID), byID(b.Rules, ruleID)
	for _, r := range a.Rules {
		if after[r.ID] == nil {
			out.Removed = append(out.Removed, r.ID)
		}
	}
	for _, r := range b.Rules {
		old := before[r.ID]
		switch {
		case old == nil:
			out.Added = append(out.Added, r.ID)
		case !same(bareRule(old), bareRule(r)):
			out.Replaced = append(out.Replaced, replacedRule(old, r))
		}
	}
	return out
}

func requirementID(q *release.Requirement) string { return q.ID }
func caseID(c *release.Case) string               { return c.ID }
func ruleID(r *release.Rule) string               { return r.ID }

func byID[T any](list []*T, id func(*T) string) map[string]*T {
	m := map[string]*T{}
	for _, x := range list {
		m[id(x)] = x
	}
	return m
}

// same reports whether two values have the same JSON encoding.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && slices.Equal(x, y)
}

// bare returns a copy of a case without its descriptive fields and source
// positions.
func bare(c *release.Case) *release.Case {
	k := *c
	k.Title, k.Why, k.Release, k.Since, k.Until, k.Pos, k.Checks = "", "", "", "", "", "", nil
	k.Steps, k.Cleanup = bareSteps(c.Steps), bareSteps(c.Cleanup)
	return &k
}

func bareSteps(steps []*release.Step) []*release.Step {
	var out []*release.Step
	for _, s := range steps {
		k := *s
		k.Title, k.Pos, k.Checks = "", "", bareChecks(s.Checks)
		out = append(out, &k)
	}
	return out
}

func bareChecks(checks []*release.Check) []*release.Check {
	var out []*release.Check
	for _, c := range checks {
		k := *c
		k.Pos = ""
		out = append(out, &k)
	}
	return out
}

func bareRule(r *release.Rule) *release.Rule {
	k := *r
	k.Pos, k.Checks = "", bareChecks(r.Checks)
	return &k
}
