// Package testscope controls how much the tests cover.
package testscope

import (
	"os"
	"testing"
)

// Full reports whether a test covers everything, which takes minutes: whether
// the environment variable OCISPEC_FULL is set, as in .ci/run. Otherwise Full
// logs that the test covers only the sample.
func Full(t testing.TB, sample string) bool {
	t.Helper()
	if os.Getenv("OCISPEC_FULL") != "" {
		return true
	}
	t.Logf("covers %s; OCISPEC_FULL=1 covers everything and takes minutes", sample)
	return false
}

// Every returns every n-th element of a list, starting with the first.
func Every[T any](n int, list []T) []T {
	var out []T
	for i := 0; i < len(list); i += n {
		out = append(out, list[i])
	}
	return out
}
