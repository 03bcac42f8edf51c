package compile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/cuecontext"

	"github.com/ocispec/ocispec/engine/release"
)

// increment compiles a tree whose user only adds or changes cases and requirements,
// defines macros with new names, or adds releases. It evaluates these and takes the
// rest from the compiled form of the tree without the user's files. The result is that
// of compiling the whole. It returns errUnsuitable for all other trees. If it finds
// errors, it returns them, or errInvalid if one of them is not in a file of the user.
func increment(t *spectree.Tree, compiled *release.Releases) (*compiler, error) {
	ch, ok := changes(t, compiled.Versions())
	if !ok {
		return nil, errUnsuitable
	}
	built, err := decodedAll(t.Base(), compiled)
	if err != nil {
		return nil, err
	}
	l, err := loadAll(t)
	if err != nil {
		return nil, errInvalid
	}
	a := &assembly{compiler: newCompiler(t)}
	var parts []part
	for v, r := range built {
		if slices.ContainsFunc(r.Lineage, func(v string) bool { return ch.fields[v] != nil }) {
			parts = append(parts, part{v, ids{some: ch.cases}, ids{some: ch.requirements}, ch.fields[v]})
		} else {
			a.releases[v] = r
		}
	}
	for v, names := range ch.fields {
		if built[v] == nil {
			parts = append(parts, part{v, ids{all: true}, ids{all: true}, names})
		}
		if l.expose(v, names) != nil {
			return nil, errUnsuitable
		}
	}
	a.Schema = schema(cuecontext.New(), slices.Collect(maps.Values(l)))
	values, ok := l.evaluate(a.compiler, parts...)
	if !ok {
		return nil, errInvalid
	}
	if len(a.errs) > 0 {
		return nil, a.explained()
	}
	a.part = func(version string) *evaluated { return values[version] }
	a.add = func(r *release.Release, _ *evaluated) bool {
		b := built[r.Version]
		if b == nil {
			return true
		}
		r.Cases = substitute(b.Cases, r.Cases, ch.cases, func(k *release.Case) string { return k.ID })
		r.Requirements = substitute(b.Requirements, r.Requirements, ch.requirements, func(q *release.Requirement) string { return q.ID })
		// Compiled cases may refer to all former requirements.
		return !slices.ContainsFunc(ch.requirements, func(id string) bool { return b.Requirement(id) != nil && r.Requirement(id) == nil })
	}
	if !a.all(slices.Sorted(maps.Keys(values))) || !a.keepHeaders(built) {
		return nil, errInvalid
	}
	if len(a.errs) > 0 {
		return nil, a.explained()
	}
	return a.compiler, nil
}

// explained returns the errors if all are in files of the user, and otherwise
// errInvalid: then only compiling the whole tells the position of one.
func (c *compiler) explained() error {
	if slices.ContainsFunc(c.errs, func(e spectree.Error) bool { return !slices.Contains(c.Tree.Own, e.Pos.File) }) {
		return errInvalid
	}
	return c.Tree.Tidy(c.errs)
}

// decodedAll returns the compiled releases, by version, or errUnsuitable if they are not
// those of the tree.
func decodedAll(t *spectree.Tree, compiled *release.Releases) (map[string]*release.Release, error) {
	digest, err := Digest(t)
	if err != nil || !compiled.CompiledFrom(digest) {
		return nil, errUnsuitable
	}
	out := map[string]*release.Release{}
	for _, v := range compiled.Versions() {
		c, err := compiled.Get(v)
		if err != nil {
			return nil, errUnsuitable
		}
		if out[v], err = c.Whole(); err != nil {
			return nil, errUnsuitable
		}
	}
	return out, nil
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
