package main

import (
	"time"

	"github.com/ocispec/ocispec/internal/settings"
)

// maxParallel is the largest number of concurrent requests.
const maxParallel = 256

// Numbers of concurrent requests without the setting, by measurement (docs/performance.md):
// more than few do not make a run against a registry nearby shorter, and with many a
// run against one further away takes little longer than its longest chain.
const (
	few    = 16
	many   = 64
	nearby = 5 * time.Millisecond // the fastest response
)

// concurrency returns the number of concurrent requests: that of the settings, or one
// that fits how far away the registry is.
func concurrency(set *settings.Settings, fastest time.Duration) int {
	switch n := int(set.Number("parallel")); {
	case n > 0:
		return n
	case fastest < nearby:
		return few
	}
	return many
}
