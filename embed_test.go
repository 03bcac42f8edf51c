package ocispec_test

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"testing"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/compile"
)

// TestCompiled says whether the embedded compiled form is what the embedded
// sources compile to.
func TestCompiled(t *testing.T) {
	t.Parallel()
	want, err := compile.Files(compile.Builtin(ocispec.Source))
	if err != nil {
		t.Fatal(err)
	}
	got, err := fs.Glob(ocispec.Compiled, "*.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range got {
		b, err := fs.ReadFile(ocispec.Compiled, name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b, want[name]) {
			t.Errorf("compiled/%s is not what specs compile to: run go generate", name)
		}
		delete(want, name)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Errorf("compiled/%s is missing: run go generate", name)
	}
}
