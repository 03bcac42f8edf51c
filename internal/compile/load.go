// Package compile compiles spec trees, which are written in CUE, to releases
// that the engine executes, and reports the errors in them.
package compile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"sync"

	"github.com/ocispec/ocispec/internal/cueerr"
	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/cue/parser"

	"github.com/ocispec/ocispec/engine/release"
)

// Compile compiles a spec tree and returns its releases by version. If the
// files have errors, it returns a [spectree.Errors].
func Compile(t *spectree.Tree) (map[string]*release.Release, error) {
	c, err := compile(t, release.Builtin())
	if err != nil {
		return nil, err
	}
	return c.releases, nil
}

// Vet compiles a spec tree like Compile and checks more: it also returns errors
// for requirements without coverage and for files that are not formatted.
func Vet(t *spectree.Tree) (map[string]*release.Release, error) {
	c, err := compile(t, release.Builtin())
	var errs spectree.Errors
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
		return nil, t.Tidy(errs)
	}
	return c.releases, nil
}

// compile compiles a tree on top of compiled releases or in parts, which takes less time
// and memory. Otherwise, and if these do not explain an error, it compiles the tree as a
// whole.
func compile(t *spectree.Tree, compiled *release.Releases) (*compiler, error) {
	c, err := increment(t, compiled)
	if errors.Is(err, errUnsuitable) {
		c, err = inParts(t)
	}
	if errors.Is(err, errUnsuitable) || errors.Is(err, errInvalid) {
		return asWhole(t)
	}
	return c, err
}

// The errors of ways to compile a tree other than as a whole.
var (
	errUnsuitable = errors.New("the tree cannot be compiled this way")
	errInvalid    = errors.New("the tree has an error")
)

// compiling is held by a compilation, which changes how the program collects garbage.
var compiling sync.Mutex

// asWhole compiles a tree and reports the errors in it.
func asWhole(t *spectree.Tree) (*compiler, error) {
	compiling.Lock()
	defer compiling.Unlock()
	// Evaluation allocates much short-lived memory: collect it less often.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	c, suites, err := evaluate(t)
	if err != nil {
		return nil, err
	}
	for _, v := range suites {
		c.chain(v, suites)
	}
	c.vet()
	if len(c.errs) > 0 {
		return nil, t.Tidy(c.errs)
	}
	return c, nil
}

func newCompiler(t *spectree.Tree) *compiler {
	return &compiler{Explainer: cueerr.Explainer{Tree: t}, releases: map[string]*release.Release{}, at: map[[2]string]spectree.Position{}, places: map[*release.Step]stepPlaces{}}
}

// evaluate returns the suites of all packages, by version.
func evaluate(t *spectree.Tree) (*compiler, map[string]cue.Value, error) {
	insts, err := instances(t)
	if err != nil {
		return nil, nil, err
	}
	ctx := cuecontext.New()
	c := newCompiler(t)
	imported := map[string]bool{}
	for _, i := range insts {
		c.Sources = append(c.Sources, cueerr.ReadSource(i, ctx.BuildInstance(i)))
		for _, dep := range i.Imports {
			imported[dep.ImportPath] = true
		}
	}
	c.Schema = schema(ctx, insts)
	suites := map[string]cue.Value{}
	for _, s := range c.Sources {
		c.errs = append(c.errs, s.Missing()...)
		c.errs = append(c.errs, s.Validators()...)
	}
	c.Missing = c.errs
	for _, s := range c.Sources {
		c.Current = s
		if imported[s.Inst.ImportPath] {
			// Its errors are also those of the package that imports it. It need
			// not be a release.
			if v := s.Value.LookupPath(cue.ParsePath("suite")); v.Err() != nil {
				continue
			}
		} else if err := s.Value.Validate(); err != nil {
			c.add(err)
			continue
		}
		if v := c.suiteOf(s); v.Exists() {
			suites[path.Base(s.Inst.Dir)] = v
		}
	}
	if len(c.errs) > 0 {
		return nil, nil, t.Tidy(c.errs)
	}
	c.Current = nil
	return c, suites, nil
}

