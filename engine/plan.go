package engine

import (
	"fmt"
	"slices"

	"github.com/ocispec/ocispec/model"
)

// node is a case in the order of a run.
type node struct {
	c         *model.Case
	providers []*node // of what it needs
	users     []*node // that need what it provides
	// setting is the switch that disables the case, if one does.
	setting string
	run     *caseRun
	// ran is closed when the steps have run, clean after the cleanup.
	ran, clean chan struct{}
}

// plan is the cases of a run, providers before users.
type plan struct {
	order []*node
}

// newPlan selects cases, adds those that they need, and orders them.
func newPlan(rel *model.Release, opts Options) (*plan, error) {
	provider := map[string]*model.Case{}
	for _, c := range rel.Cases {
		for _, p := range c.Provides {
			provider[p] = c
		}
	}
	p := &plan{}
	nodes := map[string]*node{}
	var visit func(c *model.Case, path []string) (*node, error)
	visit = func(c *model.Case, path []string) (*node, error) {
		if n := nodes[c.ID]; n != nil {
			return n, nil
		}
		if slices.Contains(path, c.ID) {
			return nil, fmt.Errorf("case %s waits for itself: %v", c.ID, path)
		}
		n := &node{c: c, ran: make(chan struct{}), clean: make(chan struct{})}
		for _, need := range c.Needs {
			if provider[need] == nil {
				return nil, fmt.Errorf("case %s needs %s, which no case provides", c.ID, need)
			}
			q, err := visit(provider[need], append(path, c.ID))
			if err != nil {
				return nil, err
			}
			n.providers = append(n.providers, q)
		}
		n.setting = disabledBy(rel, c, opts.Settings)
		nodes[c.ID] = n
		p.order = append(p.order, n)
		return n, nil
	}
	for _, c := range rel.Cases {
		if opts.Select != nil && !opts.Select(c.ID) {
			continue
		}
		if _, err := visit(c, nil); err != nil {
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
	return p, nil
}

// disabledBy returns the switch that turns a case off, if one does.
func disabledBy(rel *model.Release, c *model.Case, settings map[string]bool) string {
	for _, row := range rel.Rows {
		if !slices.Contains(c.Rows, row.ID) {
			continue
		}
		on, set := settings[row.Switch]
		if set && !on || !set && row.Disabled {
			return row.Switch
		}
	}
	return ""
}
