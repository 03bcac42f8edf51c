package engine

import (
	"fmt"
	"slices"

	"github.com/ocispec/ocispec/release"
)

// node is a case with its dependencies in a run.
type node struct {
	c         *release.Case
	providers []*node // cases that provide what c needs
	users     []*node // cases that need what c provides
	state     state
	run       *caseRun
}

// planner selects cases, adds their providers, and orders them.
type planner struct {
	provider map[string]*release.Case // by resource
	nodes    map[string]*node         // by case id
	order    []*node
}

// plan returns the cases of a run in order, each after its providers.
func plan(rel *release.Release, opts Options) ([]*node, error) {
	p := &planner{provider: map[string]*release.Case{}, nodes: map[string]*node{}}
	for _, c := range rel.Cases {
		for _, what := range c.Provides {
			p.provider[what] = c
		}
	}
	for _, c := range rel.Cases {
		if opts.Select != nil && !opts.Select(c.ID) {
			continue
		}
		if _, err := p.add(c, nil); err != nil {
			return nil, err
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
	return p.order, nil
}

// add adds a case after its providers. path lists the cases that need it, for
// detecting cycles.
func (p *planner) add(c *release.Case, path []string) (*node, error) {
	if n := p.nodes[c.ID]; n != nil {
		return n, nil
	}
	if slices.Contains(path, c.ID) {
		return nil, fmt.Errorf("case %s depends on itself: %v", c.ID, path)
	}
	n := &node{c: c}
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
	p.nodes[c.ID] = n
	p.order = append(p.order, n)
	return n, nil
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
