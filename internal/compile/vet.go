package compile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/internal/cueerr"
	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/nearest"
)

func (c *compiler) errors(p spectree.Position, format string, args ...any) {
	c.errs = append(c.errs, spectree.Error{Pos: p, Msg: fmt.Sprintf(format, args...)})
}

// vetCase reports references, in steps and data of a case, to steps and data
// that do not exist or come later. CUE does not see these. data has
// the values of data, by name.
func (c *compiler) vetCase(k *release.Case, data map[string]cue.Value) {
	for _, d := range k.Data {
		n := len(c.errs)
		d.Templates(func(t match.Template) { c.vetData(k, spectree.Position{}, d.Name, t) })
		for i := range c.errs[n:] {
			c.errs[n+i].Pos = cueerr.AuthorPos(data[d.Name]) // which is slow
		}
	}
	c.vetDataCircles(k, data)
	seen := map[string]*release.Step{}
	for _, s := range slices.Concat(k.Steps, k.Cleanup) {
		c.vetStep(k, s, seen)
		seen[s.ID] = s
	}
}

// vetCapability reports a capability that the release does not define.
func (c *compiler) vetCapability(r *release.Release, at spectree.Position, id string) {
	if ids := capabilityIDs(r); !slices.Contains(ids, id) {
		c.errors(at, "unknown capability %q%s", id, cmp.Or(nearest.DidYouMean(id, ids), ": describe it in capabilities"))
	}
}

// vetDataCircles reports data that contain themselves.
func (c *compiler) vetDataCircles(k *release.Case, data map[string]cue.Value) {
	in := map[string][]string{}
	for _, d := range k.Data {
		d.Templates(func(t match.Template) {
			for _, n := range t.Names() {
				if ref := release.ParseRef(n); ref.IsData() {
					name, _ := ref.DataName()
					in[d.Name] = append(in[d.Name], name)
				}
			}
		})
	}
	for _, d := range k.Data {
		if reaches(in, d.Name, d.Name, map[string]bool{}) {
			c.errorAt(data[d.Name], "data %q contains itself, by way of %s", d.Name, strings.Join(in[d.Name], ", "))
			return // one error per circle
		}
	}
}

// reaches reports whether there is a path from a name to another in the graph
// next.
func reaches(next map[string][]string, from, to string, been map[string]bool) bool {
	for _, n := range next[from] {
		if n == to {
			return true
		}
		if !been[n] {
			been[n] = true
			if reaches(next, n, to, been) {
				return true
			}
		}
	}
	return false
}

// vetRule reports placeholders for steps and data in a rule, which has neither.
func (c *compiler) vetRule(r *release.Rule) {
	vet := func(at spectree.Position) func(match.Template) {
		return func(t match.Template) {
			for _, n := range t.Names() {
				if !slices.Contains(release.Names, n) {
					c.errors(at, "placeholder ${%s} in a rule: a rule applies to every exchange and has no steps or data", n)
				}
			}
		}
	}
	r.When.Templates(vet(parsePos(r.Pos)))
	for _, on := range r.On {
		on.Path.Templates(vet(parsePos(r.Pos)))
	}
	for _, k := range r.Checks {
		k.When.Templates(vet(parsePos(k.Pos)))
		k.Response.Templates(vet(parsePos(k.Pos)))
	}
}

func capabilityIDs(r *release.Release) []string {
	var ids []string
	for _, x := range r.Capabilities {
		ids = append(ids, x.ID)
	}
	return ids
}

func (c *compiler) vetRow(r *release.Release, at spectree.Position, id string) {
	var ids []string
	for _, x := range r.Rows {
		ids = append(ids, x.ID)
	}
	if !slices.Contains(ids, id) {
		c.errors(at, "unknown row %q%s", id, cmp.Or(nearest.DidYouMean(id, ids), ": define it in rows, with a title, a kind and a switch"))
	}
}

// vetData reports invalid placeholders in content.
func (c *compiler) vetData(k *release.Case, at spectree.Position, name string, t match.Template) {
	for _, n := range t.Names() {
		ref := release.ParseRef(n)
		switch {
		case ref.IsData():
			c.vetDataRef(k, at, ref)
		case slices.Contains(release.ContentNames, n) || slices.Contains(release.Names, n):
		case ref.Step != "":
			c.errors(at, "data %q refers to step %q: content is generated before the first step", name, ref.Step)
		default:
			c.vetName(at, n, release.ContentNames...)
		}
	}
}

func (c *compiler) vetName(at spectree.Position, n string, more ...string) {
	names := append(more, release.Names...)
	if !slices.Contains(names, n) {
		c.errors(at, "unknown placeholder ${%s}%s (write $${ for a literal ${)", n, nearest.DidYouMean(n, names))
	}
}

