// Package docs tests the examples in the documentation.
package docs

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"cuelang.org/go/cue/format"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/internal/compile"
	"github.com/ocispec/ocispec/registry"
	"github.com/ocispec/ocispec/result"
)

// TestLanguage lays the examples of the language reference over version 1.1
// and runs them.
func TestLanguage(t *testing.T) {
	b, err := os.ReadFile("language.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := fstest.MapFS{}
	for i, block := range blocks(string(b)) {
		dir[fmt.Sprintf("doc%02d.cue", i)] = &fstest.MapFile{Data: []byte("package v1_1\n\n" + block)}
	}
	tree, err := compile.Overlay(ocispec.Source, dir)
	if err != nil {
		t.Fatal(err)
	}
	releases, err := compile.Compile(tree)
	if err != nil {
		t.Fatal(err)
	}
	rel, err := releases["v1.1"].At("")
	if err != nil {
		t.Fatal(err)
	}
	reg, err := registry.New(registry.Options{Release: "v1.1"})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(reg)
	defer srv.Close()
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	target := engine.Target{URL: u, Repo: "docs/a", Other: "docs/b"}
	res, err := engine.Run(context.Background(), rel, target, httpclient.New(httpclient.Options{}), engine.Options{
		Seed: "docs", Parallel: 4,
		Select: func(id string) bool { return strings.HasPrefix(id, "doc-") },
	})
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, c := range res.Cases {
		ran++
		if c.Outcome != result.Pass {
			t.Errorf("%s: %s", c.ID, c.Outcome)
		}
	}
	for _, f := range res.Findings {
		t.Errorf("%s: %s in %v", f.Requirement, f.Message, f.Cases)
	}
	if want := strings.Count(string(b), "cases: \"doc-"); ran < want {
		t.Errorf("%d cases ran, the page has %d", ran, want)
	}
}

// TestRealCases finds examples of real cases that are no longer as they are in
// the spec files.
func TestRealCases(t *testing.T) {
	const name = "adding-a-case.md"
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	sources := specFiles(t)
	for _, block := range blocks(page) {
		head, _, _ := strings.Cut(block, "\n")
		_, after, ok := strings.Cut(sources, "\n"+head+"\n")
		if !ok {
			t.Errorf("in no spec file: %s", head)
			continue
		}
		body, _, _ := strings.Cut(after, "\n}\n")
		want := head + "\n" + body + "\n}\n"
		if want != block && !*update {
			t.Errorf("not as in the spec file (go test ./docs -update takes it over): %s", head)
		}
		page = strings.Replace(page, block, want, 1)
	}
	if *update {
		if err := os.WriteFile(name, []byte(page), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// specFiles returns the text of all spec files.
func specFiles(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../specs/*/*.cue")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

var update = flag.Bool("update", false, "format the examples")

// TestFormatted finds examples that are not as cue fmt makes them.
func TestFormatted(t *testing.T) {
	b, err := os.ReadFile("language.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, block := range blocks(page) {
		want, err := format.Source([]byte(block))
		if err != nil {
			t.Fatal(err)
		}
		if string(want) == block {
			continue
		}
		if !*update {
			t.Errorf("not formatted (go test ./docs -update does it):\n%s", block)
		}
		page = strings.Replace(page, block, string(want), 1)
	}
	if *update {
		if err := os.WriteFile("language.md", []byte(page), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// blocks returns the examples of a page in Markdown that are marked cue.
func blocks(page string) []string {
	var bs []string
	for _, part := range strings.Split(page, "\n```cue\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		bs = append(bs, block+"\n")
	}
	return bs
}