// schema returns #Suite of the schemas that one of the packages imports.
func schema(ctx *cue.Context, insts []*build.Instance) cue.Value {
	for _, i := range insts {
		for _, dep := range i.Imports {
			if dep.ImportPath == spectree.SchemasPath {
				return ctx.BuildInstance(dep).LookupPath(cue.ParsePath("#Suite"))
			}
		}
	}
	return cue.Value{}
}

// suiteOf returns the suite of a package. If the package has no valid suite, it
// reports an error and returns a value that does not exist.
func (c *compiler) suiteOf(s *cueerr.Source) cue.Value {
	at := spectree.Position{File: cueerr.At(s.Inst.Files[0].Pos()).File, Line: 1, Column: 1}
	v := s.Value.LookupPath(cue.ParsePath("suite"))
	version, err := v.LookupPath(cue.ParsePath("version")).String()
	dir := path.Base(s.Inst.Dir)
	switch {
	case !v.Exists():
		c.errors(at, "the package has no suite: add suite: s.#Suite & {version: %q, patches: [%q]}", dir, dir)
	case !v.LookupPath(cue.ParsePath("ids")).Exists():
		c.errorAt(v, "suite does not use the schema: write suite: s.#Suite & {…}")
	case err == nil && version != dir:
		c.errorAt(v.LookupPath(cue.ParsePath("version")), "version %q does not match the directory name %q: use the same name", version, dir)
	default:
		return v
	}
	return cue.Value{}
}

// instances loads the packages of all releases.
func instances(t *spectree.Tree) ([]*build.Instance, error) {
	versions, err := spectree.Versions(t)
	if err != nil {
		return nil, err
	}
	if err := packages(t, versions); err != nil {
		return nil, err
	}
	var args []string
	for _, v := range versions {
		args = append(args, "./"+path.Join("specs", v)+":"+spectree.PackageName(v))
	}
	insts := packagesOf(t.FS, args...)
	var errs spectree.Errors
	for _, i := range insts {
		if i.Err != nil {
			errs = append(errs, cueerr.Load(i.Err, versions)...)
		}
	}
	if len(errs) > 0 {
		return nil, t.Tidy(errs)
	}
	return insts, nil
}

// packagesOf loads packages of a spec tree.
func packagesOf(tree fs.FS, args ...string) []*build.Instance {
	return load.Instances(args, &load.Config{
		FS:         tree,
		Dir:        "/",
		FromFSPath: func(p string) string { return cueerr.FSPrefix + p[1:] },
		// A spec tree has no dependencies. Prevent the loader from resolving any.
		Env: []string{"CUE_REGISTRY=none", "HOME=" + os.TempDir()},
	})
}

// packages returns an error for files that the loader would ignore, because
// their package is not that of the release directory.
func packages(t *spectree.Tree, versions []string) error {
	var errs spectree.Errors
	for _, v := range versions {
		files, err := fs.Glob(t, path.Join("specs", v, "*.cue"))
		if err != nil {
			return err
		}
		for _, name := range files {
			b, err := fs.ReadFile(t, name)
			if err != nil {
				return err
			}
			f, err := parser.ParseFile(name, b, parser.PackageClauseOnly)
			if want := spectree.PackageName(v); err == nil && f.PackageName() != want {
				errs = append(errs, spectree.Error{Pos: packagePos(name, f), Msg: fmt.Sprintf("package %q in the directory of release %s: want package %s", f.PackageName(), v, want)})
			}
		}
	}
	if len(errs) > 0 {
		return t.Tidy(errs)
	}
	return nil
}

// packagePos returns the position of the package name in a file, or its start.
func packagePos(name string, f *ast.File) spectree.Position {
	for _, d := range f.Decls {
		if p, ok := d.(*ast.Package); ok {
			return spectree.Position{File: name, Line: p.Name.Pos().Line(), Column: p.Name.Pos().Column()}
		}
	}
	return spectree.Position{File: name, Line: 1, Column: 1}
}
