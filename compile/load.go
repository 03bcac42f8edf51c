// Package compile turns spec trees, written in CUE, into releases that the
// engine can execute, and says what is wrong with those that it cannot.
package compile

import (
	"errors"
	"os"
	"path"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"

	"github.com/ocispec/ocispec/model"
)

// Compile evaluates a spec tree and returns its releases by version. The error
// is Errors if the files are wrong.
func Compile(t *Tree) (map[string]*model.Release, error) {
	c, err := compile(t)
	if err != nil {
		return nil, err
	}
	return c.releases, nil
}

// Vet finds everything that is wrong with a spec tree: what keeps it from
// compiling, or else what an author has left undone.
func Vet(t *Tree) error {
	_, err := VetReleases(t)
	return err
}

// VetReleases is Vet that also returns the releases if nothing is wrong.
func VetReleases(t *Tree) (map[string]*model.Release, error) {
	c, err := compile(t)
	var errs Errors
	switch {
	case err == nil:
		c.coverage()
		errs = c.errs
	case !errors.As(err, &errs):
		return nil, err
	}
	format, err := unformatted(t)
	if err != nil {
		return nil, err
	}
	if errs = append(errs, format...); len(errs) > 0 {
		return nil, errs.tidy()
	}
	return c.releases, nil
}

func compile(t *Tree) (*compiler, error) {
	suites, err := evaluate(t)
	if err != nil {
		return nil, err
	}
	c := &compiler{tree: t, releases: map[string]*model.Release{}}
	for _, v := range suites {
		c.chain(v)
	}
	c.vet()
	if len(c.errs) > 0 {
		return nil, c.errs.tidy()
	}
	return c, nil
}

var suitePath = cue.ParsePath("suite")

// evaluate returns the suites that no other suite extends: the rest follow
// from them by prev.
func evaluate(t *Tree) ([]cue.Value, error) {
	versions, err := Versions(t)
	if err != nil {
		return nil, err
	}
	var args []string
	for _, v := range versions {
		args = append(args, "./"+path.Join("specs", v)+":"+packageName(v))
	}
	insts := load.Instances(args, &load.Config{
		FS:         t.FS,
		Dir:        "/",
		FromFSPath: func(p string) string { return fsPrefix + p[1:] },
		// A spec tree has no dependencies: never look for any.
		Env: []string{"CUE_REGISTRY=none", "HOME=" + os.TempDir()},
	})
	var errs Errors
	imported := map[string]bool{}
	for _, i := range insts {
		if i.Err != nil {
			errs = append(errs, cueErrors(i.Err, t)...)
		}
		for _, dep := range i.Imports {
			imported[dep.ImportPath] = true
		}
	}
	if len(errs) > 0 {
		return nil, errs.tidy()
	}
	insts = slices.DeleteFunc(insts, func(i *build.Instance) bool { return imported[i.ImportPath] })
	ctx := cuecontext.New()
	var suites []cue.Value
	for _, i := range insts {
		v := ctx.BuildInstance(i)
		if err := v.Validate(); err != nil {
			errs = append(errs, cueErrors(err, t)...)
			continue
		}
		s := v.LookupPath(suitePath)
		if !s.Exists() {
			errs = append(errs, Error{Position{File: path.Join("specs", path.Base(i.Dir))}, "no suite in it: a release begins with suite: s.#Suite & {version: …, patches: […]}"})
			continue
		}
		suites = append(suites, s)
	}
	if len(errs) > 0 {
		return nil, errs.tidy()
	}
	return suites, nil
}
