package compile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"

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
	ch, ok := changes(t, built)
	if !ok {
		return nil, false
	}
	c := &incremental{compiler: newCompiler(t), change: ch, built: built}
	var parts []part
	for v, r := range built {
		if !slices.ContainsFunc(r.Lineage, func(v string) bool { return ch.definitions[v] != nil }) {
			c.releases[v] = r
			continue
		}
		parts = append(parts, part{v, ch.cases, ch.requirements, ch.definitions[v]})
	}
	for v, names := range ch.definitions {
		if built[v] == nil {
			parts = append(parts, part{version: v, definitions: names})
		}
	}
	if c.suites, ok = evaluateParts(t, parts); !ok {
		return nil, false
	}
	for v := range c.suites {
		c.release(v)
	}
	c.vet()
	return c.releases, len(c.errs) == 0 && c.keeps()
}

// incremental is a compilation on top of compiled releases.
type incremental struct {
	*compiler
	change *change
	built  map[string]*release.Release // by version
	suites map[string]cue.Value        // what is evaluated, by version
}

// release returns a release, compiled on top of those that it extends.
func (c *incremental) release(version string) *release.Release {
	if r := c.releases[version]; r != nil {
		return r
	}
	suite := c.suites[version]
	var prev *release.Release
	if p := suite.LookupPath(cue.ParsePath("prev.version")); p.Exists() {
		prev = c.release(c.str(p))
	}
	r := c.suite(suite, prev)
	if b := c.built[version]; b != nil {
		r.Cases = substitute(b.Cases, r.Cases, c.change.cases, func(k *release.Case) string { return k.ID })
		r.Requirements = substitute(b.Requirements, r.Requirements, c.change.requirements, func(q *release.Requirement) string { return q.ID })
	}
	c.releases[version] = r
	return r
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

// keeps reports whether the releases have what the compiled cases and rules may refer
// to: all former requirements and headers.
func (c *incremental) keeps() bool {
	before, after := map[string]bool{}, map[string]bool{}
	for v, r := range c.releases {
		if r.Version != v || len(r.Patches) == 0 {
			return false
		}
		headers(r, after)
		b := c.built[v]
		if b == nil {
			continue
		}
		headers(b, before)
		for _, id := range c.change.requirements {
			if b.Requirement(id) != nil && r.Requirement(id) == nil {
				return false
			}
		}
	}
	for name := range maps.Keys(before) {
		if !after[name] {
			return false
		}
	}
	return true
}
