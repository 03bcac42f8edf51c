package compile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/ocispec/ocispec/engine/release"
)

// increment compiles a tree whose user only adds or changes cases and requirements,
// defines macros with new names, or adds releases. It evaluates these and takes the
// rest from the compiled form of the tree without the user's files. The result is that
// of [Compile]. It returns false for all other trees, and if it finds an error: only
// Compile reports errors.
func increment(t *spectree.Tree, compiled *release.Releases) (map[string]*release.Release, bool) {
	digest, err := Digest(t.Base())
	if err != nil || !fresh(compiled, digest) {
		return nil, false
	}
	ch, ok := changes(t, compiled.Versions())
	if !ok {
		return nil, false
	}
	l, err := loadAll(t)
	if err != nil {
		return nil, false
	}
	for v, names := range ch.fields {
		if l.expose(v, names) != nil {
			return nil, false
		}
	}
	built := map[string]*release.Release{}
	for _, v := range compiled.Versions() {
		x, err := compiled.Get(v)
		if err != nil {
			return nil, false
		}
		if built[v], err = x.Whole(); err != nil {
			return nil, false
		}
	}
	a := &assembly{compiler: newCompiler(t)}
	var parts []part
	versions := slices.Collect(maps.Keys(ch.fields))
	for v, r := range built {
		if !slices.ContainsFunc(r.Lineage, func(v string) bool { return ch.fields[v] != nil }) {
			a.releases[v] = r
			continue
		}
		parts = append(parts, part{v, ids{some: ch.cases}, ids{some: ch.requirements}, ch.fields[v]})
		versions = append(versions, v)
	}
	for v, names := range ch.fields {
		if built[v] == nil {
			parts = append(parts, part{v, ids{all: true}, ids{all: true}, names})
		}
	}
	values, ok := l.evaluate(parts...)
	if !ok {
		return nil, false
	}
	a.part = func(version string) *evaluated { return values[version] }
	a.add = func(r *release.Release, _ *evaluated) bool {
		b := built[r.Version]
		if b == nil {
			return true
		}
		r.Cases = substitute(b.Cases, r.Cases, ch.cases, func(k *release.Case) string { return k.ID })
		r.Requirements = substitute(b.Requirements, r.Requirements, ch.requirements, func(q *release.Requirement) string { return q.ID })
		return !slices.ContainsFunc(ch.requirements, func(id string) bool { return b.Requirement(id) != nil && r.Requirement(id) == nil })
	}
	return a.releases, a.all(versions) && a.keepHeaders(built)
}

// substitute returns the elements of old, those with the given ids replaced by those of
// new, sorted by id.
func substitute[T any](old, new []T, ids []string, id func(T) string) []T {
	out := slices.DeleteFunc(slices.Clone(old), func(x T) bool { return slices.Contains(ids, id(x)) })
	for _, x := range new {
		if slices.Contains(ids, id(x)) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	return out
}

// keepHeaders reports whether the releases use all headers that compiled ones use:
// their cases may refer to them.
func (c *compiler) keepHeaders(built map[string]*release.Release) bool {
	before, after := map[string]bool{}, map[string]bool{}
	for v := range built {
		headers(built[v], before)
	}
	for _, r := range c.releases {
		headers(r, after)
	}
	for name := range before {
		if !after[name] {
			return false
		}
	}
	return true
}
