package spectree

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Union layers file systems: Open returns the file of the first file system
// that has it, and ReadDir merges the entries of all.
type Union []fs.FS

// Open implements fs.FS.
func (u Union) Open(name string) (fs.File, error) {
	for _, f := range u {
		x, err := f.Open(name)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return x, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir implements fs.ReadDirFS.
func (u Union) ReadDir(name string) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	seen := map[string]bool{}
	found := false
	for _, f := range u {
		es, err := fs.ReadDir(f, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = true
		for _, e := range es {
			if !seen[e.Name()] {
				seen[e.Name()] = true
				all = append(all, e)
			}
		}
	}
	if !found {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}
