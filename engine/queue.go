package engine

import "sync"

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
// again when no other can run.
type queue struct {
	mu    sync.Mutex
	ready *sync.Cond // signals that a case changed state
	order []*node
}

func newQueue(order []*node) *queue {
	q := &queue{order: order}
	q.ready = sync.NewCond(&q.mu)
	return q
}

// next returns a case in state running or cleaning, which the caller must
// process and pass to finish, or nil if none is left: the last one in order that can
// be cleaned up, or else the one with the greatest weight, or else, if none is being
// processed, the first one that was postponed. It blocks while all
// remaining cases depend on others. With a single caller, the order is
// deterministic.
func (q *queue) next() *node {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		left, busy := false, false
		var start, end, again *node
		for _, n := range q.order {
			switch {
			case n.state == ran && all(n.users, ran) && all(n.sharers, clean):
				end = n
			case n.state == waiting && (start == nil || n.weight > start.weight) && all(n.providers, ran) && all(n.before, ran):
				start = n
			case n.state == postponed && again == nil:
				again = n
			}
			busy = busy || n.state == running || n.state == cleaning
			left = left || n.state != clean && n.state != cleaning
		}
		if end != nil {
			end.state = cleaning
			return end
		}
		if start == nil && !busy {
			start = again
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

// finish marks a case from next as processed.
func (q *queue) finish(n *node) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n.state++
	q.ready.Broadcast()
}

// postpone marks a case from next to be returned once more.
func (q *queue) postpone(n *node) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n.state = postponed
	q.ready.Broadcast()
}

// all reports whether all cases have at least reached state s.
func all(nodes []*node, s state) bool {
	for _, n := range nodes {
		if n.state < s {
			return false
		}
	}
	return true
}
