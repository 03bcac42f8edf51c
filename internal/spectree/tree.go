// Package spectree holds the files that releases are compiled from, and the
// errors in them.
package spectree

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// SchemasPath is the import path of the language's schemas.
const SchemasPath = "github.com/ocispec/ocispec/schemas"

// Tree is a spec tree: the CUE files that releases are compiled from.
type Tree struct {
	fs.FS
	// Own lists the files of the user, relative to the root of the tree.
	Own []string
	// at maps each of them to its path relative to the user's directory.
	at map[string]string
	// base is the tree without the files of the user; nil if there are none.
	base fs.FS
}

// ReadDir implements fs.ReadDirFS. A directory that Open returns lists the
// entries of one layer only.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(t.FS, name) }

// Builtin returns a tree of the built-in releases only.
func Builtin(source fs.FS) *Tree { return &Tree{FS: source} }

// Over returns a tree in which the user's files hide those of source. at maps
// the name of each file in the tree to its path in the user's directory.
func Over(source, files fs.FS, at map[string]string) *Tree {
	return &Tree{FS: Union{files, source}, Own: slices.Sorted(maps.Keys(at)), at: at, base: source}
}

// Base returns the tree without the files of the user.
func (t *Tree) Base() *Tree {
	if t.base == nil {
		return t
	}
	return Builtin(t.base)
}

// Origin returns the path, in the user's directory, of a file of the tree. It
// returns false if the file is not the user's.
func (t *Tree) Origin(file string) (string, bool) {
	from, ok := t.at[file]
	return from, ok
}

// Author maps a position in the tree to the file of the user, if it has one.
func (t *Tree) Author(p Position) Position {
	if at, ok := t.at[p.File]; ok {
		p.File = at
	}
	return p
}

// Versions returns the releases of a tree: the directories under specs that
// contain CUE files.
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

// PackageName returns the name of the CUE package of a release. A package name
// cannot contain a dot.
func PackageName(version string) string { return strings.ReplaceAll(version, ".", "_") }
