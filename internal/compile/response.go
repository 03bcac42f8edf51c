package compile

import (
	"strconv"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/internal/cueerr"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// checks compiles the expectations of a response, by requirement.
func (c *compiler) checks(v cue.Value) []*release.Check {
	var checks []*release.Check
	for _, f := range c.fields(v) {
		p, failed := cueerr.AuthorPos(f.value), c.failed
		check := &release.Check{Requirement: f.name, Response: c.response(f.value), Pos: pos(p)}
		if when := f.value.LookupPath(cue.ParsePath("when")); when.Exists() {
			check.When = c.response(when)
		}
		c.refs = append(c.refs, reference{f.name, p})
		if empty(check.Response) && failed == c.failed {
			c.errors(p, "the check of %q has no constraint, so it cannot fail: constrain the response", f.name)
		}
		checks = append(checks, check)
	}
	return checks
}

func empty(r *match.Response) bool {
	return r.Status == nil && r.Body == nil && r.Length == nil && r.Digest == nil && r.Redirects == nil &&
		len(r.Header)+len(r.Absent)+len(r.Link)+len(r.Lists)+len(r.Pages) == 0
}

// response compiles a constraint on a response.
func (c *compiler) response(v cue.Value) *match.Response {
	r := &match.Response{}
	for _, f := range c.fields(v, cue.Optional(true)) {
		if f.name == "body" {
			// An optional body without a constraint comes from the schema.
			if !f.optional || f.value.IncompleteKind() != cue.TopKind {
				r.Body, r.BodyOptional = c.matcher(f.value), f.optional
			}
			continue
		}
		if f.optional {
			continue
		}
		switch f.name {
		case "status":
			r.Status = c.matcher(f.value)
			c.vetStatus(r.Status, f.value)
		case "digest":
			r.Digest = c.matcher(f.value)
		case "length":
			r.Length = c.matcher(f.value)
		case "redirects":
			r.Redirects = c.matcher(f.value)
		case "header":
			r.Header = c.headers(f.value)
		case "absent":
			r.Absent = c.strs(f.value)
		case "link":
			for _, l := range c.fields(f.value, cue.Optional(true)) {
				r.Link = append(r.Link, match.LinkRule{Rel: l.name, Optional: l.optional, Target: c.matcher(l.value)})
			}
		case "lists":
			r.Lists = c.lists(f.value)
		case "pages":
			r.Pages = c.lists(f.value)
		}
	}
	return r
}

func (c *compiler) headers(v cue.Value) []match.HeaderRule {
	var hs []match.HeaderRule
	for _, f := range c.fields(v, cue.Optional(true)) {
		h := match.HeaderRule{Name: f.name, Optional: f.optional}
		if f.value.IncompleteKind() == cue.StructKind {
			l := c.listRule("", f.value)
			h.List = &l
		} else {
			h.Value = c.matcher(f.value)
		}
		hs = append(hs, h)
	}
	return hs
}

func (c *compiler) lists(v cue.Value) []match.ListRule {
	var ls []match.ListRule
	for _, f := range c.fields(v) {
		ls = append(ls, c.listRule(f.name, f.value))
	}
	return ls
}

func (c *compiler) listRule(at string, v cue.Value) match.ListRule {
	l := match.ListRule{At: at}
	for _, f := range c.fields(v) {
		switch f.name {
		case "contains":
			l.Contains = c.matchers(f.value)
		case "lacks":
			l.Lacks = c.matchers(f.value)
		case "each":
			l.Each = c.matcher(f.value)
		case "length":
			l.Length = c.matcher(f.value)
		case "total":
			l.Total = c.matcher(f.value)
		case "sorted":
			l.Sorted = orders[c.str(f.value)]
		case "unique":
			l.Unique = true
		case "by":
			l.By = c.str(f.value)
		}
	}
	if l.Each == nil && l.Length == nil && l.Total == nil && !l.Unique && len(l.Contains)+len(l.Lacks)+len(l.Sorted) == 0 {
		c.errorAt(v, "the list rule has no constraint: add contains, lacks, each, length, total, sorted or unique")
	}
	return l
}

// orders maps the values of sorted to the orders that a list may have.
var orders = map[string][]string{
	"bytes":    {match.ByBytes},
	"caseless": {match.ByCaseless},
	"either":   {match.ByBytes, match.ByCaseless},
}

func (c *compiler) matchers(v cue.Value) []*match.Matcher {
	var ms []*match.Matcher
	for _, x := range c.list(v) {
		ms = append(ms, c.matcher(x))
	}
	return ms
}

// vetStatus reports a number in a constraint on a status code that no status code
// has (RFC 9110, section 15).
func (c *compiler) vetStatus(m *match.Matcher, at cue.Value) {
	if m == nil {
		return
	}
	if n, err := strconv.Atoi(string(m.Value)); err == nil && m.Op == match.Equal && (n < 100 || n > 599) {
		c.errorAt(at, "%d is no status code: they go from 100 to 599", n)
	}
	for _, k := range m.Kids {
		c.vetStatus(k, at)
	}
}
