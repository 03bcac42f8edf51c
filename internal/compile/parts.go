package compile

import (
	"cmp"
	"maps"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"
	"golang.org/x/sync/errgroup"

	"github.com/ocispec/ocispec/engine/release"
)

// What inParts evaluates is garbage as soon as it is compiled: more at once takes more
// memory.
const (
	chunk   = 24 // cases that are evaluated together
	workers = 2  // chunks that are evaluated at the same time
	// softLimit is the memory that is used before garbage is collected, in bytes. If more
	// is in use, collecting takes at most half of the time.
	softLimit = 220 << 20
)

// inParts compiles a tree in parts, which takes less time and memory than evaluating
// each package as a whole. The result is the same. It returns errInvalid if it finds an
// error, and errUnsuitable if it cannot tell whether there is one.
func inParts(t *spectree.Tree) (*compiler, error) {
	compiling.Lock()
	defer compiling.Unlock()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(softLimit, debug.SetMemoryLimit(-1))))
	l, err := loadAll(t)
	if err != nil {
		return nil, errInvalid
	}
	ch := &change{fields: map[string][]string{}}
	for v, inst := range l {
		for _, f := range inst.Files {
			if !ch.file(f, v, true) {
				return nil, errUnsuitable
			}
		}
		if l.expose(v, ch.fields[v]) != nil {
			return nil, errUnsuitable
		}
	}
	a := &assembly{compiler: newCompiler(t)}
	a.part = func(version string) *evaluated {
		if l[version] == nil {
			return nil
		}
		c := newCompiler(t)
		x, ok := l.evaluate(c, part{version: version, requirements: ids{all: true}})
		if !ok || len(c.errs) > 0 {
			return nil
		}
		return x[version]
	}
	a.add = func(r *release.Release, x *evaluated) bool {
		return a.rest(l, r, x.cases, ch.fields[r.Version])
	}
	if !a.all(slices.Sorted(maps.Keys(l))) || len(a.errs) > 0 {
		return nil, errInvalid
	}
	return a.compiler, nil
}

// rest evaluates the cases of a release with the given ids, and the given fields beside
// suite. It adds the cases to the release, and reports whether it finds no error.
func (a *assembly) rest(l loaded, r *release.Release, caseIDs, fields []string) bool {
	var g errgroup.Group
	g.SetLimit(workers)
	var mu sync.Mutex // for a and own
	var own []*release.Case
	evaluate := func(p part) {
		g.Go(func() error {
			c := newCompiler(a.Tree)
			x, ok := l.evaluate(c, p)
			if !ok || len(c.errs) > 0 {
				return errInvalid
			}
			var cases []*release.Case
			for _, f := range c.entries(x[r.Version].suite.LookupPath(cue.ParsePath("cases"))) {
				cases = append(cases, c.kase(r, f))
			}
			mu.Lock()
			defer mu.Unlock()
			a.errs = append(a.errs, c.errs...)
			a.refs = append(a.refs, c.refs...)
			a.headerRefs = append(a.headerRefs, c.headerRefs...)
			own = append(own, cases...)
			return nil
		})
	}
	for some := range slices.Chunk(caseIDs, chunk) {
		evaluate(part{version: r.Version, cases: ids{some: some}})
	}
	evaluate(part{version: r.Version, fields: fields})
	if g.Wait() != nil {
		return false
	}
	for _, k := range own {
		r.Cases = put(r.Cases, k, func(k *release.Case) string { return k.ID })
	}
	slices.SortFunc(r.Cases, func(a, b *release.Case) int { return cmp.Compare(a.ID, b.ID) })
	return true
}
