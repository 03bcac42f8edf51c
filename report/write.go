package report

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ocispec/ocispec/result"
)

// Write writes the default formats to files in dir, which it creates if
// necessary. It replaces existing files only after all formats are rendered;
// each replacement is atomic. If rendering fails, existing files are unchanged.
func Write(dir string, r *result.Run) (err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	temps := map[string]string{}
	defer func() {
		for _, t := range temps {
			err = errors.Join(err, os.Remove(t))
		}
	}()
	for _, f := range Formats {
		if !f.Default {
			continue
		}
		t, err := writeTemp(dir, f, r)
		if t != "" {
			temps[f.File] = t
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.File, err)
		}
	}
	for _, f := range Formats {
		if t, ok := temps[f.File]; ok {
			if err := os.Rename(t, filepath.Join(dir, f.File)); err != nil {
				return err
			}
			delete(temps, f.File)
		}
	}
	return nil
}

// writeTemp writes a format to a temporary file and returns its name, or "" if
// no file was created.
func writeTemp(dir string, f Format, r *result.Run) (name string, err error) {
	t, err := os.CreateTemp(dir, "."+f.File+".*")
	if err != nil {
		return "", err
	}
	b := bufio.NewWriter(t)
	err = errors.Join(
		f.Render(b, r),
		b.Flush(),
		t.Chmod(0o644), // readable by other users
		t.Sync(),
		t.Close(),
	)
	return t.Name(), err
}
