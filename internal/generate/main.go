// Generate writes the files generated from the spec tree: the compiled form of
// the built-in releases, variants and faults, and the pages of coverage, settings
// and profiles. Its argument is the root directory of the repository.
package main

import (
	"bytes"
	"log"
	"os"
	"path/filepath"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/compile"
	"github.com/ocispec/ocispec/internal/coverage"
	"github.com/ocispec/ocispec/internal/settings"
)

func main() {
	log.SetFlags(0)
	root := os.Args[1]
	t := spectree.Builtin(ocispec.Source)
	files, err := compile.AllFiles(t)
	check(err)
	releasesDir := filepath.Join(root, "engine", "release", "builtin")
	for name, b := range files {
		dir := releasesDir
		if filepath.Ext(name) != release.Suffix {
			dir = filepath.Join(root, "internal", "faultproxy", "builtin")
		}
		check(os.WriteFile(filepath.Join(dir, name), b, 0o666))
	}
	releases := release.From(os.DirFS(releasesDir))
	dir := filepath.Join(root, "docs", "coverage")
	check(os.MkdirAll(dir, 0o777))
	for _, v := range releases.Versions() {
		rel, err := releases.Release(v)
		check(err)
		var b bytes.Buffer
		check(coverage.Markdown(&b, coverage.Of(rel)))
		check(os.WriteFile(filepath.Join(dir, v+".md"), b.Bytes(), 0o666))
	}
	var b bytes.Buffer
	check(settings.Markdown(&b))
	check(os.WriteFile(filepath.Join(root, "docs", "settings.md"), b.Bytes(), 0o666))
	b.Reset()
	check(settings.ProfilesMarkdown(&b))
	check(os.WriteFile(filepath.Join(root, "docs", "profiles.md"), b.Bytes(), 0o666))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
