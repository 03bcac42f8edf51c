package show

import (
	"slices"

	"github.com/ocispec/ocispec/engine/release"
)

// Rule explains a rule.
type Rule struct {
	Kind   string   `json:"kind"` // rule
	ID     string   `json:"id"`
	When   []string `json:"when,omitempty"`
	Checks []Check  `json:"checks"`
	Pos    string   `json:"pos"`
}

// Other explains a row, a capability or a set of content, with the cases that
// use it.
type Other struct {
	Kind     string   `json:"kind"` // row, capability or data
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Switch   string   `json:"switch,omitempty"`   // of a row
	Disabled bool     `json:"disabled,omitempty"` // a row, unless the switch is on
	Provided []string `json:"provided,omitempty"` // by these cases
	Needed   []string `json:"needed,omitempty"`   // by these cases
	Cases    []string `json:"cases,omitempty"`
	Data     []Name   `json:"data,omitempty"` // of a set
}

// Find explains everything with that id, which may be the alias of a case. It
// returns nothing for an unknown id.
func (e *Explainer) Find(id string) []any {
	var found []any
	if c := e.Release.Case(id); c != nil {
		found = append(found, e.Case(c))
	}
	if q := e.Release.Requirement(id); q != nil {
		found = append(found, e.Requirement(q))
	}
	for _, r := range e.Release.Rules {
		if r.ID == id {
			found = append(found, &Rule{Kind: "rule", ID: id, When: Response(r.When), Checks: e.checks(r.Checks), Pos: e.place(r.Pos)})
		}
	}
	for _, r := range e.Release.Rows {
		if r.ID == id {
			found = append(found, e.row(r))
		}
	}
	for _, c := range e.Release.Capabilities {
		if c.ID == id {
			found = append(found, e.capability(c))
		}
	}
	for _, s := range e.Release.Sets {
		if s.ID == id {
			found = append(found, e.set(s))
		}
	}
	return found
}

func (e *Explainer) row(r release.Row) *Other {
	return &Other{Kind: "row", ID: r.ID, Title: r.Title, Switch: r.Switch, Disabled: r.Disabled,
		Cases: e.cases(func(c *release.Case) bool {
			return slices.Contains(c.Rows, r.ID) || slices.ContainsFunc(c.Steps, func(s *release.Step) bool { return s.Row == r.ID })
		})}
}

func (e *Explainer) capability(c release.Capability) *Other {
	return &Other{Kind: "capability", ID: c.ID, Title: c.Title, Provided: e.providers(c.ID),
		Needed: e.cases(func(k *release.Case) bool { return slices.Contains(k.Needs, c.ID) })}
}

// set collects the content of a set from the cases that use it.
func (e *Explainer) set(s release.Set) *Other {
	x := &Other{Kind: "data", ID: s.ID, Title: s.Title}
	seen := map[string]bool{}
	for _, c := range e.Release.Cases {
		uses := false
		for _, d := range c.Data {
			if d.Scope != s.ID {
				continue
			}
			uses = true
			if !seen[d.Name] {
				seen[d.Name] = true
				x.Data = append(x.Data, Name{ID: d.Name, Title: Content(d)})
			}
		}
		if uses {
			x.Cases = append(x.Cases, c.ID)
		}
	}
	return x
}

// IDs lists every id that Find knows, without aliases.
func (e *Explainer) IDs() []string {
	var ids []string
	for _, c := range e.Release.Cases {
		ids = append(ids, c.ID)
	}
	for _, q := range e.Release.Requirements {
		ids = append(ids, q.ID)
	}
	for _, r := range e.Release.Rules {
		ids = append(ids, r.ID)
	}
	for _, r := range e.Release.Rows {
		ids = append(ids, r.ID)
	}
	for _, c := range e.Release.Capabilities {
		ids = append(ids, c.ID)
	}
	for _, s := range e.Release.Sets {
		ids = append(ids, s.ID)
	}
	return ids
}
