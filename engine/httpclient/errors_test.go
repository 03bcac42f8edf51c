package httpclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestErrors(t *testing.T) {
	hang := func(s string) func(t *testing.T) string {
		return func(t *testing.T) string {
			u, _ := raw(t, func(_ int, c net.Conn, _ string) { io.WriteString(c, s); time.Sleep(2 * time.Second) })
			return u
		}
	}
	say := func(s string) func(t *testing.T) string { return func(t *testing.T) string { return replies(t, s) } }
	for name, test := range map[string]struct {
		base    func(t *testing.T) string
		kind    Kind
		message string // a substring
		sent    int
		resp    bool
	}{
		"refused": {func(t *testing.T) string {
			l, _ := net.Listen("tcp", "127.0.0.1:0")
			defer l.Close()
			return "http://" + l.Addr().String()
		}, Network, "connection refused", 3, false},
		"closed": {say(""), Network, "the connection was closed before a response was received", 3, false},
		"reset": {func(t *testing.T) string {
			u, _ := raw(t, func(_ int, c net.Conn, _ string) { reset(c) })
			return u
		}, Network, "reset by peer", 3, false},
		"reset in body": {func(t *testing.T) string {
			u, _ := raw(t, func(_ int, c net.Conn, _ string) {
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
				time.Sleep(50 * time.Millisecond)
				reset(c)
			})
			return u
		}, Network, "the connection broke after 3 of 10 bytes of the body", 1, true},
		"cut head":     {say("HTTP/1.1 200 OK\r\nA: b\r\n"), Protocol, "within the head", 1, false},
		"no http":      {say("SSH-2.0-x\r\n\r\n"), Protocol, `malformed HTTP response "SSH-2.0-x"`, 1, false},
		"bad header":   {say("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), Protocol, "malformed MIME header", 1, false},
		"bad length":   {say("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), Protocol, "Content-Length", 1, false},
		"two lengths":  {say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), Protocol, "Content-Length", 1, false},
		"bad coding":   {say("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), Protocol, "unsupported transfer encoding", 1, false},
		"large head":   {say("HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", 9000) + "\r\n\r\n"), Protocol, "exceeded 4096 bytes", 1, false},
		"no head":      {hang(""), Timeout, "no response head was received after 300ms", 1, false},
		"half a head":  {hang("HTTP/1.1 200 OK\r\nA"), Timeout, "no response head was received after 300ms", 1, false},
		"half a body":  {hang("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), Timeout, "the response body did not end after 300ms, after 3 of 10 bytes", 1, true},
		"interim only": {say(strings.Repeat("HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n", 1000)), Protocol, "", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timeout := 10 * time.Second
			if test.kind == Timeout {
				timeout = 300 * time.Millisecond
			}
			c := New(Options{
				Limits: Limits{Header: 4096, Timeout: timeout},
				Sleep:  func(context.Context, time.Duration) error { return nil },
			})
			resp, log, err := c.Do(t.Context(), get(t, test.base(t)))
			var e *Error
			if !errors.As(err, &e) || e.Kind != test.kind || !strings.Contains(e.Message, test.message) {
				t.Fatalf("got %v %v, want %v %q", KindOf(err), err, test.kind, test.message)
			}
			if len(e.Message) > 500 {
				t.Errorf("the message is long: %d bytes", len(e.Message))
			}
			equal(t, "DeadlineExceeded", errors.Is(err, context.DeadlineExceeded), test.kind == Timeout)
			equal(t, "response", resp != nil, test.resp)
			equal(t, "sent", c.Requests(), test.sent)
			equal(t, "recorded", len(log), test.sent)
			equal(t, "recorded error", log[len(log)-1].Error, e.Message)
			if test.resp {
				equal(t, "partial body", string(resp.Body), "abc")
				if resp.Problem == "" || log[0].Response.Body.Problem == "" {
					t.Error("no problem")
				}
			}
		})
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNames(t *testing.T) {
	for _, test := range []struct {
		err  net.DNSError
		kind Kind
		sent int
	}{
		{net.DNSError{Err: "no such host", IsNotFound: true}, Network, 1},
		{net.DNSError{Err: "server misbehaving", IsTemporary: true}, Network, 3},
		{net.DNSError{Err: "i/o timeout", IsTimeout: true}, Timeout, 1},
	} {
		c, _ := newClient(t, Options{Transport: tripper(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &test.err}
		})})
		_, log, err := c.Do(t.Context(), &Request{Method: "POST", URL: mustURL(t, "http://host.test/")})
		equal(t, test.err.Err, KindOf(err), test.kind)
		equal(t, "sent", len(log), test.sent)
		equal(t, "inconclusive", KindOf(err).Inconclusive(), true)
	}
}

func TestSlowDrip(t *testing.T) {
	base, _ := raw(t, func(_ int, c net.Conn, _ string) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
		for range 100 {
			if _, err := io.WriteString(c, "x"); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	c, _ := newClient(t, Options{Limits: Limits{Timeout: 200 * time.Millisecond}})
	if _, _, err := c.Do(t.Context(), get(t, base)); KindOf(err) != Timeout {
		t.Error(err)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	base, _ := raw(t, func(_ int, c net.Conn, _ string) { cancel(); time.Sleep(time.Second) })
	c, _ := newClient(t, Options{})
	_, log, err := c.Do(ctx, get(t, base))
	if KindOf(err) != Canceled || !errors.Is(err, context.Canceled) || len(log) != 1 {
		t.Errorf("%v, %d recorded", err, len(log))
	}
	if _, log, err = c.Do(ctx, get(t, base)); KindOf(err) != Canceled || len(log) != 0 {
		t.Errorf("%v, %d recorded", err, len(log))
	}
}

// net/http reads the environment once; use a subprocess.
func TestProxyErrorHasNoPassword(t *testing.T) {
	if os.Getenv("HTTP_PROXY") == "http://u:hunter2@[" {
		c := New(Options{Limits: Limits{Retries: -1}})
		_, _, err := c.Do(t.Context(), get(t, "http://host.invalid/"))
		if KindOf(err) != Network || !strings.Contains(err.Error(), "proxy") || strings.Contains(err.Error(), "hunter2") {
			t.Error(err)
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestProxyErrorHasNoPassword$")
	cmd.Env = append(os.Environ(), "HTTP_PROXY=http://u:hunter2@[", "http_proxy=http://u:hunter2@[", "NO_PROXY=", "no_proxy=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
