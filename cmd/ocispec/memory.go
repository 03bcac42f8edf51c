package main

import (
	"os"
	"runtime/debug"

	"github.com/ocispec/ocispec/engine/release"
)

// Memory that the results of a run take, in bytes: of any run, and of each case.
const (
	baseMemory = 30 << 20
	caseMemory = 160 << 10
)

// limitMemory makes the garbage collector run more often than by default when the
// heap is larger than what the results of a run take: large content is soon garbage.
// The limit is a soft one, and GOMEMLIMIT comes first. It returns a function that
// restores the former limit.
func limitMemory(rel *release.Release) func() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	former := debug.SetMemoryLimit(baseMemory + int64(len(rel.Cases))*caseMemory)
	return func() { debug.SetMemoryLimit(former) }
}
