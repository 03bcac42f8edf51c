package compile

import (
	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/engine/release"
)

// assembly compiles releases of which parts are evaluated.
type assembly struct {
	*compiler
	// part returns the part of a release from which to compile it; nil if there is an
	// error in it or no such release.
	part func(version string) *evaluated
	// add completes a release that is compiled from its part and what it inherits. It
	// returns false for errors that it cannot explain.
	add func(*release.Release, *evaluated) bool
}

// all compiles releases and those that they extend, and checks them. It returns false
// for errors that it cannot explain.
func (a *assembly) all(versions []string) bool {
	for _, v := range versions {
		if a.release(v) == nil {
			return false
		}
	}
	a.vet()
	return true
}

// release returns a release, compiled on top of those that it extends; nil if there are
// errors that it cannot explain.
func (a *assembly) release(version string) *release.Release {
	if r := a.releases[version]; r != nil {
		return r
	}
	p := a.part(version)
	if p == nil || !p.suite.LookupPath(cue.ParsePath("ids")).Exists() {
		return nil // it does not use the schema
	}
	var prev *release.Release
	if v := p.suite.LookupPath(cue.ParsePath("prev.version")); v.Exists() {
		if prev = a.release(a.str(v)); prev == nil {
			return nil
		}
	}
	r := a.suite(p.suite, prev)
	if r.Version != version || len(r.Patches) == 0 || !a.add(r, p) {
		return nil
	}
	a.releases[version] = r
	return r
}
