package compile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"cuelang.org/go/cue/parser"
)

// Tree is a spec tree: the files that releases are compiled from.
type Tree struct {
	fs.FS
	// Own lists the files that are the user's, relative to the tree's root.
	Own []string
	// at says where each of them was, relative to the user's directory.
	at map[string]string
}

// ReadDir implements fs.ReadDirFS: a union is of more than Open says.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(t.FS, name) }

// Builtin returns the tree of the built-in releases alone.
func Builtin(source fs.FS) *Tree { return &Tree{FS: source} }

// Origin says where in the user's directory a file of the tree was. It is false
// for the files that are not the user's.
func (t *Tree) Origin(file string) (string, bool) {
	from, ok := t.at[file]
	return from, ok
}

// author is where the user has what is at a position of the tree.
func (t *Tree) author(p Position) Position {
	if at, ok := t.at[p.File]; ok {
		p.File = at
	}
	return p
}

// tidy sorts errors and puts them where the user has the files.
func (t *Tree) tidy(errs Errors) Errors {
	for i := range errs {
		errs[i].Pos = t.author(errs[i].Pos)
	}
	return errs.tidy()
}

// roots are the directories that releases are compiled from, and allRoots those
// that a spec tree has its files in.
var (
	roots    = []string{"schemas", "specs"}
	allRoots = append(roots[:2:2], variantsRoot, faultsRoot)
)

// Overlay lays a directory over the built-in tree. The directory mirrors the
// tree (specs/v1.1/mine.cue), or has files of a release at its top, which
// their package clause assigns (package v1_1).
func Overlay(source, dir fs.FS) (*Tree, error) {
	t := &Tree{at: map[string]string{}}
	over := fstest.MapFS{}
	add := func(to, from string) error {
		b, err := fs.ReadFile(dir, from)
		if err != nil {
			return err
		}
		over[to] = &fstest.MapFile{Data: b, Mode: 0o444}
		t.Own = append(t.Own, to)
		t.at[to] = from
		return nil
	}
	top, err := fs.Glob(dir, "*.cue")
	if err != nil {
		return nil, err
	}
	for _, name := range top {
		to, err := place(source, dir, name)
		if err != nil {
			return nil, err
		}
		if err := add(to, name); err != nil {
			return nil, err
		}
	}
	for _, root := range allRoots {
		err := fs.WalkDir(dir, root, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(p) != ".cue" {
				return err
			}
			return add(p, p)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if len(t.Own) == 0 {
		return nil, fmt.Errorf("no CUE file in it: put files at its top, or under specs/ and schemas/")
	}
	slices.Sort(t.Own)
	t.FS = union{over, source}
	return t, nil
}

// place returns where in the tree a file at the top of a directory belongs.
func place(source, dir fs.FS, name string) (string, error) {
	b, err := fs.ReadFile(dir, name)
	if err != nil {
		return "", err
	}
	f, err := parser.ParseFile(name, b, parser.PackageClauseOnly)
	if err != nil {
		return "", loadErrors(err, nil)
	}
	versions, err := Versions(source)
	if err != nil {
		return "", err
	}
	pkg := f.PackageName()
	var names []string
	for _, v := range versions {
		if packageName(v) == pkg {
			return path.Join("specs", v, name), nil
		}
		names = append(names, "package "+packageName(v))
	}
	msg := fmt.Sprintf("package %q is no release", pkg)
	if pkg == "" {
		msg = "the file has no package clause"
	}
	return "", Errors{{packagePos(name, f), fmt.Sprintf("%s: begin it with %s, or put it in a directory of its own under specs/", msg, strings.Join(names, " or "))}}
}

// Versions lists the releases of a tree: the directories under specs that have
// CUE files.
func Versions(fsys fs.FS) ([]string, error) {
	es, err := fs.ReadDir(fsys, "specs")
	if err != nil {
		return nil, err
	}
	var vs []string
	for _, e := range es {
		if !e.IsDir() {
			continue
		}
		m, err := fs.Glob(fsys, path.Join("specs", e.Name(), "*.cue"))
		if err != nil {
			return nil, err
		}
		if len(m) > 0 {
			vs = append(vs, e.Name())
		}
	}
	return vs, nil
}

// packageName is the CUE package of a release: no dot may be in it.
func packageName(version string) string { return strings.ReplaceAll(version, ".", "_") }
