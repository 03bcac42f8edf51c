package httpclient

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// spares opens connections before requests need them, so that requests do not wait for
// handshakes of TCP. It is safe for concurrent use.
type spares struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// shared reports that requests share a connection (RFC 9113).
	shared atomic.Bool

	mu     sync.Mutex
	addr   string        // of the first connection
	opened chan net.Conn // a failed one is nil
	left   int           // of opened, now or later, that no request has taken
	cancel context.CancelFunc
}

// DialContext returns a connection that is open or being opened, or else a new one.
func (s *spares) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if opened := s.take(addr); opened != nil {
		select {
		case conn := <-opened:
			if conn != nil {
				return conn, nil
			}
		case <-ctx.Done():
			go closeNext(opened, 1)
			return nil, ctx.Err()
		}
	}
	return s.dial(ctx, network, addr)
}

// take returns the channel with the next connection, or nil if all are taken.
func (s *spares) take(addr string) chan net.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addr == "" {
		s.addr = addr
	}
	if addr != s.addr || s.left == 0 {
		return nil
	}
	s.left--
	return s.opened
}

// open opens n connections, and closes after maxIdle those that no request has taken.
func (s *spares) open(n int) {
	s.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addr == "" || s.shared.Load() {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	opened, addr := make(chan net.Conn, n), s.addr
	s.opened, s.left, s.cancel = opened, n, cancel
	for range n {
		go func() {
			conn, err := s.dial(ctx, "tcp", addr)
			if err != nil {
				conn = nil
			}
			opened <- conn
		}()
	}
	time.AfterFunc(maxIdle, func() { s.closeThose(opened) })
}

// close closes the connections that no request has taken.
func (s *spares) close() { s.closeThose(nil) }

// closeThose closes connections of opened, if it is the current one or nil.
func (s *spares) closeThose(opened chan net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel == nil || opened != nil && opened != s.opened {
		return
	}
	s.cancel()
	go closeNext(s.opened, s.left)
	s.left, s.cancel = 0, nil
}

// closeNext closes the next n connections, once they are open.
func closeNext(opened <-chan net.Conn, n int) {
	for range n {
		if conn := <-opened; conn != nil {
			conn.Close()
		}
	}
}

// Open opens up to n connections to the server of the first request, for requests within
// the next 4 s. With HTTP/2, which needs one connection, it opens none.
func (c *Client) Open(n int) {
	if c.spares != nil && n > 0 {
		c.spares.open(n)
	}
}

// answered notes the version of HTTP of a response.
func (c *Client) answered(resp *http.Response) {
	if c.spares != nil && resp.ProtoMajor > 1 {
		c.spares.shared.Store(true)
	}
}
