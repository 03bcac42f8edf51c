package engine

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"sync"
	"time"
)

// Response times from which a registry is slow, so that fewer requests are sent at once,
// and up to which it is not, so that more are.
const (
	slowResponse = 3 * time.Second
	fastResponse = time.Second
)

// slots bounds the number of concurrent requests. Those on which the longest chain of
// further requests depends are sent first. The number is halved when responses take long,
// and grows again by a half whenever as many requests got fast responses. It is safe for
// concurrent use.
type slots struct {
	size int
	slow time.Duration // as slowResponse
	fast time.Duration

	mu      sync.Mutex
	free    int
	waiting heaped[*waiter]
	arrived int       // number of waiters so far
	limit   int       // of the size; the others are or will be held
	held    int       // slots that nobody gets
	most    int       // of slots acquired together, which must always be possible
	halved  time.Time // when the limit was halved
	quick   int       // fast responses since the limit changed
	private int       // acquisitions of all: the limit does not change
}

func newSlots(n int) *slots {
	return &slots{
		size: n, free: n, limit: n, slow: slowResponse, fast: fastResponse,
		waiting: heaped[*waiter]{first: func(a, b *waiter) int { return cmp.Or(b.weight-a.weight, a.index-b.index) }},
	}
}

// waiter waits for slots.
type waiter struct {
	slots, weight, index int
	ready                chan struct{} // closed when it has the slots
}

// first is the weight of what waits for no other.
const first = math.MaxInt32

// acquire acquires n slots, or all if there are fewer, after those with a greater weight,
// and returns a function that releases them. It does not wait after ctx has ended.
func (s *slots) acquire(ctx context.Context, n, weight int) func() {
	w := s.wait(n, weight)
	select {
	case <-w.ready:
	case <-ctx.Done():
		if !s.leave(w) {
			break // it has them
		}
		return func() { s.end(n, 0) }
	}
	return func() { s.end(n, w.slots) }
}

// wait returns what waits for n slots.
func (s *slots) wait(n, weight int) *waiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &waiter{slots: s.begin(n), weight: weight, index: s.arrived, ready: make(chan struct{})}
	s.arrived++
	heap.Push(&s.waiting, w)
	s.give(0)
	return w
}

// give frees n slots, and gives slots to those who wait, in their order: one that needs
// more than are free holds up the others.
func (s *slots) give(n int) {
	s.free += n
	for len(s.waiting.list) > 0 && s.waiting.list[0].slots <= s.free {
		w := heap.Pop(&s.waiting).(*waiter)
		s.free -= w.slots
		close(w.ready)
	}
}

// leave removes what waits, and reports whether it had not got its slots.
func (s *slots) leave(w *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range s.waiting.list {
		if other == w {
			heap.Remove(&s.waiting, i)
			s.give(0)
			return true
		}
	}
	return false
}

// begin returns the number of slots to acquire for n.
func (s *slots) begin(n int) int {
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
	s.give(w - keep)
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
			s.give(free)
		}
	}
}
