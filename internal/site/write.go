package site

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// marker is a file that lists the files of a site. A directory with it was made by
// Write.
const marker = ".ocispec-site"

func isOutput(dir string) bool { return exists(filepath.Join(dir, marker)) }

// Write writes files, by path, to a directory. Those of an earlier site are removed.
// A directory that is neither empty nor made by Write is an error.
func Write(dir string, files map[string][]byte) error {
	if err := usable(dir); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := removeEarlier(root); err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(files))
	// First the list: what a killed Write leaves is removed by the next.
	if err := root.WriteFile(marker, []byte(strings.Join(names, "\n")+"\n"), 0o644); err != nil {
		return err
	}
	for _, n := range names {
		if err := root.MkdirAll(path.Dir(n), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(n, files[n], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// usable returns an error for a directory with files of others, and makes one that
// does not exist.
func usable(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(dir, 0o755)
	case err != nil:
		return err
	case len(entries) > 0 && !isOutput(dir):
		return fmt.Errorf("%s is not empty, and is not a site: name another directory with --out, or empty this one", dir)
	}
	return nil
}

// removeEarlier removes the files that the marker lists, and directories that are
// then empty.
func removeEarlier(root *os.Root) error {
	b, err := root.ReadFile(marker)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, n := range strings.Fields(string(b)) {
		if !filepath.IsLocal(n) {
			return fmt.Errorf("%s: %q is outside of the directory", marker, n)
		}
		if err := root.Remove(n); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for d := path.Dir(n); d != "." && root.Remove(d) == nil; d = path.Dir(d) {
		}
	}
	return nil
}
