package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/engine/release"
)

// A seed has up to three parts, separated by slashes. The first determines the content
// and the names of all cases, the second changes those of fresh cases, and the third
// those of a case that is run again: a registry may remember what was there before. The
// content of sets, which cases share, depends on the first alone, but for fresh cases.

// base returns the first part of a seed.
func base(seed string) string {
	seed, _, _ = strings.Cut(seed, "/")
	return seed
}

// repetition returns the third part of a seed after its slash, or "".
func repetition(seed string) string {
	if parts := strings.SplitN(seed, "/", 3); len(parts) == 3 {
		return "/" + parts[2]
	}
	return ""
}

// seedAgain returns the seed of a case after a number of earlier attempts.
func seedAgain(seed string, again int) string {
	if again == 0 {
		return seed
	}
	if !strings.Contains(seed, "/") {
		seed += "/"
	}
	return fmt.Sprintf("%s/again-%d", seed, again)
}

// seedOf returns the part of a seed that a case that is not run again depends on.
func seedOf(c *release.Case, seed string) string {
	if c.Fresh {
		return seed
	}
	return base(seed)
}

// generator returns the generator for the content of a case.
func generator(c *release.Case, seed string, data []*release.Data) *datagen.Generator {
	return datagen.New(seedOf(c, seed), c.ID+repetition(seed), data)
}

// runID returns the part of the names of the case that belongs to the run.
func (run *caseRun) runID() string {
	return runID(seedOf(run.c, run.seed) + repetition(run.seed))
}

// runID returns a short identifier that is derived from a seed.
func runID(seed string) string {
	sum := sha256.Sum256([]byte("run " + seed))
	return hex.EncodeToString(sum[:4])
}
