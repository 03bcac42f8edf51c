package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/compile"
	"github.com/ocispec/ocispec/model"
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
	f.addDir(cmd)
}

func (f *specFlags) addDir(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "specs", "", "`directory` with CUE files to lay over the built-in ones")
}

// releases opens the releases, built in or with a directory laid over them.
func (f *specFlags) releases() (*compile.Releases, error) {
	if f.dir == "" {
		sub, err := fs.Sub(ocispec.Compiled, "compiled")
		if err != nil {
			return nil, &statusError{statusFault, err}
		}
		return compile.Open(sub), nil
	}
	t, err := f.tree()
	if err != nil {
		return nil, err
	}
	return compile.OpenTree(t, cacheDir())
}

// tree is the spec tree with the directory laid over it.
func (f *specFlags) tree() (*compile.Tree, error) {
	if f.dir == "" {
		return compile.Builtin(ocispec.Source), nil
	}
	if info, err := os.Stat(f.dir); err != nil || !info.IsDir() {
		if err == nil {
			err = fmt.Errorf("%s is not a directory", f.dir)
		}
		return nil, &statusError{statusUsage, fmt.Errorf("--specs: %w", err)}
	}
	t, err := compile.Overlay(ocispec.Source, os.DirFS(f.dir))
	var spec compile.Errors
	if err != nil && !errors.As(err, &spec) {
		return nil, &statusError{statusSpec, fmt.Errorf("%s: %w", f.dir, err)}
	}
	return t, err
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
func (f *specFlags) release() (*model.Release, error) {
	rs, err := f.releases()
	if err != nil {
		return nil, err
	}
	return find(rs, f.spec)
}

// find opens a release by name.
func find(rs *compile.Releases, name string) (*model.Release, error) {
	c, patch, err := rs.Find(name)
	if err != nil {
		return nil, &statusError{statusUsage, err}
	}
	r, err := c.Decode(patch)
	if err != nil {
		return nil, &statusError{statusFault, err}
	}
	return r, nil
}
