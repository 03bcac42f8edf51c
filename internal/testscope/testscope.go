// Package testscope controls how much the tests cover, and finds their data outside of
// the repository.
package testscope

import (
	"os"
	"path/filepath"
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

// Published returns the directory with the folders of the public results repository,
// relative to a package two directories below the root, or skips the test. The
// environment variable OCISPEC_PUBLISHED overrides its location.
func Published(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("OCISPEC_PUBLISHED")
	if dir == "" {
		dir = "../../../shared/published"
	}
	if _, err := os.Stat(filepath.Join(dir, "v1.1")); err != nil {
		t.Skipf("the published results are not available; set OCISPEC_PUBLISHED to a directory with v1.0 and v1.1: %v", err)
	}
	return dir
}

// Every returns every n-th element of a list, starting with the first.
func Every[T any](n int, list []T) []T {
	var out []T
	for i := 0; i < len(list); i += n {
		out = append(out, list[i])
	}
	return out
}
