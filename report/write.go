package report

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/ocispec/ocispec/result"
)

// Write writes the default formats to files in dir, side by side: the HTML report with
// the results page, the others with r. It creates dir if necessary. It replaces existing
// files only after all formats are rendered; each replacement is atomic. If rendering fails, existing files are unchanged.
func Write(dir string, r, page *result.Run) (err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var formats []Format
	for _, f := range Formats {
		if f.Default {
			formats = append(formats, f)
		}
	}
	temps := make([]string, len(formats))
	defer func() {
		for _, t := range temps {
			if t != "" {
				err = errors.Join(err, os.Remove(t))
			}
		}
	}()
	var all errgroup.Group
	for i, f := range formats {
		all.Go(func() (err error) {
			of := r
			if f.Name == "html" {
				of = page
			}
			if temps[i], err = writeTemp(dir, f, of); err != nil {
				return fmt.Errorf("%s: %w", f.File, err)
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	for i, f := range formats {
		if err := os.Rename(temps[i], filepath.Join(dir, f.File)); err != nil {
			return err
		}
		temps[i] = ""
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
