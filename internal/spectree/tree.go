// Package spectree holds the files that releases are compiled from, and what is
// wrong with them.
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

// Over returns a tree with the user's files laid over source. at says where in
// the user's directory each of them was, by its name in the tree.
func Over(source, files fs.FS, at map[string]string) *Tree {
	return &Tree{FS: Union{files, source}, Own: slices.Sorted(maps.Keys(at)), at: at}
}

// Origin says where in the user's directory a file of the tree was. It is false
// for the files that are not the user's.
func (t *Tree) Origin(file string) (string, bool) {
	from, ok := t.at[file]
	return from, ok
}

// Author is where the user has what is at a position of the tree.
func (t *Tree) Author(p Position) Position {
	if at, ok := t.at[p.File]; ok {
		p.File = at
	}
	return p
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

// PackageName is the CUE package of a release: no dot may be in it.
func PackageName(version string) string { return strings.ReplaceAll(version, ".", "_") }
