//go:build race

// Package race tells tests that take minutes whether the race detector makes
// them take longer.
package race

// Enabled reports whether the race detector is there.
const Enabled = true
