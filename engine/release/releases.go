package release

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/ocispec/ocispec/internal/nearest"
)

//go:generate go run ../../internal/generate ../..

//go:embed builtin/*.jsonl
var builtin embed.FS

// Suffix is the suffix of the names of compiled release files. The rest of the
// name is the version.
const Suffix = ".jsonl"

// Releases provides the compiled releases in a directory. It is safe for
// concurrent use.
type Releases struct {
	files  fs.FS
	mu     sync.Mutex
	opened map[string]*Compiled
}

// Builtin returns the built-in releases.
func Builtin() *Releases {
	files, _ := fs.Sub(builtin, "builtin") // "builtin" is a valid path
	return From(files)
}

// From returns the releases in files, each named by its version and [Suffix].
func From(files fs.FS) *Releases { return &Releases{files: files} }

// Open returns the built-in release for a version such as "v1.1", or a patch
// release such as "v1.1.0".
func Open(name string) (*Release, error) { return Builtin().Release(name) }

// Versions lists the versions, oldest first.
func (r *Releases) Versions() []string {
	names, _ := fs.Glob(r.files, "*"+Suffix)
	length := map[string]int{}
	var vs []string
	for _, n := range names {
		v := strings.TrimSuffix(n, Suffix)
		vs = append(vs, v)
		if c, err := r.Get(v); err == nil {
			length[v] = len(c.Release.History)
		}
	}
	slices.SortStableFunc(vs, func(a, b string) int { return length[a] - length[b] })
	return vs
}

// Get returns the compiled release of a version. It reads each file once.
func (r *Releases) Get(version string) (*Compiled, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.opened[version]; c != nil {
		return c, nil
	}
	b, err := fs.ReadFile(r.files, version+Suffix)
	if err != nil {
		return nil, err
	}
	c, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("release %s: %w", version, err)
	}
	if r.opened == nil {
		r.opened = map[string]*Compiled{}
	}
	r.opened[version] = c
	return c, nil
}

// CompiledFrom reports whether there are releases and all were compiled from sources
// with a digest. It reads no more of them than that.
func (r *Releases) CompiledFrom(digest string) bool {
	names, _ := fs.Glob(r.files, "*"+Suffix)
	for _, name := range names {
		f, err := r.files.Open(name)
		if err != nil {
			return false
		}
		d, err := digestOf(f)
		f.Close()
		if err != nil || d != digest {
			return false
		}
	}
	return len(names) > 0
}

// Find returns the compiled release for the name of a version or patch release,
// and the patch release selected by the name.
func (r *Releases) Find(name string) (*Compiled, string, error) {
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
	return nil, "", fmt.Errorf("unknown release %q%s (want one of %s)", name, nearest.DidYouMean(name, known), strings.Join(known, ", "))
}

// Release returns the release for the name of a version or patch release.
func (r *Releases) Release(name string) (*Release, error) {
	c, patch, err := r.Find(name)
	if err != nil {
		return nil, err
	}
	return c.Decode(patch)
}
