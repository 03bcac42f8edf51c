package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
)

// General is the area of requirements and cases without a category.
const General = "General"

// Actors that requirements bind. A requirement may bind both.
const (
	Registry = "registry"
	Client   = "client"
	both     = "both"
)

// Count has the numbers of requirements of an actor, an area and a level that
// changed. Level is MUST, SHOULD or MAY: MUST NOT counts as MUST, and SHOULD NOT as
// SHOULD. Requirements for both actors count as the registry's.
type Count struct {
	Actor   string `json:"actor"`
	Area    string `json:"area"`
	Level   string `json:"level"`
	Added   int    `json:"added"`
	Removed int    `json:"removed"`
	Changed int    `json:"changed"` // another level or text
}

// Only returns a copy of a diff with the requirements for an actor, including
// those for both. Cases and rules test registries: the diff for clients has none.
func (d *Diff) Only(actor string) *Diff {
	c := *d
	other := map[string]string{Registry: Client, Client: Registry}[actor]
	single := func(list []Requirement) []Requirement {
		return slices.DeleteFunc(slices.Clone(list), func(q Requirement) bool { return q.Actor == other })
	}
	change := func(list []Change) []Change {
		return slices.DeleteFunc(slices.Clone(list), func(q Change) bool { return q.Actor == other })
	}
	q := d.Requirements
	c.Requirements = Requirements{single(q.Added), single(q.Removed), change(q.Level), change(q.Text)}
	if actor == Client {
		c.Rules = Rules{[]string{}, []string{}, []ReplacedRule{}}
		c.Cases = Cases{[]Case{}, []Case{}, []Replaced{}}
	}
	c.Summary = c.summary()
	return &c
}

// summary counts the requirements, in the order of actors, areas and levels.
func (d *Diff) summary() []Count {
	out := []Count{}
	count := func(actor, area string, level release.Level, add func(*Count)) {
		if actor == both {
			actor = Registry
		}
		l := strings.TrimSuffix(string(level), " NOT")
		i := slices.IndexFunc(out, func(c Count) bool { return c.Actor == actor && c.Area == area && c.Level == l })
		if i < 0 {
			i = len(out)
			out = append(out, Count{Actor: actor, Area: area, Level: l})
		}
		add(&out[i])
	}
	for _, q := range d.Requirements.Added {
		count(q.Actor, q.Area, q.Level, func(c *Count) { c.Added++ })
	}
	for _, q := range d.Requirements.Removed {
		count(q.Actor, q.Area, q.Level, func(c *Count) { c.Removed++ })
	}
	for _, q := range d.changed() {
		count(q.Actor, q.Area, q.Level, func(c *Count) { c.Changed++ })
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(-cmp.Compare(a.Actor, b.Actor),
			cmp.Compare(slices.Index(d.Areas, a.Area), slices.Index(d.Areas, b.Area)),
			cmp.Compare(slices.Index(levels, a.Level), slices.Index(levels, b.Level)))
	})
	return out
}

var levels = []string{"MUST", "SHOULD", "MAY"}

// changed returns the requirements with another level or text, each once.
func (d *Diff) changed() []Change {
	out := slices.Clone(d.Requirements.Level)
	for _, q := range d.Requirements.Text {
		if !slices.ContainsFunc(out, func(c Change) bool { return c.ID == q.ID }) {
			out = append(out, q)
		}
	}
	return out
}

// areas returns the categories of two releases, and General last.
func areas(a, b *release.Release) []string {
	var out []string
	add := func(name string) {
		if name != "" && name != General && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, r := range []*release.Release{b, a} {
		for _, c := range r.Categories {
			add(c.ID)
		}
		for _, q := range r.Requirements {
			add(q.Category)
		}
	}
	return append(out, General)
}

func areaOf(q *release.Requirement) string { return cmp.Or(q.Category, General) }

func actorOf(q *release.Requirement) string { return cmp.Or(q.Actor, Registry) }

// caseAreas returns a function that finds the area of a case: that of most of the
// requirements that it checks.
func caseAreas(r *release.Release) func(*release.Case) string {
	requirements := byID(r.Requirements, requirementID)
	return func(c *release.Case) string {
		n, area := map[string]int{}, General
		for _, id := range c.Checks {
			if q := requirements[id]; q != nil && q.Category != "" {
				if n[q.Category]++; n[q.Category] > n[area] {
					area = q.Category
				}
			}
		}
		return area
	}
}
