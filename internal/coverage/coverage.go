// Package coverage reports which requirements of a release have checks, and why
// the others have none.
package coverage

import (
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/compile"
)

// State states whether a requirement has checks.
type State string

// The states.
const (
	Covered    State = "covered"    // has a check, or overlaps a requirement with a check
	Partly     State = "partly"     // has a check, which does not cover all of it
	Untestable State = "untestable" // has no check, and a reason for that
	Uncovered  State = "uncovered"  // has neither a check nor a reason
)

// States lists all states, best first.
var States = []State{Covered, Partly, Untestable, Uncovered}

// Report is the coverage of a release.
type Report struct {
	Release      string        `json:"release"` // the patch release
	Totals       Totals        `json:"totals"`
	Requirements []Requirement `json:"requirements"`
}

// Counts holds the number of requirements by state.
type Counts struct {
	Total      int `json:"total"`
	Covered    int `json:"covered"`
	Partly     int `json:"partly"`
	Untestable int `json:"untestable"`
	Uncovered  int `json:"uncovered"`
}

// of returns a pointer to the number for a state.
func (c *Counts) of(s State) *int {
	switch s {
	case Covered:
		return &c.Covered
	case Partly:
		return &c.Partly
	case Untestable:
		return &c.Untestable
	}
	return &c.Uncovered
}

func (c *Counts) add(s State) {
	*c.of(s)++
	c.Total++
}

// Totals holds the counts of all requirements, and those by level, actor,
// category and endpoint. A requirement without category or endpoint counts
// under "none".
type Totals struct {
	Counts
	Levels     map[string]*Counts `json:"levels"`
	Actors     map[string]*Counts `json:"actors"`
	Categories map[string]*Counts `json:"categories"`
	Endpoints  map[string]*Counts `json:"endpoints"`
}

// Requirement is the coverage of one requirement.
type Requirement struct {
	ID        string   `json:"id"`
	Level     string   `json:"level"`
	Actor     string   `json:"actor"`
	Category  string   `json:"category"`
	Endpoints []string `json:"endpoints"`
	State     State    `json:"state"`
	// Checks lists the cases that check the requirement, and the rules as "rule
	// ID".
	Checks []string `json:"checks"`
	// Reason states why the requirement has no check, or is covered partly.
	Reason string `json:"reason"`
}

// Of returns the coverage of a release.
func Of(r *release.Release) *Report {
	out := &Report{Release: r.Patch, Requirements: []Requirement{}, Totals: Totals{
		Levels: map[string]*Counts{}, Actors: map[string]*Counts{},
		Categories: map[string]*Counts{}, Endpoints: map[string]*Counts{},
	}}
	checked := compile.Checked(r)
	for _, q := range r.Requirements {
		x := requirement(r, q, checked)
		out.Requirements = append(out.Requirements, x)
		out.Totals.add(x)
	}
	return out
}

func requirement(r *release.Release, q *release.Requirement, checked map[string][]string) Requirement {
	x := Requirement{
		ID: q.ID, Level: string(q.Level), Actor: q.Actor, Category: q.Category,
		Endpoints: append([]string{}, q.Endpoints...),
		Checks:    append([]string{}, checked[q.ID]...),
		Reason:    q.Untested,
	}
	var same []string // overlapped requirements with checks
	for _, o := range q.Overlaps {
		for _, c := range checked[o] {
			if !slices.Contains(x.Checks, c) {
				x.Checks = append(x.Checks, c)
			}
			if !slices.Contains(same, o) {
				same = append(same, o)
			}
		}
		if s := r.Requirement(o); s != nil && x.Reason == "" && len(checked[o]) == 0 {
			x.Reason = s.Untested
		}
	}
	switch {
	case len(x.Checks) > 0 && q.Testable != "" && q.Testable != "yes":
		x.State = Partly
	case len(x.Checks) > 0:
		x.State = Covered
	case x.Reason != "":
		x.State = Untestable
	default:
		x.State = Uncovered
	}
	if len(x.Checks) > 0 && q.Untested == "" {
		x.Reason = ""
		if len(checked[q.ID]) == 0 {
			x.Reason = "overlaps " + strings.Join(same, ", ")
		}
	}
	return x
}

func (t *Totals) add(x Requirement) {
	t.Counts.add(x.State)
	under(t.Levels, x.Level).add(x.State)
	under(t.Actors, x.Actor).add(x.State)
	under(t.Categories, x.Category).add(x.State)
	if len(x.Endpoints) == 0 {
		under(t.Endpoints, "").add(x.State)
	}
	for _, e := range x.Endpoints {
		under(t.Endpoints, e).add(x.State)
	}
}

// under returns the counts of a group. It adds the group if it does not exist.
func under(groups map[string]*Counts, name string) *Counts {
	if name == "" {
		name = "none"
	}
	if groups[name] == nil {
		groups[name] = &Counts{}
	}
	return groups[name]
}
