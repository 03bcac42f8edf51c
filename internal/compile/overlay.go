package compile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"

	"github.com/ocispec/ocispec/internal/cueerr"
	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/parser"
)

// roots are the directories that releases are compiled from, allRoots all
// directories of a spec tree.
var (
	roots    = []string{"schemas", "specs"}
	allRoots = append(roots[:2:2], variantsRoot, faultsRoot)
)

// Overlay returns the built-in tree with the files of a directory laid over it.
// The directory mirrors the tree (specs/v1.1/mine.cue), or has the files of a
// release at its top level; their package clause (package v1_1) selects the
// release.
func Overlay(source, dir fs.FS) (*spectree.Tree, error) {
	at, over := map[string]string{}, fstest.MapFS{}
	add := func(to, from string) error {
		b, err := fs.ReadFile(dir, from)
		if err != nil {
			return err
		}
		over[to] = &fstest.MapFile{Data: b, Mode: 0o444}
		at[to] = from
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
	if len(at) == 0 {
		return nil, fmt.Errorf("the directory has no CUE files: add them at its top level, or under specs/ and schemas/")
	}
	return spectree.Over(source, over, at), nil
}

// place returns the path in the tree of a file at the top level of the
// directory.
func place(source, dir fs.FS, name string) (string, error) {
	b, err := fs.ReadFile(dir, name)
	if err != nil {
		return "", err
	}
	f, err := parser.ParseFile(name, b, parser.PackageClauseOnly)
	if err != nil {
		return "", cueerr.Load(err, nil)
	}
	versions, err := spectree.Versions(source)
	if err != nil {
		return "", err
	}
	pkg := f.PackageName()
	var names []string
	for _, v := range versions {
		if spectree.PackageName(v) == pkg {
			return path.Join("specs", v, name), nil
		}
		names = append(names, "package "+spectree.PackageName(v))
	}
	msg := fmt.Sprintf("package %q does not name a release", pkg)
	if pkg == "" {
		msg = "the file has no package clause"
	}
	return "", spectree.Errors{{Pos: packagePos(name, f), Msg: fmt.Sprintf("%s: use %s, or put the file in a directory of its own under specs/", msg, strings.Join(names, " or "))}}
}
