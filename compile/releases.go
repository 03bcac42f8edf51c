package compile

import (
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

// Get opens a release by its version.
func (r *Releases) Get(version string) (*model.Compiled, error) {
	b, err := fs.ReadFile(r.compiled, version+suffix)
	if err != nil {
		return nil, err
	}
	return model.Open(b)
}

// Find opens the release that a version or a patch release names, and returns
// the patch release that is meant.
func (r *Releases) Find(name string) (*model.Compiled, string, error) {
	versions := r.Versions()
	var known []string
	for _, v := range versions {
		c, err := r.Get(v)
		if err != nil {
			return nil, "", err
		}
		if name == v {
			return c, c.Release.Last(), nil
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
	return nil, "", fmt.Errorf("no release %q%s (there are %s)", name, didYouMean(name, known), strings.Join(known, ", "))
}

// Release returns the release that a version or a patch release names.
func (r *Releases) Release(name string) (*model.Release, error) {
	c, patch, err := r.Find(name)
	if err != nil {
		return nil, err
	}
	return c.Decode(patch)
}
