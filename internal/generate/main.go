// Generate writes the compiled form of the built-in releases, variants and
// faults.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/compile"
)

func main() {
	log.SetFlags(0)
	t := compile.Builtin(ocispec.Source)
	files, err := compile.AllFiles(t)
	if err != nil {
		log.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join("compiled", name), b, 0o666); err != nil {
			log.Fatal(err)
		}
	}
}