func (c *compiler) vetDataRef(k *release.Case, at spectree.Position, ref release.Ref) {
	name, part := ref.DataName()
	var names []string
	for _, d := range k.Data {
		names = append(names, d.Name)
	}
	if !slices.Contains(names, name) {
		c.errors(at, "unknown data %q%s", name, nearest.DidYouMean(name, names))
		return
	}
	if !slices.Contains(release.DataFields, part) {
		c.errors(at, "data %q: unknown field %q%s", name, part, nearest.DidYouMean(part, release.DataFields))
	}
}

func (c *compiler) vetStep(k *release.Case, s *release.Step, seen map[string]*release.Step) {
	at, places := parsePos(s.Pos), c.places[s]
	if seen[s.ID] != nil {
		c.errors(at, "case %q: duplicate step id %q", k.ID, s.ID)
	}
	if s.Unsupported != nil && len(s.Checks) == 0 {
		c.errors(at, "unsupported without expect: add the requirement that the step checks")
	}
	c.vetTemplates(k, s, seen)
	for _, w := range s.When {
		c.vetEarlier(k, s, places.when[w.Step], w.Step, seen)
	}
	if s.After != nil {
		for _, id := range *s.After {
			c.vetEarlier(k, s, places.after[id], id, seen)
		}
	}
	for _, check := range s.Checks {
		if len(check.Response.Pages) > 0 && s.Pages == nil {
			c.errors(parsePos(check.Pos), "a constraint on pages in a step without pages: add pages: {} to the step, or use lists")
		}
	}
}

// vetTemplates reports invalid placeholders of a step at the positions of its
// checks, or of the step.
func (c *compiler) vetTemplates(k *release.Case, s *release.Step, seen map[string]*release.Step) {
	vet := func(at spectree.Position) func(match.Template) {
		return func(t match.Template) {
			for _, n := range t.Names() {
				c.vetPlaceholder(k, s, at, n, seen)
			}
		}
	}
	for _, check := range s.Checks {
		check.When.Templates(vet(parsePos(check.Pos)))
		check.Response.Templates(vet(parsePos(check.Pos)))
	}
	rest := *s
	rest.Checks = nil
	rest.Templates(vet(parsePos(s.Pos)))
}

func (c *compiler) vetPlaceholder(k *release.Case, s *release.Step, at spectree.Position, n string, seen map[string]*release.Step) {
	ref := release.ParseRef(n)
	switch {
	case ref.IsData():
		c.vetDataRef(k, at, ref)
	case ref.Step == "":
		c.vetName(at, n)
	case ref.Step == s.ID:
		c.errors(at, "step %q refers to its own response: a step can refer only to earlier steps", s.ID)
	case !c.vetEarlier(k, s, at, ref.Step, seen):
	case ref.Part == "header":
		c.headerRefs = append(c.headerRefs, reference{ref.Key, at})
	case ref.Part == "capture":
		from := seen[ref.Step]
		var names []string
		for _, x := range from.Captures {
			names = append(names, x.Name)
		}
		if !slices.Contains(names, ref.Key) {
			c.errors(at, "step %q has no capture %q%s", ref.Step, ref.Key, nearest.DidYouMean(ref.Key, names))
		}
	}
}

// vetEarlier reports whether a step with an id exists before another step. If
// not, it records an error.
func (c *compiler) vetEarlier(k *release.Case, of *release.Step, at spectree.Position, id string, seen map[string]*release.Step) bool {
	if seen[id] != nil {
		return true
	}
	if id == of.ID {
		c.errors(at, "step %q refers to itself: a step can refer only to earlier steps", id)
		return false
	}
	var ids []string
	for _, s := range slices.Concat(k.Steps, k.Cleanup) {
		if s.ID == id {
			c.errors(at, "step %q comes later: a step can refer only to earlier steps", id)
			return false
		}
		ids = append(ids, s.ID)
	}
	c.errors(at, "unknown step %q in case %q%s", id, k.ID, nearest.DidYouMean(id, ids))
	return false
}

// parsePos is the inverse of pos.
func parsePos(p release.Pos) spectree.Position {
	s := string(p)
	col := strings.LastIndexByte(s, ':')
	if col < 0 {
		return spectree.Position{}
	}
	line := strings.LastIndexByte(s[:col], ':')
	if line < 0 {
		return spectree.Position{}
	}
	l, _ := strconv.Atoi(s[line+1 : col])
	n, _ := strconv.Atoi(s[col+1:])
	return spectree.Position{File: s[:line], Line: l, Column: n}
}
