package main

import "time"

// Numbers of concurrent requests without --parallel, by measurement (docs/performance.md):
// more than few do not make a run against a registry nearby shorter, and with many a
// run against one further away takes little longer than its longest chain.
const (
	few    = 16
	many   = 64
	nearby = 5 * time.Millisecond // the fastest response
)

// concurrency returns the number of concurrent requests: that of --parallel, or one
// that fits how far away the registry is.
func (f *runFlags) concurrency(fastest time.Duration) int {
	switch {
	case f.parallel > 0:
		return f.parallel
	case fastest < nearby:
		return few
	}
	return many
}
