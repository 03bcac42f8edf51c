package engine

import (
	"fmt"
	"slices"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// node is a case with its dependencies in a run.
type node struct {
	c         *release.Case
	given     string  // the value of ${given}, if the user gives one
	providers []*node // cases that provide what c needs
	before    []*node // cases that provide what requirements of c need
	users     []*node // cases that need what c provides
	sharers   []*node // cases with content of c that need it, also indirectly
	state     state
	index     int // in the order
	toStart   int // number of cases that it waits for to run
	toEnd     int // number of cases that it waits for to be cleaned up
	weight    int // see weigh
	rest      int // the weight of what waits for the last step
	late      int // the weight of what waits for the cleanup
	run       *caseRun
	depth     int      // of run before its cleanup
	left      *caseRun // what an earlier run has left of it, or nil
}

// planner selects cases, adds their providers, and orders them.
type planner struct {
	rel      *release.Release
	provider map[string]*release.Case // by capability
	nodes    map[string]*node         // by case id
	order    []*node
}

// plan returns the cases of a run in order, each after its providers.
func plan(rel *release.Release, opts Options) ([]*node, error) {
	p := &planner{rel: rel, provider: map[string]*release.Case{}, nodes: map[string]*node{}}
	for _, c := range rel.Cases {
		for _, what := range c.Provides {
			p.provider[what] = c
		}
	}
	for _, c := range rel.Cases {
		if opts.Select != nil && !opts.Select(c.ID) {
			continue
		}
		for _, n := range instances(counted(c, opts.Settings), opts.Given) {
			if _, err := p.addNode(n, nil); err != nil {
				return nil, err
			}
		}
	}
	if len(p.order) == 0 {
		return nil, ErrEmpty
	}
	for _, n := range p.order {
		for _, q := range n.providers {
			q.users = append(q.users, n)
		}
	}
	for _, n := range p.order {
		n.sharers = sharers(n.c, n.users, nil)
	}
	return p.order, nil
}

// sharers adds the users, and their users, that have content of c.
func sharers(c *release.Case, users, found []*node) []*node {
	for _, u := range users {
		if !slices.Contains(found, u) && shares(c, u.c) {
			found = append(found, u)
		}
		found = sharers(c, u.users, found)
	}
	return found
}

// shares reports whether two cases have the same content: of the same scope.
func shares(a, b *release.Case) bool {
	return slices.ContainsFunc(a.Data, func(d *release.Data) bool {
		return d.Scope != "" && slices.ContainsFunc(b.Data, func(e *release.Data) bool { return e.Scope == d.Scope })
	})
}

// weigh sets the weight of each case: the number of requests, one after the other, from
// its first step to the end of what waits for it, cases and cleanup.
func (r *runner) weigh() {
	for _, n := range r.order {
		cleanup := (&caseRun{runner: r, c: n.c}).schedule(n.c.Cleanup).weigh(n.late)
		for _, m := range append(slices.Clone(n.users), n) {
			m.rest = max(m.rest, cleanup)
		}
		for _, s := range n.sharers {
			s.late = max(s.late, cleanup)
		}
	}
	for _, n := range slices.Backward(r.order) {
		n.weight = (&caseRun{runner: r, c: n.c}).schedule(n.c.Steps).weigh(n.rest)
		for _, p := range slices.Concat(n.providers, n.before) {
			p.rest = max(p.rest, n.weight)
		}
	}
}

// add adds a case after its providers. path lists the cases that need it, for
// detecting cycles.
func (p *planner) add(c *release.Case, path []string) (*node, error) {
	return p.addNode(&node{c: c}, path)
}

// addNode adds the node of a case, unless the case has one.
func (p *planner) addNode(n *node, path []string) (*node, error) {
	c := n.c
	if n := p.nodes[c.ID]; n != nil {
		return n, nil
	}
	if slices.Contains(path, c.ID) {
		return nil, fmt.Errorf("case %s depends on itself: %v", c.ID, path)
	}
	for _, need := range c.Needs {
		if p.provider[need] == nil {
			return nil, fmt.Errorf("case %s needs %q, which no case provides", c.ID, need)
		}
		q, err := p.add(p.provider[need], append(slices.Clip(path), c.ID))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(n.providers, q) {
			n.providers = append(n.providers, q)
		}
	}
	for _, what := range conditions(p.rel, c) {
		if q := p.provider[what]; q != nil && q != c && !slices.Contains(path, q.ID) {
			before, err := p.add(q, append(slices.Clip(path), c.ID))
			if err != nil {
				return nil, err
			}
			n.before = append(n.before, before)
		}
	}
	p.nodes[c.ID] = n
	p.order = append(p.order, n)
	return n, nil
}

// conditions returns the capabilities that the requirements of a case's checks
// are conditional on.
func conditions(rel *release.Release, c *release.Case) []string {
	var out []string
	for _, q := range rel.Requirements {
		if len(q.Needs) > 0 && slices.Contains(c.Checks, q.ID) {
			out = append(out, q.Needs...)
		}
	}
	return out
}

// unbound reports whether a requirement does not bind the registry: it is
// conditional on a capability that the registry does not have.
func (run *caseRun) unbound(q *release.Requirement) bool {
	return slices.ContainsFunc(run.before, func(n *node) bool {
		why := n.run.closed
		return why != nil && (why.outcome == result.Unsupported || why.outcome == result.Disabled) &&
			slices.ContainsFunc(q.Needs, func(what string) bool { return slices.Contains(n.c.Provides, what) })
	})
}

// disabledRows returns the disabled rows by id, each with the setting that
// disables it.
func disabledRows(rel *release.Release, settings map[string]bool) map[string]string {
	off := map[string]string{}
	for _, row := range rel.Rows {
		if on, set := settings[row.Switch]; set && !on || !set && row.Disabled {
			off[row.ID] = row.Switch
		}
	}
	return off
}
