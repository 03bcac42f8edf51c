// Generate writes what is made from the spec tree: the compiled form of the
// built-in releases, variants and faults, and the pages about coverage.
package main

import (
	"bytes"
	"log"
	"os"
	"path/filepath"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/compile"
	"github.com/ocispec/ocispec/coverage"
)

func main() {
	log.SetFlags(0)
	t := compile.Builtin(ocispec.Source)
	files, err := compile.AllFiles(t)
	check(err)
	for name, b := range files {
		check(os.WriteFile(filepath.Join("compiled", name), b, 0o666))
	}
	releases := compile.Open(os.DirFS("compiled"))
	dir := filepath.Join("docs", "coverage")
	check(os.MkdirAll(dir, 0o777))
	for _, v := range releases.Versions() {
		rel, err := releases.Release(v)
		check(err)
		var b bytes.Buffer
		check(coverage.Markdown(&b, coverage.Of(rel)))
		check(os.WriteFile(filepath.Join(dir, v+".md"), b.Bytes(), 0o666))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
