// Package ocispec embeds the built-in releases: their sources in CUE, and the
// form that is compiled from them, which is what runs.
package ocispec

import (
	"embed"
	"io/fs"
)

//go:generate go run ./internal/generate

// Source holds the spec tree: cue.mod, schemas, specs, variants and faults.
//
//go:embed cue.mod/module.cue schemas/*.cue specs variants faults
var Source embed.FS

//go:embed compiled
var compiled embed.FS

// Compiled holds a file for each built-in release, named as the release with
// the suffix ".jsonl", and one each for the variants and the faults. A test
// says whether they are those of Source.
var Compiled, _ = fs.Sub(compiled, "compiled") // which is a path that there is
