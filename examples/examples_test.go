package examples

import (
	"context"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/compile"
	"github.com/ocispec/ocispec/registry"
	"github.com/ocispec/ocispec/result"
)

// TestSpecs runs the examples in CUE against the model registry.
func TestSpecs(t *testing.T) {
	t.Parallel()
	releases := load(t, "case", "release")
	for _, tt := range []struct{ spec, cases string }{
		{"v1.1", "example-"},
		{"strict", "referrers-"},
	} {
		rel, err := releases.Release(tt.spec)
		if err != nil {
			t.Fatal(err)
		}
		res := run(t, rel, func(id string) bool { return strings.HasPrefix(id, tt.cases) })
		if res.Outcome != result.Pass || len(res.Cases) == 0 {
			t.Errorf("%s: %d cases, outcome %s, findings %v", tt.spec, len(res.Cases), res.Outcome, res.Findings)
		}
	}
}

// load compiles the built-in releases with directories laid over them.
func load(t *testing.T, dirs ...string) *release.Releases {
	t.Helper()
	all := t.TempDir()
	for _, dir := range dirs {
		if err := os.CopyFS(all, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := compile.Overlay(ocispec.Source, os.DirFS(all))
	if err != nil {
		t.Fatal(err)
	}
	releases, err := compile.OpenTree(tree, "")
	if err != nil {
		t.Fatal(err)
	}
	return releases
}

func run(t *testing.T, rel *release.Release, selected func(string) bool) *result.Run {
	t.Helper()
	reg, err := registry.New(registry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(reg)
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	target := engine.Target{URL: u, Repo: "examples/a", Other: "examples/b"}
	res, err := engine.Run(context.Background(), rel, target, nil, engine.Options{Select: selected})
	if err != nil {
		t.Fatal(err)
	}
	return res
}
