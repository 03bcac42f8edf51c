package show

import (
	"slices"

	"github.com/ocispec/ocispec/engine/release"
)

// Requirement explains a requirement and lists its checks.
type Requirement struct {
	Kind      string             `json:"kind"` // requirement
	ID        string             `json:"id"`
	Text      string             `json:"text"`
	Level     release.Level      `json:"level"`
	Releases  []Standing         `json:"releases"`
	Since     string             `json:"since"`
	Until     string             `json:"until,omitempty"`
	Clause    release.Clause     `json:"clause"`
	Endpoints []string           `json:"endpoints,omitempty"`
	Category  string             `json:"category,omitempty"`
	Actor     string             `json:"actor"`
	Testable  string             `json:"testable"`
	Contested *release.Contested `json:"contested,omitempty"`
	Untested  string             `json:"untested,omitempty"`
	Overlaps  []string           `json:"overlaps,omitempty"`
	Pos       string             `json:"pos"`
	Checks    []Place            `json:"checks"`
}

// Standing is the level that a requirement has in a release.
type Standing struct {
	Release string        `json:"release"`
	Patches []string      `json:"patches"` // in which it is in force
	Level   release.Level `json:"level"`
}

// Place is a check with its place: a step of a case, or a rule.
type Place struct {
	Case string `json:"case,omitempty"`
	Step string `json:"step,omitempty"`
	Rule string `json:"rule,omitempty"`
	Check
}

// Requirement explains a requirement.
func (e *Explainer) Requirement(q *release.Requirement) *Requirement {
	return &Requirement{
		Kind: "requirement", ID: q.ID, Text: q.Text, Level: q.Level, Releases: e.standings(q.ID),
		Since: q.Since, Until: q.Until, Clause: q.Clause, Endpoints: q.Endpoints, Category: q.Category,
		Actor: q.Actor, Testable: q.Testable, Untested: q.Untested, Contested: q.Contested, Overlaps: q.Overlaps,
		Pos:    e.place(q.Pos),
		Checks: e.places(func(id string) bool { return id == q.ID || slices.Contains(q.Overlaps, id) }),
	}
}

// standings lists the releases that have a requirement, with its level.
func (e *Explainer) standings(id string) []Standing {
	var out []Standing
	for _, r := range e.All {
		q := r.Requirement(id)
		if q == nil {
			continue
		}
		s := Standing{Release: r.Version, Level: q.Level, Patches: []string{}}
		for _, p := range r.Patches {
			if r.InForce(q.Since, q.Until, p) {
				s.Patches = append(s.Patches, p)
			}
		}
		if len(s.Patches) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// places lists the checks of the requirements for which f is true.
func (e *Explainer) places(f func(id string) bool) []Place {
	out := []Place{}
	add := func(at Place, checks []*release.Check) {
		for _, c := range e.checks(checks) {
			if f(c.Requirement) {
				at.Check = c
				out = append(out, at)
			}
		}
	}
	for _, c := range e.Release.Cases {
		for _, s := range slices.Concat(c.Steps, c.Cleanup) {
			add(Place{Case: c.ID, Step: s.ID}, s.Checks)
		}
	}
	for _, r := range e.Release.Rules {
		add(Place{Rule: r.ID}, r.Checks)
	}
	return out
}
