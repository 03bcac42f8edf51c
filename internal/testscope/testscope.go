// Package testscope tells tests how much to cover.
package testscope

import (
	"os"
	"testing"
)

// Full reports whether a test is to cover everything, which takes minutes: the
// environment variable OCISPEC_FULL is set, as .ci/run does. Otherwise Full logs
// that the test covers the sample.
func Full(t testing.TB, sample string) bool {
	t.Helper()
	if os.Getenv("OCISPEC_FULL") != "" {
		return true
	}
	t.Logf("covers %s; OCISPEC_FULL=1 covers everything and takes minutes", sample)
	return false
}

// Every returns every n-th element of a list, from the first on.
func Every[T any](n int, list []T) []T {
	var out []T
	for i := 0; i < len(list); i += n {
		out = append(out, list[i])
	}
	return out
}
