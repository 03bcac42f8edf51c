// Package ocispec embeds the sources of the built-in releases, variants, faults
// and profiles. Package release has the compiled form of the releases, which is
// what runs.
package ocispec

import "embed"

// Source holds the spec tree: cue.mod, schemas, specs, variants and faults; and
// profiles.
//
//go:embed cue.mod/module.cue schemas/*.cue specs variants faults profiles
var Source embed.FS
