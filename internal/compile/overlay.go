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

// roots are the directories that releases are compiled from, and allRoots those
// that a spec tree has its files in.
var (
	roots    = []string{"schemas", "specs"}
	allRoots = append(roots[:2:2], variantsRoot, faultsRoot)
)

// Overlay lays a directory over the built-in tree. The directory mirrors the
// tree (specs/v1.1/mine.cue), or has files of a release at its top, which
// their package clause assigns (package v1_1).
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
		return nil, fmt.Errorf("no CUE file in it: put files at its top, or under specs/ and schemas/")
	}
	return spectree.Over(source, over, at), nil
}

// place returns where in the tree a file at the top of a directory belongs.
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
	msg := fmt.Sprintf("package %q is no release", pkg)
	if pkg == "" {
		msg = "the file has no package clause"
	}
	return "", spectree.Errors{{Pos: packagePos(name, f), Msg: fmt.Sprintf("%s: begin it with %s, or put it in a directory of its own under specs/", msg, strings.Join(names, " or "))}}
}
