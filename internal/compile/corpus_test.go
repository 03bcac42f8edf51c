package compile

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/ocispec/ocispec"
)

var update = flag.Bool("update", false, "write the expected output of testdata/broken")

// base returns a spec tree that is small enough to be evaluated in every test.
func base(t testing.TB) fs.FS {
	t.Helper()
	a, err := readTxtar("testdata/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return spectree.Union{archive(a), schemasOnly()}
}

// schemasOnly is the spec tree of the repository without its releases.
func schemasOnly() fs.FS { return withoutReleases{ocispec.Source} }

type withoutReleases struct{ fs.FS }

func (w withoutReleases) Open(name string) (fs.File, error) {
	if name == "specs" || strings.HasPrefix(name, "specs/") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.FS.Open(name)
}

// want is the name of the archive file with the expected output.
const want = "want"

func archive(a *txtar) fstest.MapFS {
	m := fstest.MapFS{}
	for _, f := range a.files {
		if f.name != want {
			m[f.name] = &fstest.MapFile{Data: f.data, Mode: 0o444}
		}
	}
	return m
}

// TestBroken compiles invalid spec trees and compares the errors.
func TestBroken(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/broken/*.txtar")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d broken trees: %v", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := readTxtar(name)
			if err != nil {
				t.Fatal(err)
			}
			got := complaints(t, archive(a))
			wellSaid(t, archive(a), got)
			golden(t, name, a, got.Error()+"\n")
		})
	}
}

// complaints returns all errors of a directory laid over the base tree.
func complaints(t *testing.T, dir fs.FS) spectree.Errors {
	t.Helper()
	tree, err := Overlay(base(t), dir)
	if err == nil {
		_, err = Vet(tree)
	}
	var errs spectree.Errors
	if err == nil || !errors.As(err, &errs) {
		t.Fatalf("not a spectree.Errors: %v", err)
	}
	return errs
}

// jargon lists terms of CUE that must not appear in messages.
var jargon = []string{"conjunct", "disjunction", "_|_", "incomplete", "\n", "cycle", "non-concrete", "%!", "#Case.", "ocispec:/", "invalid interpolation"}

// wellSaid reports errors without a position in the author's files, and
// messages with terms of CUE.
func wellSaid(t *testing.T, dir fstest.MapFS, errs spectree.Errors) {
	t.Helper()
	for _, e := range errs {
		if dir[e.Pos.File] == nil {
			t.Errorf("position is not in a file of the author: %v", e)
		}
		if e.Pos.Line < 1 || e.Pos.Column < 1 {
			t.Errorf("line and column are missing: %v", e)
		}
		for _, j := range jargon {
			if strings.Contains(e.Msg, j) {
				t.Errorf("%q in %v", j, e)
			}
		}
	}
}

func golden(t *testing.T, name string, a *txtar, got string) {
	t.Helper()
	var old string
	files := a.files[:0:0]
	for _, f := range a.files {
		if f.name == want {
			old = string(f.data)
		} else {
			files = append(files, f)
		}
	}
	if got == old {
		return
	}
	if !*update {
		t.Errorf("got\n%swant\n%s", got, old)
		return
	}
	a.files = append(files, txtarFile{want, []byte(got)})
	if err := os.WriteFile(name, a.bytes(), 0o666); err != nil {
		t.Error(err)
	}
}
