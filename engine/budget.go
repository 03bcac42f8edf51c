package engine

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/ocispec/ocispec/engine/httpclient"
)

// Bounds on the memory for bodies of more than httpclient.LargeBody bytes, in bytes.
const (
	// maxLarge is the number of steps that have large bodies at the same time.
	maxLarge = 2
	// maxStepBody bounds the bodies of all pages of a step.
	maxStepBody = 32 << 20
	// maxKept bounds the large bodies that later steps of a run need.
	maxKept = 32 << 20
)

// budget bounds the memory for large bodies in a run.
type budget struct {
	large *semaphore.Weighted

	mu   sync.Mutex
	kept int
}

func newBudget() *budget { return &budget{large: semaphore.NewWeighted(maxLarge)} }

// keep reports whether a body of size bytes can be kept for later steps.
func (b *budget) keep(size int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if size > httpclient.LargeBody {
		if b.kept+size > maxKept {
			return false
		}
		b.kept += size
	}
	return true
}

// drop gives back what keep has reserved.
func (b *budget) drop(size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if size > httpclient.LargeBody {
		b.kept -= size
	}
}

// share is the part of a step in the budget: none until the first large body. It
// is not safe for concurrent use.
type share struct {
	budget *budget
	has    bool
}

// take waits until the step may have large bodies.
func (s *share) take(ctx context.Context) error {
	if s.has {
		return nil
	}
	if err := s.budget.large.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("waiting for memory: %w", context.Cause(ctx))
	}
	s.has = true
	return nil
}

// give gives the share back, and reports whether there was one.
func (s *share) give() bool {
	had := s.has
	if had {
		s.budget.large.Release(1)
		s.has = false
	}
	return had
}
