package engine

import (
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
)

// TestFresh checks that the part of a seed after a slash changes the content and
// the names of fresh cases alone.
func TestFresh(t *testing.T) {
	size := int64(8)
	sent := func(seed string, fresh bool) string {
		s := serve(t, map[string]any{})
		c := testCase("a", step("GET /${data.x.digest}/${tag}", expect("must.get", is(404))))
		c.Data = []*release.Data{{Name: "x", Random: &size, Algorithm: "sha256"}}
		c.Fresh = fresh
		run(t, releaseOf(c), s, Options{Seed: seed})
		return strings.Join(s.lines(), "\n")
	}
	first := sent("s/1", false)
	if again := sent("s/2", false); again != first || sent("s", false) != first {
		t.Errorf("a seed sends %q, and again %q", first, again)
	}
	fresh := sent("s/1", true)
	if fresh != sent("s/1", true) || fresh == sent("s/2", true) || fresh == first {
		t.Errorf("a fresh case sends %q", fresh)
	}
}
