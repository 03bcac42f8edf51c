package compile_test

import (
	"bytes"
	"maps"
	"os"
	"path"
	"slices"
	"testing"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/compile"
)

// TestBuiltin checks that the embedded compiled form is up to date with the
// embedded sources.
func TestBuiltin(t *testing.T) {
	t.Parallel()
	want, err := compile.AllFiles(spectree.Builtin(ocispec.Source))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]byte{}
	for _, dir := range []string{"../../engine/release/builtin", "../faultproxy/builtin"} {
		es, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range es {
			if ext := path.Ext(e.Name()); ext != release.Suffix && ext != ".json" {
				continue
			}
			if got[e.Name()], err = os.ReadFile(path.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, slices.Sorted(maps.Keys(want))) {
		t.Errorf("compiled files are %v, want %v: run go generate ./...", names, slices.Sorted(maps.Keys(want)))
	}
	for name, b := range want {
		if !bytes.Equal(b, got[name]) {
			t.Errorf("%s is stale: run go generate ./...", name)
		}
	}
}
