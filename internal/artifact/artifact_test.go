package artifact

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"

	"github.com/ocispec/ocispec/registry"
)

// serve starts the model registry and returns the name of a repository.
func serve(t *testing.T) string {
	h, err := registry.New(registry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://") + "/results"
}

func TestPushPull(t *testing.T) {
	repo, ctx := serve(t), context.Background()
	from, to := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"results.json": "{}", "report.html": "<html>", "secret.txt": "x"} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // a second push replaces the first
		if err := Push(ctx, from, repo+":zot-v1.1", true); err != nil {
			t.Fatal(err)
		}
	}
	if err := Pull(ctx, repo+":zot-v1.1", to, true); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadDir(to)
	if err != nil || len(got) != 2 || got[0].Name() != "report.html" || got[1].Name() != "results.json" {
		t.Errorf("read %v, %v", got, err)
	}
	if b, _ := os.ReadFile(filepath.Join(to, "report.html")); string(b) != "<html>" {
		t.Errorf("report.html is %q", b)
	}
	for reference, want := range map[string]string{
		repo:                 "has no tag",
		repo + ":other":      "not found",
		"not a reference":    "invalid reference",
		"127.0.0.1:1/x:none": "connection refused",
	} {
		if err := Pull(ctx, reference, to, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", reference, err, want)
		}
	}
}

// TestHostile reads artifacts of a registry that means harm.
func TestHostile(t *testing.T) {
	repo, ctx := serve(t), context.Background()
	to, err := repository(repo+":x", true)
	if err != nil {
		t.Fatal(err)
	}
	layer := func(title, text string) ocispec.Descriptor {
		d := content.NewDescriptorFromBytes("text/plain", []byte(text))
		if err := to.Push(ctx, d, bytes.NewReader([]byte(text))); err != nil && !strings.Contains(err.Error(), "exists") {
			t.Fatal(err)
		}
		d.Annotations = map[string]string{ocispec.AnnotationTitle: title}
		return d
	}
	large := layer("results.json", "{}")
	large.Size = maxFile + 1
	for name, tt := range map[string]struct {
		artifactType string
		layers       []ocispec.Descriptor
		want         string
	}{
		"another-type": {"application/vnd.example", nil, `has the type "application/vnd.example"`},
		"too-large":    {Type, []ocispec.Descriptor{large}, "are more than"},
		"elsewhere":    {Type, []ocispec.Descriptor{layer("../results.json", "x"), layer("/tmp/results.json", "x")}, "has no results.json"},
		"nothing":      {Type, nil, "has no results.json"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := oras.PackManifest(ctx, to, oras.PackManifestVersion1_1, tt.artifactType, oras.PackManifestOptions{Layers: tt.layers})
			if err != nil {
				t.Fatal(err)
			}
			if err := to.Tag(ctx, m, name); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "in")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			err = Pull(ctx, repo+":"+name, dir, true)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v; want %s", err, tt.want)
			}
			for _, d := range []string{dir, filepath.Dir(dir)} {
				if found, _ := filepath.Glob(filepath.Join(d, "*.json")); len(found) > 0 {
					t.Errorf("wrote %v", found)
				}
			}
		})
	}
}

func TestCheckRepository(t *testing.T) {
	for name, want := range map[string]string{
		"registry.example.com/a/b": "",
		"registry.example.com":     "missing registry or repository",
		"registry.example.com/a:b": `has the tag or digest "b"`,
	} {
		err := CheckRepository(name)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", name, err, want)
		}
	}
}
