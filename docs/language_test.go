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
	"github.com/ocispec/ocispec/compile"
	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/exchange"
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
	res, err := engine.Run(context.Background(), rel, target, exchange.New(exchange.Options{}), engine.Options{
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

// TestRealCases finds examples of real cases that are no longer as they are
// quoted.
func TestRealCases(t *testing.T) {
	page, err := os.ReadFile("adding-a-case.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	files, err := filepath.Glob("../specs/*/*.cue")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(b)
	}
	for _, block := range blocks(string(page)) {
		if !strings.Contains(sources.String(), block) {
			t.Errorf("in no spec file:\n%s", block)
		}
	}
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
