package compile

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/format"
)

// unformatted returns an error for each file that cue fmt would change: in the
// user's files or, in a tree without any, in all files.
func unformatted(t *spectree.Tree) (spectree.Errors, error) {
	var errs spectree.Errors
	for _, root := range allRoots {
		err := fs.WalkDir(t, root, func(p string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && p == root {
				return nil
			}
			if err != nil || d.IsDir() || path.Ext(p) != ".cue" || len(t.Own) > 0 && !slices.Contains(t.Own, p) {
				return err
			}
			b, err := fs.ReadFile(t, p)
			if err != nil {
				return err
			}
			want, err := format.Source(b)
			if err != nil || bytes.Equal(b, want) {
				return nil // syntax errors are reported elsewhere
			}
			line := 1 + bytes.Count(b[:differ(b, want)], []byte("\n"))
			errs = append(errs, spectree.Error{Pos: spectree.Position{File: p, Line: line, Column: 1}, Msg: "not formatted: run cue fmt"})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return errs, nil
}

// differ returns the offset of the first difference of two texts.
func differ(a, b []byte) int {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return len(a)
}
