package show

import (
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
)

// Explainer explains the contents of a release.
type Explainer struct {
	Release *release.Release
	// All lists the releases to compare levels with, oldest first.
	All []*release.Release
	// Place converts a position to one that the reader can open; nil keeps it.
	Place func(release.Pos) string
}

func (e *Explainer) place(p release.Pos) string {
	if e.Place == nil {
		return string(p)
	}
	return e.Place(p)
}

// Case explains a case.
type Case struct {
	Kind     string   `json:"kind"` // case
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Why      string   `json:"why,omitempty"`
	Pos      string   `json:"pos"`
	Release  string   `json:"release"` // for which it was written
	Since    string   `json:"since,omitempty"`
	Until    string   `json:"until,omitempty"`
	Quiet    bool     `json:"quiet,omitempty"`
	Rows     []Name   `json:"rows,omitempty"`
	Needs    []Name   `json:"needs,omitempty"`
	Provides []Name   `json:"provides,omitempty"`
	Data     []Name   `json:"data,omitempty"`
	Steps    []Step   `json:"steps"`
	Cleanup  []Step   `json:"cleanup,omitempty"`
	Rules    []string `json:"rules,omitempty"` // that check every response
}

// Name is an id with its title.
type Name struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Cases lists the cases that provide it.
	Cases []string `json:"cases,omitempty"`
}

// Step explains a step.
type Step struct {
	ID          string   `json:"id"`
	Title       string   `json:"title,omitempty"`
	Pos         string   `json:"pos,omitempty"`
	Row         string   `json:"row,omitempty"`
	Request     []string `json:"request"`
	Conditions  []string `json:"conditions,omitempty"`
	Checks      []Check  `json:"checks,omitempty"`
	Unsupported []string `json:"unsupported,omitempty"`
	Then        []string `json:"then,omitempty"`
}

// Check explains a check.
type Check struct {
	Requirement string         `json:"requirement"`
	Level       release.Level  `json:"level,omitempty"`
	Text        string         `json:"text,omitempty"`
	Clause      release.Clause `json:"clause"`
	When        []string       `json:"when,omitempty"`
	Expect      []string       `json:"expect"`
	Pos         string         `json:"pos,omitempty"`
}

// Case explains a case.
func (e *Explainer) Case(c *release.Case) *Case {
	x := &Case{
		Kind: "case", ID: c.ID, Title: c.Title, Why: c.Why, Pos: e.place(c.Pos), Release: c.Release,
		Since: c.Since, Until: c.Until, Quiet: c.Quiet,
		Steps: e.steps(c.Steps), Cleanup: e.steps(c.Cleanup),
	}
	for _, id := range c.Rows {
		x.Rows = append(x.Rows, Name{ID: id, Title: e.rowTitle(id)})
	}
	for _, id := range c.Needs {
		x.Needs = append(x.Needs, Name{ID: id, Title: e.capabilityTitle(id), Cases: e.providers(id)})
	}
	for _, id := range c.Provides {
		x.Provides = append(x.Provides, Name{ID: id, Title: e.capabilityTitle(id)})
	}
	for _, d := range c.Data {
		x.Data = append(x.Data, Name{ID: d.Name, Title: Content(d)})
	}
	for _, r := range e.Release.Rules {
		x.Rules = append(x.Rules, r.ID)
	}
	return x
}

func (e *Explainer) steps(steps []*release.Step) []Step {
	var out []Step
	for _, s := range steps {
		x := Step{
			ID: s.ID, Title: s.Title, Pos: e.place(s.Pos), Row: s.Row, Request: Request(s),
			Conditions: conditions(s), Checks: e.checks(s.Checks), Then: consequences(s),
		}
		if s.Unsupported != nil {
			x.Unsupported = Response(s.Unsupported)
		}
		out = append(out, x)
	}
	return out
}

func (e *Explainer) checks(checks []*release.Check) []Check {
	var out []Check
	for _, c := range checks {
		x := Check{Requirement: c.Requirement, When: Response(c.When), Expect: Response(c.Response), Pos: e.place(c.Pos)}
		if q := e.Release.Requirement(c.Requirement); q != nil {
			x.Level, x.Text, x.Clause = q.Level, q.Text, q.Clause
		}
		out = append(out, x)
	}
	return out
}

func (e *Explainer) rowTitle(id string) string {
	for _, r := range e.Release.Rows {
		if r.ID == id {
			return r.Title
		}
	}
	return ""
}

func (e *Explainer) capabilityTitle(id string) string {
	for _, c := range e.Release.Capabilities {
		if c.ID == id {
			return c.Title
		}
	}
	return ""
}

// providers returns the ids of the cases that provide a capability.
func (e *Explainer) providers(id string) []string {
	return e.cases(func(c *release.Case) bool { return slices.Contains(c.Provides, id) })
}

// cases returns the ids of the cases for which f is true.
func (e *Explainer) cases(f func(*release.Case) bool) []string {
	var ids []string
	for _, c := range e.Release.Cases {
		if f(c) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// Setting describes everything about a case that is not in one of its steps: its
// rows, capabilities, content and the order of its steps, one per line.
func Setting(c *release.Case) []string {
	var lines []string
	add := func(label string, values ...string) {
		for _, v := range values {
			lines = append(lines, label+": "+v)
		}
	}
	add("row", c.Rows...)
	add("needs", c.Needs...)
	add("provides", c.Provides...)
	if c.Quiet {
		add("repository", "its own")
	}
	for _, d := range c.Data {
		add("data "+d.Name, Content(d))
	}
	add("steps", order(c.Steps))
	if len(c.Cleanup) > 0 {
		add("cleanup", order(c.Cleanup))
	}
	return lines
}

func order(steps []*release.Step) string {
	var ids []string
	for _, s := range steps {
		ids = append(ids, s.ID)
	}
	return strings.Join(ids, ", ")
}

// Exchange describes a step without its checks.
func Exchange(s *release.Step) []string {
	lines := Request(s)
	if s.Row != "" {
		lines = append(lines, "row: "+s.Row)
	}
	lines = append(lines, conditions(s)...)
	if s.Unsupported != nil {
		lines = append(lines, "unsupported, if the response has "+inline(s.Unsupported))
	}
	return append(lines, consequences(s)...)
}

// Expectation describes what a check expects, and of which responses.
func Expectation(c *release.Check) []string {
	lines := []string{}
	if c.When != nil {
		lines = append(lines, "if the response has "+inline(c.When))
	}
	return append(lines, Response(c.Response)...)
}
