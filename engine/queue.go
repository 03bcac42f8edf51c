package engine

import "sync"

// state is how far a case has come.
type state int

const (
	waiting  state = iota // for those that provide what it needs
	running               // its steps
	ran                   // and waiting for those that need what it provides
	cleaning              // up after itself
	clean
)

// queue hands out cases: to be run once those that provide what they need have
// run, and to be cleaned up after once those that need what they provide have
// been.
type queue struct {
	mu    sync.Mutex
	ready *sync.Cond // something may have become possible
	order []*node
}

func newQueue(order []*node) *queue {
	q := &queue{order: order}
	q.ready = sync.NewCond(&q.mu)
	return q
}

// next returns a case whose state is running or cleaning, for the caller to
// see to, or nil when there are no more. It waits if all that are left depend
// on others. With one caller the order is always the same.
func (q *queue) next() *node {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		left := false
		var start *node
		for _, n := range q.order {
			switch {
			case n.state == ran && all(n.users, clean):
				n.state = cleaning
				return n
			case n.state == waiting && start == nil && all(n.providers, ran) && all(n.before, ran):
				start = n
			}
			left = left || n.state != clean && n.state != cleaning
		}
		if start != nil {
			start.state = running
			return start
		}
		if !left {
			return nil
		}
		q.ready.Wait()
	}
}

// finish says that a case from next has been seen to.
func (q *queue) finish(n *node) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n.state++
	q.ready.Broadcast()
}

// all reports whether all cases have come at least as far as s.
func all(nodes []*node, s state) bool {
	for _, n := range nodes {
		if n.state < s {
			return false
		}
	}
	return true
}
