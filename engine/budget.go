package engine

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/ocispec/ocispec/engine/httpclient"
)

// Bounds on the memory for bodies of more than httpclient.LargeBody bytes, in bytes.
const (
	// maxLarge is the number of steps that have large bodies, or large values decoded
	// from JSON, at the same time.
	maxLarge = 1
	// largeJSON is the memory of values above which they are large.
	largeJSON = 1 << 20
	// maxKept bounds the large bodies in memory that later steps of a run need; further
	// ones are in temporary files.
	maxKept = 8 << 20
	// maxGarbage is how much memory large bodies and values take before it is collected:
	// the collector alone lags behind when one large body follows the other.
	maxGarbage = 32 << 20
)

// Budget is how many bytes of bodies are received before no further request is sent. A
// zero field has its default.
type Budget struct {
	// Step is for the pages of a list, or the repetitions of a request; default 16 MiB.
	// Values decoded from JSON can take two and a half times as much memory.
	Step int64
	// Case and Run are for a case and for a run, which are cleaned up in any case;
	// default 256 MiB and 4 GiB.
	Case, Run int64
}

func (b Budget) withDefaults() Budget {
	return Budget{Step: cmp.Or(b.Step, 16<<20), Case: cmp.Or(b.Case, 256<<20), Run: cmp.Or(b.Run, 4<<30)}
}

// values bounds the memory for the values of all responses of a step.
func (b Budget) values() int { return int(b.Step / 2 * 5) }

// exceeded says that more was received than a setting allows.
func exceeded(what, setting string, limit int64) string {
	return fmt.Sprintf("%s more than %s MiB, the setting %s", what, strconv.FormatFloat(float64(limit)/(1<<20), 'f', -1, 64), setting)
}

// budget bounds the memory for large bodies in a run.
type budget struct {
	Budget
	large    *semaphore.Weighted
	received atomic.Int64 // bytes of the bodies of all responses

	mu      sync.Mutex
	kept    int
	garbage int // memory of large bodies and values since the last collection
}

func newBudget(b Budget) *budget {
	return &budget{Budget: b.withDefaults(), large: semaphore.NewWeighted(maxLarge)}
}

// keep reports whether a body of size bytes can be kept in memory for later steps.
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

// spend counts memory that a large body or value has taken, in bytes, and collects
// garbage when there can be much.
func (b *budget) spend(memory int) {
	if memory <= httpclient.LargeBody {
		return
	}
	b.mu.Lock()
	b.garbage += memory
	much := b.garbage > maxGarbage
	if much {
		b.garbage = 0
	}
	b.mu.Unlock()
	if much {
		runtime.GC()
	}
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
	// store and restore move large bodies out of the share and back.
	store, restore func()
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

// give gives the share back, if there is one.
func (s *share) give() {
	if s.has {
		s.budget.large.Release(1)
		s.has = false
	}
}
