package engine

import (
	"cmp"
	"container/heap"
	"slices"
	"sync"
)

// state is the progress of a case.
type state int

const (
	waiting   state = iota // for the providers of the case
	postponed              // to be run again, alone
	running                // the steps of the case
	ran                    // waiting for the users of the case, and for the cleanup of some
	cleaning               // running the cleanup steps
	clean
)

// queue schedules cases: each runs after its providers, and is cleaned up after its
// users ran, and after the cleanup of those with the same content. A postponed case runs
// again when no other can run. The cost of a case does not depend on their number.
type queue struct {
	mu    sync.Mutex
	ready *sync.Cond // signals that a case changed state
	// starts can run, ends can be cleaned up, again are postponed.
	starts, ends, again heaped[*node]
	// starting and ending have the cases that wait for a case to have run, and for its
	// cleanup.
	starting, ending map[*node][]*node
	left, busy       int // cases to clean up, and those that are being processed
}

func newQueue(order []*node) *queue {
	q := &queue{
		starts:   heaped[*node]{first: func(a, b *node) int { return cmp.Or(b.weight-a.weight, a.index-b.index) }},
		ends:     heaped[*node]{first: func(a, b *node) int { return b.index - a.index }},
		again:    heaped[*node]{first: func(a, b *node) int { return a.index - b.index }},
		starting: map[*node][]*node{}, ending: map[*node][]*node{},
	}
	q.ready = sync.NewCond(&q.mu)
	for i, n := range order {
		n.index = i
		if n.state < cleaning {
			q.left++
		}
		for _, p := range slices.Concat(n.providers, n.before) {
			if p.state < ran {
				n.toStart++
				q.starting[p] = append(q.starting[p], n)
			}
		}
		for _, u := range n.users {
			if u.state < ran {
				n.toEnd++
			}
		}
		for _, s := range n.sharers {
			if s.state < clean {
				n.toEnd++
				q.ending[s] = append(q.ending[s], n)
			}
		}
	}
	for _, n := range order {
		q.offer(n)
	}
	return q
}

// offer makes a case available if it waits for no other one.
func (q *queue) offer(n *node) {
	switch {
	case n.state == waiting && n.toStart == 0:
		heap.Push(&q.starts, n)
	case n.state == ran && n.toEnd == 0:
		heap.Push(&q.ends, n)
	}
}

// next returns a case in state running or cleaning, which the caller must
// process and pass to finish or postpone, or nil if none is left: the last one in order
// that can be cleaned up, or else the one with the greatest weight. If none is being
// processed and none can start, it is the first one that was postponed: the cleanup of
// those comes last, for all at the same time. It blocks while all
// remaining cases depend on others. With a single caller, the order is
// deterministic.
func (q *queue) next() *node {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.left > 0 {
		switch starts := len(q.starts.list) > 0; {
		case len(q.again.list) > 0 && q.busy == 0 && !starts:
			return q.take(&q.again, running)
		case len(q.ends.list) > 0:
			q.left--
			return q.take(&q.ends, cleaning)
		case starts:
			return q.take(&q.starts, running)
		}
		q.ready.Wait()
	}
	return nil
}

func (q *queue) take(from *heaped[*node], s state) *node {
	n := heap.Pop(from).(*node)
	n.state = s
	q.busy++
	return n
}

// finish marks a case from next as processed.
func (q *queue) finish(n *node) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n.state++
	q.busy--
	if n.state == ran {
		for _, f := range q.starting[n] {
			f.toStart--
			q.offer(f)
		}
		for _, p := range n.providers {
			p.toEnd--
			q.offer(p)
		}
		q.offer(n)
	} else {
		for _, p := range q.ending[n] {
			p.toEnd--
			q.offer(p)
		}
	}
	q.ready.Broadcast()
}

// postpone marks a case from next to be returned once more.
func (q *queue) postpone(n *node) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n.state = postponed
	q.busy--
	heap.Push(&q.again, n)
	q.ready.Broadcast()
}

// heaped is a heap (see package heap) of which the smallest by first is the first.
type heaped[T any] struct {
	list  []T
	first func(a, b T) int
}

func (h *heaped[T]) Len() int           { return len(h.list) }
func (h *heaped[T]) Less(i, j int) bool { return h.first(h.list[i], h.list[j]) < 0 }
func (h *heaped[T]) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *heaped[T]) Push(x any)         { h.list = append(h.list, x.(T)) }

func (h *heaped[T]) Pop() any {
	last := len(h.list) - 1
	x := h.list[last]
	h.list = h.list[:last]
	return x
}
