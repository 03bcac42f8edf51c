package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/compile"
)

// defaultSpec is the release that is meant where none is given.
const defaultSpec = "v1.1"

// specFlags are the flags that choose a release.
type specFlags struct {
	spec string
	dir  string
}

func (f *specFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.spec, "spec", defaultSpec, "`release` of the specification, as in v1.0, v1.1.0 or dev")
	cmd.RegisterFlagCompletionFunc("spec", f.completeReleases)
	f.addDir(cmd)
}

func (f *specFlags) addDir(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "specs", "", "`directory` of CUE files to lay over the built-in ones")
}

// library is the loaded releases, and where their sources are.
type library struct {
	*release.Releases
	tree *spectree.Tree // nil for the built-in releases
	dir  string
}

// releases opens the releases, built in or with a directory laid over them.
func (f *specFlags) releases() (*library, error) {
	if f.dir == "" {
		return &library{Releases: release.Builtin()}, nil
	}
	t, err := openTree("--specs", f.dir)
	if err != nil {
		return nil, err
	}
	rs, err := compile.OpenTree(t, cacheDir())
	if err != nil {
		return nil, relocate(err, t, f.dir)
	}
	return &library{rs, t, f.dir}, nil
}

// openTree is the spec tree with a directory laid over it; without a directory
// it is the built-in one.
func openTree(name, dir string) (*spectree.Tree, error) {
	if dir == "" {
		return spectree.Builtin(ocispec.Source), nil
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, usage("%s: %v", name, err)
	} else if !info.IsDir() {
		return nil, usage("%s: %s is not a directory", name, dir)
	}
	t, err := compile.Overlay(ocispec.Source, os.DirFS(dir))
	var spec spectree.Errors
	if err != nil && !errors.As(err, &spec) {
		return nil, &statusError{statusSpec, fmt.Errorf("%s: %w", dir, err)}
	}
	return t, relocate(err, nil, dir)
}

// relocate turns the positions of spec errors into those of files that the
// author can open. Without a tree they are relative to the directory.
func relocate(err error, t *spectree.Tree, dir string) error {
	var errs spectree.Errors
	if !errors.As(err, &errs) {
		return err
	}
	out := make(spectree.Errors, len(errs))
	for i, e := range errs {
		e.Pos.File = origin(e.Pos.File, t, dir)
		out[i] = e
	}
	return out
}

// origin is where the user has a file that is named as in the tree, or as in
// the user's directory. Those that are built in keep their name.
func origin(file string, t *spectree.Tree, dir string) string {
	if t == nil {
		return filepath.Join(dir, filepath.FromSlash(file))
	}
	for _, own := range t.Own {
		if from, ok := t.Origin(own); ok && (file == own || file == from) {
			return filepath.Join(dir, filepath.FromSlash(from))
		}
	}
	return file
}

// place is a position in a file that the author can open.
func (l *library) place(p release.Pos) string {
	file, rest, ok := strings.Cut(string(p), ":")
	if l.tree == nil || !ok {
		return string(p)
	}
	return origin(file, l.tree, l.dir) + ":" + rest
}

// all opens every release, each in its last patch release, oldest first.
func (l *library) all() ([]*release.Release, error) {
	var out []*release.Release
	for _, v := range l.Versions() {
		c, err := l.Get(v)
		if err != nil {
			return nil, &statusError{statusFault, err}
		}
		out = append(out, c.Release)
	}
	return out, nil
}

// cacheDir is where compiled releases are kept, or "" if there is no such
// place.
func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "ocispec")
}

// release opens the release that was chosen.
func (f *specFlags) release() (*release.Release, error) {
	rs, err := f.releases()
	if err != nil {
		return nil, err
	}
	return rs.find(f.spec)
}

// find opens a release by name.
func (l *library) find(name string) (*release.Release, error) {
	c, patch, err := l.Find(name)
	if err != nil {
		return nil, &statusError{statusUsage, err}
	}
	r, err := c.Decode(patch)
	if err != nil {
		return nil, &statusError{statusFault, err}
	}
	return r, nil
}
