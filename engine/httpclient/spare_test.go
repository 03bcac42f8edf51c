package httpclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counted is a server that counts its connections by state.
func counted(t *testing.T, tls bool) (s *httptest.Server, opened, used, closed *atomic.Int64) {
	t.Helper()
	opened, used, closed = new(atomic.Int64), new(atomic.Int64), new(atomic.Int64)
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(20 * time.Millisecond) }))
	var seen sync.Map
	s.Config.ConnState = func(c net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			opened.Add(1)
		case http.StateActive:
			if _, again := seen.LoadOrStore(c, true); !again {
				used.Add(1)
			}
		case http.StateClosed:
			closed.Add(1)
		}
	}
	if tls {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s, opened, used, closed
}

// send sends n requests at once.
func send(t *testing.T, c *Client, to string, n int) {
	t.Helper()
	u, err := url.Parse(to + "/")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if _, _, err := c.Do(t.Context(), &Request{Method: http.MethodGet, URL: u}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// reaches waits until a number of connections is reached.
func reaches(t *testing.T, what string, n *atomic.Int64, want int64) {
	t.Helper()
	for range 200 {
		if n.Load() == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d connections %s, want %d", n.Load(), what, want)
}

// TestOpen opens connections after the first request: further requests use them, and
// Close closes the others.
func TestOpen(t *testing.T) {
	s, opened, used, closed := counted(t, false)
	c := New(Options{})
	c.Open(5) // no server is known
	send(t, c, s.URL, 1)
	reaches(t, "opened", opened, 1)
	c.Open(5)
	reaches(t, "opened", opened, 6)
	send(t, c, s.URL, 4)
	reaches(t, "opened", opened, 6)
	reaches(t, "used", used, 4)
	c.Close()
	reaches(t, "closed", closed, 6)
	send(t, c, s.URL, 2)
	c.Close()
}

// TestOpenShared opens no connections to a server that needs one.
func TestOpenShared(t *testing.T) {
	s, opened, _, _ := counted(t, true)
	c := New(Options{TLS: s.Client().Transport.(*http.Transport).TLSClientConfig})
	defer c.Close()
	send(t, c, s.URL, 1)
	c.Open(5)
	send(t, c, s.URL, 4)
	time.Sleep(50 * time.Millisecond)
	reaches(t, "opened", opened, 1)
}

// TestSpares has a connection that cannot be opened before it is needed, one that is not
// there in time, and one to another server.
func TestSpares(t *testing.T) {
	results, others := make(chan error), make(chan net.Conn, 9)
	s := &spares{dial: func(context.Context, string, string) (net.Conn, error) {
		if err := <-results; err != nil {
			return nil, err
		}
		c, other := net.Pipe()
		others <- other
		return c, nil
	}}
	get := func(ctx context.Context, addr string) chan error {
		got := make(chan error)
		go func() {
			_, err := s.DialContext(ctx, "tcp", addr)
			got <- err
		}()
		return got
	}
	first := get(t.Context(), "a:1")
	results <- nil
	if err := <-first; err != nil {
		t.Fatal(err)
	}

	s.open(1)
	results <- errors.New("refused")
	failed := get(t.Context(), "a:1")
	results <- nil // a connection of its own
	if err := <-failed; err != nil {
		t.Errorf("after a spare connection failed: %v", err)
	}

	s.open(1)
	ctx, cancel := context.WithCancel(t.Context())
	late := get(ctx, "a:1")
	cancel()
	if err := <-late; !errors.Is(err, context.Canceled) {
		t.Errorf("not there in time: %v", err)
	}
	for len(others) > 0 {
		<-others
	}
	results <- nil
	if _, err := (<-others).Read(make([]byte, 1)); err != io.EOF { // it waits until the other end is closed
		t.Errorf("the connection that came too late: %v", err)
	}

	s.open(1)
	other := get(t.Context(), "b:1")
	results <- nil // of either
	results <- nil
	if err := <-other; err != nil {
		t.Errorf("another server: %v", err)
	}
	if err := <-get(t.Context(), "a:1"); err != nil {
		t.Errorf("the spare connection: %v", err)
	}
}
