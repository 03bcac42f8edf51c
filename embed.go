// Package ocispec embeds the built-in releases: their sources in CUE, and the
// form that is compiled from them, which is what runs.
package ocispec

import "embed"

//go:generate go run ./internal/generate

// Source holds the spec tree: cue.mod, schemas and specs.
//
//go:embed cue.mod/module.cue schemas/*.cue specs
var Source embed.FS

// Compiled holds a file for each built-in release, named as the release with
// the suffix ".jsonl". A test says whether they are those of Source.
//
//go:embed compiled
var Compiled embed.FS
