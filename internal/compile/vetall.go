package compile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/nearest"
)

// vet reports errors in the references between releases, cases and
// requirements.
func (c *compiler) vet() {
	ids := c.requirementIDs()
	for _, ref := range c.refs {
		if _, ok := slices.BinarySearch(ids, ref.id); !ok {
			c.errors(ref.pos, "unknown requirement %q%s", ref.id, nearest.DidYouMean(ref.id, ids))
		}
	}
	c.vetHeaders()
	for _, r := range c.ordered() {
		c.vetRelease(r)
	}
}

// vetHeaders reports placeholders for headers that no request or check uses,
// since these are probably misspelt.
func (c *compiler) vetHeaders() {
	names := map[string]bool{}
	for _, r := range c.releases {
		headers(r, names)
	}
	known := slices.Sorted(maps.Keys(names))
	for _, ref := range c.headerRefs {
		if !names[ref.id] {
			c.errors(ref.pos, "header %q is not used in any request or check%s", ref.id, nearest.DidYouMean(ref.id, known))
		}
	}
}

// headers adds the names of the headers that the requests and constraints of a
// release use to names.
func headers(r *release.Release, names map[string]bool) {
	add := func(m *match.Response) {
		if m != nil {
			for _, h := range m.Header {
				names[h.Name] = true
			}
		}
	}
	for _, p := range r.Preflight {
		for _, x := range p.Problems {
			add(x.When)
		}
	}
	for _, rule := range r.Rules {
		add(rule.When)
		for _, k := range rule.Checks {
			add(k.When)
			add(k.Response)
		}
	}
	for _, k := range r.Cases {
		for _, s := range slices.Concat(k.Steps, k.Cleanup) {
			s.Responses(add)
			for _, h := range s.Header {
				names[h.Name] = true
			}
		}
	}
}

// requirementIDs returns the requirement ids of all releases, sorted.
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

// coverage reports requirements without a check and without a reason for that.
func (c *compiler) coverage() {
	said := map[string]bool{}
	for _, r := range c.ordered() {
		checked := Checked(r)
		for _, q := range r.Requirements {
			if said[q.ID] || len(checked[q.ID]) > 0 || q.Untested != "" || overlapped(r, q, checked) {
				continue
			}
			said[q.ID] = true
			c.errors(parsePos(q.Pos), "requirement %q has no check in %s: add a case, or state the reason in untested", q.ID, r.Version)
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
			c.errors(c.at[[2]string{"untested", q.ID}], "requirement %q has both a check in %s and untested: remove one", q.ID, of[0])
		}
	}
	provider := c.providers(r)
	for _, k := range r.Cases {
		for _, n := range k.Needs {
			if provider[n] == "" && slices.Contains(capabilityIDs(r), n) {
				c.errors(parsePos(k.Pos), "case %q needs %q, which no case of %s provides", k.ID, n, r.Version)
			}
		}
	}
	c.vetCycles(r, provider)
	c.vetAnnounced(r, provider)
}

// vetAnnounced reports content that follows a number that no case announces before the
// case runs.
func (c *compiler) vetAnnounced(r *release.Release, provider map[string]string) {
	for _, k := range r.Cases {
		before := map[string]bool{}
		c.announcedBefore(r, k, provider, before, map[string]bool{})
		for _, d := range k.Data {
			if d.Announced != nil && !before[d.Announced.As] {
				c.errors(parsePos(k.Pos), "data %q of case %q follows %q, which no case that it needs announces", d.Name, k.ID, d.Announced.As)
			}
		}
	}
}

// announcedBefore adds the names that the cases that a case needs announce to names.
func (c *compiler) announcedBefore(r *release.Release, k *release.Case, provider map[string]string, names, seen map[string]bool) {
	for _, n := range k.Needs {
		p := r.Case(provider[n])
		if p == nil || seen[p.ID] {
			continue
		}
		seen[p.ID] = true
		for _, s := range p.Steps {
			for _, a := range s.Announces {
				names[a.Name] = true
			}
		}
		c.announcedBefore(r, p, provider, names, seen)
	}
}

// providers returns the case that provides each capability. If two cases
// provide a capability, it reports the user's or, if both or neither are, the
// second.
func (c *compiler) providers(r *release.Release) map[string]string {
	provider := map[string]string{}
	for _, k := range r.Cases {
		for _, p := range k.Provides {
			if other := r.Case(provider[p]); other != nil {
				one := k
				if slices.Contains(c.Tree.Own, parsePos(other.Pos).File) {
					one, other = other, one
				}
				c.errors(parsePos(one.Pos), "cases %q and %q both provide %q: remove provides from one", one.ID, other.ID, p)
			}
			provider[p] = k.ID
		}
	}
	return provider
}

// vetOverlap reports a requirement that overlaps itself or an unknown one.
func (c *compiler) vetOverlap(q *release.Requirement, id string) {
	at := c.at[[2]string{"overlaps", q.ID}]
	if id == q.ID {
		c.errors(at, "requirement %q overlaps itself", id)
		return
	}
	ids := c.requirementIDs()
	if _, ok := slices.BinarySearch(ids, id); !ok {
		c.errors(at, "requirement %q overlaps the unknown requirement %q%s", q.ID, id, nearest.DidYouMean(id, ids))
	}
}

// overlapped reports whether an overlapped requirement has a check or a reason
// for having none.
func overlapped(r *release.Release, q *release.Requirement, checked map[string][]string) bool {
	return slices.ContainsFunc(q.Overlaps, func(id string) bool {
		o := r.Requirement(id)
		return len(checked[id]) > 0 || o != nil && o.Untested != ""
	})
}

// Checked returns, for each requirement id, the ids of the cases and "rule ID"
// of the rules that check it.
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
				c.errors(parsePos(k.Pos), "case %q needs %q of case %q, which depends on it: remove the circular dependency", k.ID, n, p.ID)
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
