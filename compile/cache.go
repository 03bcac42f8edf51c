package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/model"
)

// suffix ends the names of compiled releases.
const suffix = ".jsonl"

// Files returns the compiled form of every release of a tree, by file name.
func Files(t *Tree) (map[string][]byte, error) {
	releases, err := Compile(t)
	if err != nil {
		return nil, err
	}
	digest, err := Digest(t)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for v, r := range releases {
		b, err := model.Encode(r, digest)
		if err != nil {
			return nil, err
		}
		files[v+suffix] = b
	}
	return files, nil
}

// Digest identifies the sources of a tree and what compiles them.
func Digest(t *Tree) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "format %d, %s\n", model.Format, cue.LanguageVersion())
	for _, root := range roots {
		err := fs.WalkDir(t, root, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(p) != ".cue" {
				return err
			}
			b, err := fs.ReadFile(t, p)
			fmt.Fprintf(h, "%q %d\n", p, len(b))
			h.Write(b)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Releases finds compiled releases.
type Releases struct {
	compiled fs.FS
}

// Open returns the releases that were compiled with the program.
func Open(compiled fs.FS) *Releases { return &Releases{compiled} }

// OpenTree returns the releases of a spec tree, from the cache if it has them.
// A cache that cannot be read or written is none. An empty directory stands for
// no cache.
func OpenTree(t *Tree, cache string) (*Releases, error) {
	digest, err := Digest(t)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, digest[:32])
	if cache != "" {
		if r := (&Releases{os.DirFS(dir)}); r.fresh(digest) {
			return r, nil
		}
	}
	files, err := Files(t)
	if err != nil {
		return nil, err
	}
	if cache != "" {
		// Without a cache the next run is slower, and nothing else.
		_ = store(dir, files)
	}
	return &Releases{memory(files)}, nil
}

// fresh reports whether every compiled release is of those sources.
func (r *Releases) fresh(digest string) bool {
	vs := r.Versions()
	for _, v := range vs {
		c, err := r.Get(v)
		if err != nil || c.Digest != digest {
			return false
		}
	}
	return len(vs) > 0
}

// store writes a directory of files so that no other process sees it half
// written.
func store(dir string, files map[string][]byte) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, "tmp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(tmp, name), b, 0o666); err != nil {
			return err
		}
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
