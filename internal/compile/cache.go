package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/engine/release"
)

// Files returns the compiled form of every release of a tree, by file name.
func Files(t *spectree.Tree) (map[string][]byte, error) {
	releases, err := Compile(t)
	if err != nil {
		return nil, err
	}
	digest, err := Digest(t)
	if err != nil {
		return nil, err
	}
	return encoded(releases, digest)
}

// encoded returns the compiled form of releases with the digest of their sources, by
// file name.
func encoded(releases map[string]*release.Release, digest string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for v, r := range releases {
		b, err := release.Encode(r, digest)
		if err != nil {
			return nil, err
		}
		files[v+release.Suffix] = b
	}
	return files, nil
}

// Digest returns a digest of the sources of a tree's releases and of the
// version of the compiler.
func Digest(t *spectree.Tree) (string, error) { return digestOf(t, roots...) }

func digestOf(t *spectree.Tree, roots ...string) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "format %d, %s\n", release.Format, cue.LanguageVersion())
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

// OpenTree returns the releases of a spec tree: the built-in ones if they have the
// same sources, or those of the cache directory if it has them. Otherwise it
// compiles them and stores them there. It ignores errors of the cache. An empty
// cache means no cache.
func OpenTree(t *spectree.Tree, cache string) (*release.Releases, error) {
	digest, err := Digest(t)
	if err != nil {
		return nil, err
	}
	builtin := release.Builtin()
	if builtin.CompiledFrom(digest) {
		return builtin, nil
	}
	dir := filepath.Join(cache, cacheKey(digest))
	if cache != "" {
		if files, ok := cached(dir); ok {
			if r := release.From(memory(files)); r.CompiledFrom(digest) {
				return r, nil
			}
		}
	}
	c, err := compile(t, builtin)
	if err != nil {
		return nil, err
	}
	files, err := encoded(c.releases, digest)
	if err != nil {
		return nil, err
	}
	if cache != "" {
		// An error only makes the next run slower.
		_ = store(dir, files)
		prune(cache)
	}
	return release.From(memory(files)), nil
}

// cacheKey returns the name of the cache directory for a digest of sources. It
// depends on the build of the program, since another build may compile them
// differently.
func cacheKey(digest string) string {
	h := sha256.New()
	fmt.Fprintln(h, digest)
	if info, ok := debug.ReadBuildInfo(); ok {
		fmt.Fprintln(h, info)
	}
	if exe, err := os.Executable(); err == nil {
		if info, err := os.Stat(exe); err == nil {
			fmt.Fprintln(h, info.Size(), info.ModTime().UnixNano())
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// cacheSize is the number of trees that the cache keeps.
const cacheSize = 16

// prune removes the oldest entries of the cache beyond cacheSize.
func prune(cache string) {
	es, err := os.ReadDir(cache)
	if err != nil || len(es) <= cacheSize {
		return
	}
	age := map[string]time.Time{}
	for _, e := range es {
		if info, err := e.Info(); err == nil {
			age[e.Name()] = info.ModTime()
		}
	}
	slices.SortFunc(es, func(a, b fs.DirEntry) int { return age[b.Name()].Compare(age[a.Name()]) })
	for _, e := range es[cacheSize:] {
		if len(e.Name()) == 32 || strings.HasPrefix(e.Name(), tmpPrefix) {
			_ = os.RemoveAll(filepath.Join(cache, e.Name()))
		}
	}
}

// tmpPrefix is the prefix of directories that are being written.
const tmpPrefix = "tmp-"

// sumFile is the file with the digest of the other files of a cache directory.
const sumFile = "SHA256"

// sum returns a digest of names and contents of files.
func sum(files map[string][]byte) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%q %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// cached returns the files of a cache directory, and false if it does not exist
// or its files have changed since store wrote them.
func cached(dir string) (map[string][]byte, bool) {
	want, err := os.ReadFile(filepath.Join(dir, sumFile))
	if err != nil {
		return nil, false
	}
	es, err := os.ReadDir(dir)
	if err != nil {
		return nil, false
	}
	files := map[string][]byte{}
	for _, e := range es {
		if path.Ext(e.Name()) != release.Suffix {
			continue
		}
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, false
		}
	}
	return files, sum(files) == string(want)
}

// store writes a cache directory atomically. It replaces an existing one that
// is corrupt.
func store(dir string, files map[string][]byte) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, tmpPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(tmp, name), b, 0o666); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(tmp, sumFile), []byte(sum(files)), 0o666); err != nil {
		return err
	}
	if os.Rename(tmp, dir) == nil {
		return nil
	}
	if _, ok := cached(dir); ok {
		return nil // another process was faster
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}

// memory returns a file system of in-memory files.
func memory(files map[string][]byte) fs.FS {
	m := fstest.MapFS{}
	for name, b := range files {
		m[name] = &fstest.MapFile{Data: b, Mode: 0o444}
	}
	return m
}
