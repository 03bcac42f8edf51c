package compile

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/ocispec/ocispec/model"
)

func memory(files map[string][]byte) fs.FS {
	m := fstest.MapFS{}
	for name, b := range files {
		m[name] = &fstest.MapFile{Data: b, Mode: 0o444}
	}
	return m
}

// Versions lists the releases, oldest first.
func (r *Releases) Versions() []string {
	names, _ := fs.Glob(r.compiled, "*"+suffix)
	length := map[string]int{}
	var vs []string
	for _, n := range names {
		v := strings.TrimSuffix(n, suffix)
		vs = append(vs, v)
		if c, err := r.Get(v); err == nil {
			length[v] = len(c.Release.History)
		}
	}
	slices.SortStableFunc(vs, func(a, b string) int { return length[a] - length[b] })
	return vs
}

// Get opens a release by its version. Each is read once.
func (r *Releases) Get(version string) (*model.Compiled, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.opened[version]; c != nil {
		return c, nil
	}
	b, err := fs.ReadFile(r.compiled, version+suffix)
	if err != nil {
		return nil, err
	}
	c, err := model.Open(b)
	if err != nil {
		return nil, fmt.Errorf("release %s: %w", version, err)
	}
	if r.opened == nil {
		r.opened = map[string]*model.Compiled{}
	}
	r.opened[version] = c
	return c, nil
}

// Find opens the release that a version or a patch release names, and returns
// the patch release that is meant.
func (r *Releases) Find(name string) (*model.Compiled, string, error) {
	if !strings.ContainsAny(name, `/\`) {
		if c, err := r.Get(name); err == nil {
			return c, c.Release.Last(), nil
		} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
			return nil, "", err
		}
	}
	var known []string
	for _, v := range r.Versions() {
		c, err := r.Get(v)
		if err != nil {
			return nil, "", err
		}
		if slices.Contains(c.Release.Patches, name) {
			return c, name, nil
		}
		known = append(known, v)
		for _, p := range c.Release.Patches {
			if p != v {
				known = append(known, p)
			}
		}
	}
	return nil, "", fmt.Errorf("no release %q%s (there are %s)", name, DidYouMean(name, known), strings.Join(known, ", "))
}

// Release returns the release that a version or a patch release names.
func (r *Releases) Release(name string) (*model.Release, error) {
	c, patch, err := r.Find(name)
	if err != nil {
		return nil, err
	}
	return c.Decode(patch)
}
