package httpclient

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// serve starts an HTTP server.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// raw starts a TCP server that reads a request head and then calls f with the
// connection. It returns the URL and the heads received.
func raw(t *testing.T, f func(n int, c net.Conn, head string)) (string, func() []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu    sync.Mutex
		heads []string
		conns []net.Conn
	)
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range conns {
			c.Close()
		}
	})
	go func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			go func() {
				defer c.Close()
				head := ""
				for r := bufio.NewReader(c); ; {
					line, err := r.ReadString('\n')
					head += line
					if err != nil {
						return
					}
					if line == "\r\n" {
						break
					}
				}
				mu.Lock()
				heads = append(heads, head)
				mu.Unlock()
				f(n, c, head)
			}()
		}
	}()
	return "http://" + l.Addr().String(), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), heads...)
	}
}

// replies starts a raw server that always sends the same reply and closes the
// connection.
func replies(t *testing.T, reply string) string {
	u, _ := raw(t, func(_ int, c net.Conn, _ string) { io.WriteString(c, reply) })
	return u
}

func reset(c net.Conn) { c.(*net.TCPConn).SetLinger(0); c.Close() }

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// newClient returns a client that records delays instead of waiting.
func newClient(t *testing.T, opts Options) (*Client, *[]time.Duration) {
	t.Helper()
	var waits []time.Duration
	opts.Sleep = func(ctx context.Context, d time.Duration) error {
		waits = append(waits, d)
		return ctx.Err()
	}
	if opts.Limits.Timeout == 0 {
		opts.Limits.Timeout = 5 * time.Second
	}
	c := New(opts)
	t.Cleanup(c.Close)
	return c, &waits
}

func get(t *testing.T, u string) *Request {
	t.Helper()
	return &Request{Method: "GET", URL: mustURL(t, u), Header: http.Header{}}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
