package engine

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Response times from which a registry is slow, so that fewer requests are sent at once,
// and up to which it is not, so that more are.
const (
	slowResponse = 3 * time.Second
	fastResponse = time.Second
)

// slots bounds the number of concurrent requests. It is halved when responses take long,
// and grows again by a half whenever as many requests got fast responses. It is safe for
// concurrent use.
type slots struct {
	sem  *semaphore.Weighted
	size int
	slow time.Duration // as slowResponse
	fast time.Duration

	mu      sync.Mutex
	limit   int       // of the size; the others are or will be held
	held    int       // slots that nobody gets
	most    int       // of slots acquired together, which must always be possible
	halved  time.Time // when the limit was halved
	quick   int       // fast responses since the limit changed
	private int       // acquisitions of all: the limit does not change
}

func newSlots(n int) *slots {
	return &slots{sem: semaphore.NewWeighted(int64(n)), size: n, limit: n, slow: slowResponse, fast: fastResponse}
}

// acquire acquires n slots, or all if there are fewer, and returns a function that
// releases them. It does not wait after ctx has ended.
func (s *slots) acquire(ctx context.Context, n int) func() {
	w := s.begin(n)
	if s.sem.Acquire(ctx, int64(w)) != nil {
		return func() { s.end(n, 0) }
	}
	return func() { s.end(n, w) }
}

// begin returns the number of slots to acquire for n.
func (s *slots) begin(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < s.size {
		w := max(1, min(n, s.size-s.held))
		s.most = max(s.most, w)
		return w
	}
	s.private++
	return s.size - s.held
}

// end releases w slots that were acquired for n, but for those to hold.
func (s *slots) end(n, w int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n >= s.size {
		s.private--
	}
	keep := 0
	if s.private == 0 {
		keep = min(w, max(0, s.size-max(s.limit, s.most)-s.held))
	}
	s.held += keep
	s.sem.Release(int64(w - keep))
}

// took adapts the limit to the time that a response took, or that the client waited for
// one.
func (s *slots) took(elapsed time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch {
	case s.private > 0:
	case elapsed > s.slow && now.Add(-elapsed).After(s.halved):
		s.limit, s.halved, s.quick = max(1, s.limit/2), now, 0
	case elapsed < s.fast && s.limit < s.size:
		if s.quick++; s.quick < s.limit {
			return
		}
		s.limit, s.quick = min(s.size, s.limit+max(1, s.limit/2)), 0
		if free := s.held - (s.size - s.limit); free > 0 {
			s.held -= free
			s.sem.Release(int64(free))
		}
	}
}
