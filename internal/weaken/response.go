package weaken

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/ocispec/ocispec/engine/release/match"
)

// weak is a weakened constraint, with a description of the change.
type weak[T any] struct {
	what string
	to   T
}

// response weakens a constraint in every place, each as little as possible: a
// fault that shows a small change also shows that the constraint was dropped.
func response(r *match.Response) []weak[*match.Response] {
	var all []weak[*match.Response]
	add := func(what string, change func(*match.Response)) {
		c := *r
		change(&c)
		all = append(all, weak[*match.Response]{what, &c})
	}
	// Without its status, a check of the body still fails on the body of an
	// error.
	if r.Status != nil && r.Body == nil && len(r.Lists)+len(r.Pages) == 0 {
		for _, m := range status(r.Status) {
			add("status: "+m.what, func(c *match.Response) { c.Status = m.to })
		}
	}
	for i := range r.Header {
		for _, h := range header(r.Header[i]) {
			add("header "+r.Header[i].Name+h.what, func(c *match.Response) { c.Header = with(c.Header, i, h.to) })
		}
	}
	for i, name := range r.Absent {
		add("header "+name+": may be there", func(c *match.Response) { c.Absent = without(c.Absent, i) })
	}
	for i := range r.Link {
		for _, l := range link(r.Link[i]) {
			add("link "+r.Link[i].Rel+l.what, func(c *match.Response) { c.Link = with(c.Link, i, l.to) })
		}
	}
	for _, m := range matcher(r.Body) {
		add("body"+m.what, func(c *match.Response) { c.Body = dropped(m.to) })
	}
	for i := range r.Lists {
		for _, l := range list(r.Lists[i]) {
			add("list "+r.Lists[i].At+l.what, func(c *match.Response) { c.Lists = with(c.Lists, i, l.to) })
		}
	}
	for i := range r.Pages {
		for _, l := range list(r.Pages[i]) {
			add("pages "+r.Pages[i].At+l.what, func(c *match.Response) { c.Pages = with(c.Pages, i, l.to) })
		}
	}
	for _, m := range matcher(r.Length) {
		add("length"+m.what, func(c *match.Response) { c.Length = dropped(m.to) })
	}
	for _, m := range matcher(r.Digest) {
		add("digest"+m.what, func(c *match.Response) { c.Digest = dropped(m.to) })
	}
	for _, m := range matcher(r.Redirects) {
		add("redirects"+m.what, func(c *match.Response) { c.Redirects = m.to })
	}
	return all
}

// dropped is nil for a body, or its length, that may be anything: it would still
// have to be JSON, or whole.
func dropped(m *match.Matcher) *match.Matcher {
	if m == anything {
		return nil
	}
	return m
}

// with replaces an element in a copy of s.
func with[T any](s []T, i int, v T) []T {
	s = slices.Clone(s)
	s[i] = v
	return s
}

// without leaves an element out of a copy of s.
func without[T any](s []T, i int) []T { return slices.Delete(slices.Clone(s), i, i+1) }

// status widens a constraint on a status to the whole class of each allowed
// status, or to any status if it allows whole classes.
func status(m *match.Matcher) []weak[*match.Matcher] {
	allows := func(code int) bool { return len(m.Match(nothing{}, code)) == 0 }
	var all []weak[*match.Matcher]
	for class := 1; class <= 5; class++ {
		whole, some := true, false
		for code := class * 100; code < class*100+100; code++ {
			whole, some = whole && allows(code), some || allows(code)
		}
		if some && !whole {
			all = append(all, weak[*match.Matcher]{fmt.Sprintf("any %dxx", class), anyOf(m, between(class*100, class*100+99))})
		}
	}
	if len(all) == 0 {
		return []weak[*match.Matcher]{{"any", anything}}
	}
	return all
}

func anyOf(ms ...*match.Matcher) *match.Matcher { return &match.Matcher{Op: match.Or, Kids: ms} }

func between(from, to int) *match.Matcher {
	number := func(n int) []byte { return []byte(strconv.Itoa(n)) }
	return &match.Matcher{Op: match.And, Kids: []*match.Matcher{
		{Op: match.AtLeast, Value: number(from)}, {Op: match.AtMost, Value: number(to)},
	}}
}

// nothing is an environment without names.
type nothing struct{}

func (nothing) Lookup(name string) (any, error) { return nil, fmt.Errorf("no %s", name) }

func header(h match.HeaderRule) []weak[match.HeaderRule] {
	var all []weak[match.HeaderRule]
	add := func(what string, change func(*match.HeaderRule)) {
		c := h
		change(&c)
		all = append(all, weak[match.HeaderRule]{what, c})
	}
	if !h.Optional {
		add(": may be absent", func(c *match.HeaderRule) { c.Optional = true })
	}
	for _, m := range matcher(h.Value) {
		add(m.what, func(c *match.HeaderRule) { c.Value = m.to })
	}
	if h.List != nil {
		for _, l := range list(*h.List) {
			add(l.what, func(c *match.HeaderRule) { c.List = &l.to })
		}
	}
	return all
}

func link(l match.LinkRule) []weak[match.LinkRule] {
	var all []weak[match.LinkRule]
	if !l.Optional {
		c := l
		c.Optional = true
		all = append(all, weak[match.LinkRule]{": may be absent", c})
	}
	for _, m := range matcher(l.Target) {
		c := l
		c.Target = m.to
		all = append(all, weak[match.LinkRule]{m.what, c})
	}
	return all
}

func list(l match.ListRule) []weak[match.ListRule] {
	var all []weak[match.ListRule]
	add := func(what string, change func(*match.ListRule)) {
		c := l
		change(&c)
		all = append(all, weak[match.ListRule]{what, c})
	}
	for _, ms := range contains(l.Contains) {
		add(": contains"+ms.what, func(c *match.ListRule) { c.Contains = ms.to })
	}
	if len(l.Lacks) > 0 {
		add(": may contain what it should not", func(c *match.ListRule) { c.Lacks = nil })
	}
	for _, m := range matcher(l.Each) {
		add(": each"+m.what, func(c *match.ListRule) { c.Each = m.to })
	}
	if l.Length != nil && len(l.Length.Match(nothing{}, 0)) > 0 {
		add(": any length", func(c *match.ListRule) { c.Length = nil })
	}
	if l.Total != nil {
		add(": any total", func(c *match.ListRule) { c.Total = nil })
	}
	if len(l.Sorted) > 0 {
		add(": any order", func(c *match.ListRule) { c.Sorted = nil })
	}
	if l.Unique {
		add(": not unique", func(c *match.ListRule) { c.Unique = false })
	}
	return all
}

// contains weakens what a list has to contain, or it need not contain it.
func contains(ms []*match.Matcher) []weak[[]*match.Matcher] {
	var objects []*match.Matcher
	for _, m := range ms {
		if m.Op == match.Object {
			objects = append(objects, m)
		}
	}
	all := each(objects)
	if len(objects) < len(ms) || len(ms) > 0 && len(all) == 0 {
		return []weak[[]*match.Matcher]{{" nothing", nil}}
	}
	return all
}
