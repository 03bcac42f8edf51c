package compile

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/spectree"
)

// BenchmarkList opens the built-in releases and lists one, as the list command
// does.
func BenchmarkList(b *testing.B) {
	for b.Loop() {
		list(b, release.Builtin(), "v1.1.1")
	}
}

func list(b *testing.B, rs *release.Releases, name string) int {
	b.Helper()
	c, patch, err := rs.Find(name)
	if err != nil {
		b.Fatal(err)
	}
	r, err := c.Summary(patch)
	if err != nil {
		b.Fatal(err)
	}
	return len(r.Cases)
}

// many returns a directory with 300 user cases.
func many(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for i := range 300 {
		text := fmt.Sprintf(`package v1_0

suite: cases: "case %d": #Case & {
	title: "Case %d"
	data: blob: random: %d
	steps: [{
		id:   "start"
		POST: "/v2/${repo}/blobs/uploads/"
		expect: "push.status": status: 202
	}, {
		PUT: "${start.header.Location}"
		query: digest: data.blob.digest
		body: data.blob.bytes
		expect: "push.location": header: Location: =~"."
	}]
}
`, i, i, i)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("case%d.cue", i)), []byte(text), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// BenchmarkCompiled300 lists a tree with 300 user cases from the cache.
func BenchmarkCompiled300(b *testing.B) {
	dir, cache := many(b), b.TempDir()
	source := base(b)
	run := func() {
		tree, err := Overlay(source, os.DirFS(dir))
		if err != nil {
			b.Fatal(err)
		}
		rs, err := OpenTree(tree, cache)
		if err != nil {
			b.Fatal(err)
		}
		if n := list(b, rs, "v1.1"); n != 301 {
			b.Fatalf("%d cases", n)
		}
	}
	run()
	for b.Loop() {
		run()
	}
}

// BenchmarkCompile300 compiles that tree.
func BenchmarkCompile300(b *testing.B) {
	tree, err := Overlay(base(b), os.DirFS(many(b)))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Compile(tree); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCold loads a tree with one more case, without a cache.
func BenchmarkCold(b *testing.B) {
	for b.Loop() {
		tree, err := Overlay(ocispec.Source, os.DirFS("../../examples/case"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := OpenTree(tree, ""); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInParts compiles the built-in releases.
func BenchmarkInParts(b *testing.B) {
	tree := spectree.Builtin(ocispec.Source)
	for b.Loop() {
		if _, err := inParts(tree); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAsWhole compiles them as if there were an error.
func BenchmarkAsWhole(b *testing.B) {
	tree := spectree.Builtin(ocispec.Source)
	for b.Loop() {
		if _, err := asWhole(tree); err != nil {
			b.Fatal(err)
		}
	}
}
