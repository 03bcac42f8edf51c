package weaken

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release/match"
)

var anything = &match.Matcher{Op: match.Any}

// matcher weakens a constraint on a value, in each of its parts.
func matcher(m *match.Matcher) []weak[*match.Matcher] {
	if m == nil {
		return nil
	}
	switch m.Op {
	case match.Any:
		return nil
	case match.Regexp:
		return expression(m)
	case match.And:
		return conjunction(m)
	case match.Object:
		return object(m)
	case match.List:
		return elements(m)
	}
	return []weak[*match.Matcher]{{" " + string(m.Op), anything}}
}

var (
	// class is a set of characters in brackets in a regular expression.
	class = regexp.MustCompile(`\[[^\]]+\]`)
	// count is how often something is repeated.
	count = regexp.MustCompile(`\{[0-9,]+\}`)
)

// expression loosens a regular expression: found anywhere, with any character
// for each set of them, any number for each count.
func expression(m *match.Matcher) []weak[*match.Matcher] {
	var all []weak[*match.Matcher]
	s := string(m.Text)
	add := func(what, to string) {
		if _, err := regexp.Compile(to); err == nil && to != s {
			c := *m
			c.Text = match.Template(to)
			all = append(all, weak[*match.Matcher]{" =~ " + what, &c})
		}
	}
	add("anywhere", strings.TrimSuffix(strings.TrimPrefix(s, "^"), "$"))
	if !strings.Contains(s, "${") {
		add("any characters", class.ReplaceAllString(s, "."))
		add("any count", count.ReplaceAllString(s, "*"))
	}
	if len(all) == 0 {
		return []weak[*match.Matcher]{{" =~", anything}}
	}
	return all
}

// conjunction weakens each of several constraints. A type that another one
// implies is weakened with it.
func conjunction(m *match.Matcher) []weak[*match.Matcher] {
	var all []weak[*match.Matcher]
	typed := slices.ContainsFunc(m.Kids, func(k *match.Matcher) bool {
		return !slices.Contains([]match.Op{match.Kind, match.Any, match.Or}, k.Op)
	})
	for i, k := range m.Kids {
		if k.Op == match.Kind && typed {
			continue
		}
		for _, w := range matcher(k) {
			all = append(all, weak[*match.Matcher]{w.what, both(with(m.Kids, i, w.to), typed)})
		}
	}
	return all
}

// both returns the conjunction of the constraints that are not trivial.
func both(ms []*match.Matcher, typed bool) *match.Matcher {
	if !slices.ContainsFunc(ms, func(k *match.Matcher) bool {
		return k.Op != match.Any && !(typed && k.Op == match.Kind)
	}) {
		return anything
	}
	return &match.Matcher{Op: match.And, Kids: ms}
}

// object weakens the constraint of each member. A member that only has to be
// present becomes optional.
func object(m *match.Matcher) []weak[*match.Matcher] {
	var all []weak[*match.Matcher]
	member := func(i int, what string, f match.Field) {
		c := *m
		c.Fields = with(m.Fields, i, f)
		all = append(all, weak[*match.Matcher]{"." + f.Name + what, &c})
	}
	for i, f := range m.Fields {
		less := matcher(f.Match)
		for _, w := range less {
			member(i, w.what, match.Field{Name: f.Name, Optional: f.Optional || w.to == anything, Match: w.to})
		}
		if len(less) == 0 && !f.Optional {
			member(i, " absent", match.Field{Name: f.Name, Optional: true, Match: f.Match})
		}
	}
	return append(all, rest(m)...)
}

// elements weakens what the elements have to be.
func elements(m *match.Matcher) []weak[*match.Matcher] {
	var all []weak[*match.Matcher]
	for _, w := range each(m.Kids) {
		c := *m
		c.Kids = w.to
		all = append(all, weak[*match.Matcher]{"[]" + w.what, &c})
	}
	return append(all, rest(m)...)
}

// each weakens several constraints at once, all that can be in the same way.
func each(ms []*match.Matcher) []weak[[]*match.Matcher] {
	var all []weak[[]*match.Matcher]
	for i, m := range ms {
		for _, w := range matcher(m) {
			j := slices.IndexFunc(all, func(a weak[[]*match.Matcher]) bool { return a.what == w.what })
			if j < 0 {
				j = len(all)
				all = append(all, weak[[]*match.Matcher]{w.what, slices.Clone(ms)})
			}
			all[j].to[i] = w.to
		}
	}
	return all
}

// rest weakens what all other members or elements have to be.
func rest(m *match.Matcher) []weak[*match.Matcher] {
	var all []weak[*match.Matcher]
	for _, w := range matcher(m.Rest) {
		c := *m
		c.Rest = w.to
		all = append(all, weak[*match.Matcher]{"[…]" + w.what, &c})
	}
	return all
}
