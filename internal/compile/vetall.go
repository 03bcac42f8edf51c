package compile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ocispec/ocispec/internal/nearest"
	"github.com/ocispec/ocispec/release"
)

// vet finds what is wrong between releases, cases and requirements.
func (c *compiler) vet() {
	ids := c.requirementIDs()
	for _, ref := range c.refs {
		if _, ok := slices.BinarySearch(ids, ref.id); !ok {
			c.errors(ref.pos, "no requirement %q in any release%s", ref.id, nearest.DidYouMean(ref.id, ids))
		}
	}
	c.vetHeaders()
	for _, r := range c.ordered() {
		c.vetRelease(r)
	}
}

// vetHeaders reports placeholders for headers that nothing else mentions, which
// are misspelt.
func (c *compiler) vetHeaders() {
	known := slices.Sorted(maps.Keys(c.headerNames))
	for _, ref := range c.headerRefs {
		if !c.headerNames[ref.id] {
			c.errors(ref.pos, "no request or check mentions a header %q%s", ref.id, nearest.DidYouMean(ref.id, known))
		}
	}
}

// requirementIDs are those of all releases, sorted.
func (c *compiler) requirementIDs() []string {
	if c.ids == nil {
		for _, r := range c.releases {
			for _, q := range r.Requirements {
				c.ids = append(c.ids, q.ID)
			}
		}
		slices.Sort(c.ids)
		c.ids = slices.Compact(c.ids)
	}
	return c.ids
}

// coverage finds requirements that no case checks, without a reason for it.
func (c *compiler) coverage() {
	said := map[string]bool{}
	for _, r := range c.ordered() {
		checked := Checked(r)
		for _, q := range r.Requirements {
			if said[q.ID] || len(checked[q.ID]) > 0 || q.Untested != "" || overlapped(r, q, checked) {
				continue
			}
			said[q.ID] = true
			c.errors(parsePos(q.Pos), "requirement %q has neither a check nor a reason for having none in %s: write a case, or say why not (untested)", q.ID, r.Version)
		}
	}
}

// ordered returns the releases, oldest first.
func (c *compiler) ordered() []*release.Release {
	return slices.SortedFunc(maps.Values(c.releases), func(a, b *release.Release) int {
		return cmp.Or(len(a.History)-len(b.History), cmp.Compare(a.Version, b.Version))
	})
}

func (c *compiler) vetRelease(r *release.Release) {
	checked := Checked(r)
	for _, q := range r.Requirements {
		for _, o := range q.Overlaps {
			c.vetOverlap(q, o)
		}
		if of := checked[q.ID]; len(of) > 0 && q.Untested != "" {
			c.errors(c.at[[2]string{"untested", q.ID}], "requirement %q has a check in %s, and a reason for having none (untested): leave out one of them", q.ID, of[0])
		}
	}
	provider := c.providers(r)
	for _, k := range r.Cases {
		for _, n := range k.Needs {
			if provider[n] == "" && slices.Contains(capabilityIDs(r), n) {
				c.errors(parsePos(k.Pos), "case %q needs %q, which no case provides in %s", k.ID, n, r.Version)
			}
		}
	}
	c.vetCycles(r, provider)
}

// providers are the cases that provide each capability. Of two it reports the
// user's, or else the second.
func (c *compiler) providers(r *release.Release) map[string]string {
	provider := map[string]string{}
	for _, k := range r.Cases {
		for _, p := range k.Provides {
			if other := r.Case(provider[p]); other != nil {
				one := k
				if slices.Contains(c.Tree.Own, parsePos(other.Pos).File) {
					one, other = other, one
				}
				c.errors(parsePos(one.Pos), "case %q provides %q, and so does %q: let one of them provide it", one.ID, p, other.ID)
			}
			provider[p] = k.ID
		}
	}
	return provider
}

// vetOverlap reports a requirement that overlaps itself, or none.
func (c *compiler) vetOverlap(q *release.Requirement, id string) {
	at := c.at[[2]string{"overlaps", q.ID}]
	if id == q.ID {
		c.errors(at, "requirement %q overlaps itself: name others", id)
		return
	}
	ids := c.requirementIDs()
	if _, ok := slices.BinarySearch(ids, id); !ok {
		c.errors(at, "requirement %q overlaps %q, which is no requirement of any release%s", q.ID, id, nearest.DidYouMean(id, ids))
	}
}

// overlapped reports whether a requirement is checked by way of those that say
// the same.
func overlapped(r *release.Release, q *release.Requirement, checked map[string][]string) bool {
	return slices.ContainsFunc(q.Overlaps, func(id string) bool {
		o := r.Requirement(id)
		return len(checked[id]) > 0 || o != nil && o.Untested != ""
	})
}

// Checked lists, for each requirement, the cases and rules that check it.
func Checked(r *release.Release) map[string][]string {
	m := map[string][]string{}
	for _, k := range r.Cases {
		for _, id := range k.Checks {
			m[id] = append(m[id], k.ID)
		}
	}
	for _, rule := range r.Rules {
		for _, check := range rule.Checks {
			m[check.Requirement] = append(m[check.Requirement], "rule "+rule.ID)
		}
	}
	return m
}

// vetCycles reports cases that need each other.
func (c *compiler) vetCycles(r *release.Release, provider map[string]string) {
	state := map[string]int{} // 1: being visited, 2: done
	var visit func(k *release.Case)
	visit = func(k *release.Case) {
		state[k.ID] = 1
		for _, n := range k.Needs {
			p := r.Case(provider[n])
			if p == nil {
				continue
			}
			switch state[p.ID] {
			case 0:
				visit(p)
			case 1:
				c.errors(parsePos(k.Pos), "case %q needs %q, which case %q provides only after it: they wait for each other", k.ID, n, p.ID)
			}
		}
		state[k.ID] = 2
	}
	for _, k := range r.Cases {
		if state[k.ID] == 0 {
			visit(k)
		}
	}
}
