package httpclient

import (
	"sync"
	"time"
)

// pace slows down all requests of a client: to a rate, and while the server
// rejects some because there are too many.
type pace struct {
	mu       sync.Mutex
	next     time.Time     // when the next request may be sent
	least    time.Duration // between two requests: what the user asks for
	interval time.Duration // between two requests: what the server needs; 0 for no limit
	slowed   time.Time     // when the interval was doubled
}

// Bounds of the interval between two requests.
const (
	minInterval = 20 * time.Millisecond
	maxInterval = time.Second
)

// together is the time in which rejections count as one.
const together = 100 * time.Millisecond

// reserve takes the next time for a request, and returns the time until then.
func (p *pace) reserve(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	interval := max(p.least, p.interval)
	if interval == 0 && !p.next.After(now) {
		return 0
	}
	at := now
	if p.next.After(now) {
		at = p.next
	}
	p.next = at.Add(interval)
	return at.Sub(now)
}

// slow doubles the interval after a rejected request, once for requests that
// were sent together. No request is sent before wait is over.
func (p *pace) slow(now time.Time, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.slowed) >= together {
		p.interval = min(max(2*p.interval, minInterval), maxInterval)
		p.slowed = now
	}
	if at := now.Add(wait); at.After(p.next) {
		p.next = at
	}
}

// speedUp shortens the interval a little after an accepted request.
func (p *pace) speedUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.interval -= p.interval / 50; p.interval < minInterval/2 {
		p.interval = 0
	}
}
