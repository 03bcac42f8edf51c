package httpclient

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"syscall"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := time.Second
	for name, test := range map[string]struct {
		status int
		after  string // "-" for none
		times  int    // number of requests
		waits  []time.Duration
		kind   Kind
	}{
		"seconds":           {429, "3", 1, []time.Duration{3 * s}, 0},
		"date":              {429, now.Add(4 * s).Format(http.TimeFormat), 1, []time.Duration{4 * s}, 0},
		"past date":         {503, now.Add(-4 * s).Format(http.TimeFormat), 1, []time.Duration{0}, 0},
		"none":              {429, "-", 2, []time.Duration{1 * s, 2 * s}, 0},
		"malformed":         {429, "soon", 1, []time.Duration{1 * s}, 0},
		"negative":          {429, "-1", 1, []time.Duration{1 * s}, 0},
		"503 with":          {503, "0", 2, []time.Duration{0, 0}, 0},
		"503 without":       {503, "-", 1, []time.Duration{s / 4}, 0},
		"503 without twice": {503, "-", 2, []time.Duration{s / 4, s / 2}, 0},
		"502":               {502, "-", 1, []time.Duration{s / 4}, 0},
		"always":            {429, "1", 9, []time.Duration{s, s}, TooMany},
		"503 always":        {503, "1", 9, []time.Duration{s, s}, TooMany},
		"too long":          {429, "11", 1, nil, TooMany},
		"huge":              {429, "99999999999999999999", 1, nil, TooMany},
		"another status":    {500, "1", 1, nil, 0},
		"of a post as well": {429, "1", 1, []time.Duration{s}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			base := serve(t, func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				if string(b) != "abc" {
					t.Errorf("body %q", b)
				}
				if n++; n > test.times {
					return
				}
				if test.after != "-" {
					w.Header().Set("Retry-After", test.after)
				}
				w.WriteHeader(test.status)
			})
			c, waits := newClient(t, Options{})
			c.now = func() time.Time {
				at := now
				for _, w := range *waits {
					at = at.Add(w)
				}
				return at
			}
			resp, log, err := c.Do(t.Context(), &Request{Method: "POST", URL: mustURL(t, base), Body: []byte("abc")})
			equal(t, "kind", KindOf(err), test.kind)
			// Without those of the pace.
			*waits = slices.DeleteFunc(*waits, func(w time.Duration) bool { return w > 0 && w < 100*time.Millisecond })
			if !reflect.DeepEqual(*waits, test.waits) {
				t.Errorf("waits: got %v, want %v", *waits, test.waits)
			}
			equal(t, "recorded", len(log), len(test.waits)+1)
			equal(t, "last recorded", log[len(log)-1].Response.Status, resp.Status)
			if err == nil && len(test.waits) > 0 {
				equal(t, "status", resp.Status, 200)
			} else {
				equal(t, "status", resp.Status, test.status)
			}
		})
	}
}

func TestRetryConnection(t *testing.T) {
	for _, test := range []struct {
		method string
		sent   int
	}{{"GET", 2}, {"HEAD", 2}, {"PUT", 2}, {"DELETE", 2}, {"POST", 1}, {"PATCH", 1}} {
		base, heads := raw(t, func(n int, c net.Conn, _ string) {
			if n == 0 {
				reset(c)
				return
			}
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		})
		c, waits := newClient(t, Options{})
		_, log, err := c.Do(t.Context(), &Request{Method: test.method, URL: mustURL(t, base)})
		equal(t, test.method+" error", err == nil, test.sent == 2)
		equal(t, "sent", len(heads()), test.sent)
		equal(t, "recorded", len(log), test.sent)
		equal(t, "waits", len(*waits), test.sent-1)
		if log[0].Error == "" || log[0].Response != nil {
			t.Error("the failure is not recorded")
		}
	}
	// Nothing was sent, so any method may be retried.
	c, waits := newClient(t, Options{Transport: tripper(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	})})
	_, log, err := c.Do(t.Context(), &Request{Method: "POST", URL: mustURL(t, "http://host.test/")})
	equal(t, "kind", KindOf(err), Network)
	equal(t, "recorded", len(log), 3)
	equal(t, "waits", fmt.Sprint(*waits), "[250ms 500ms]")
}

// TestOnce loses the response to a request that is sent once, in two ways.
func TestOnce(t *testing.T) {
	for name, lose := range map[string]func(net.Conn){
		"reset": reset,
		"502":   func(c net.Conn) { io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") },
	} {
		base, heads := raw(t, func(_ int, c net.Conn, _ string) { lose(c) })
		c, _ := newClient(t, Options{})
		_, _, err := c.Do(t.Context(), &Request{Method: "PUT", URL: mustURL(t, base), Once: true})
		equal(t, name+" error", err != nil, name == "reset")
		equal(t, name+" sent", len(heads()), 1)
	}
}

func TestRetriesOverAllHops(t *testing.T) {
	n := 0
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n%2 == 1 {
			w.WriteHeader(429)
			return
		}
		w.Header().Set("Location", fmt.Sprint("/", n))
		w.WriteHeader(302)
	})
	c, _ := newClient(t, Options{})
	_, log, err := c.Do(t.Context(), get(t, base))
	equal(t, "kind", KindOf(err), TooMany)
	equal(t, "recorded", len(log), 5)
}

func TestWaitIsCanceled(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "9")
		w.WriteHeader(429)
	})
	ctx, cancel := context.WithCancel(t.Context())
	c := New(Options{Sleep: func(ctx context.Context, d time.Duration) error {
		cancel()
		return Sleep(ctx, time.Hour)
	}})
	_, log, err := c.Do(ctx, get(t, base))
	if KindOf(err) != Canceled || len(log) != 1 {
		t.Error(err)
	}
}

// TestGateway repeats requests after responses of a gateway.
func TestGateway(t *testing.T) {
	for _, tt := range []struct {
		method   string
		statuses []int
		want     int
		kind     Kind
	}{
		{"GET", []int{502, 504, 200}, 200, 0},
		{"GET", []int{504, 504, 504}, 504, 0},
		{"GET", []int{502, 404}, 404, 0},
		{"PUT", []int{502, 201}, 201, 0},
		{"PUT", []int{502, 502}, 502, 0},
		{"PUT", []int{504, 404}, 404, TooMany},
		{"POST", []int{503, 503, 503}, 503, 0},
		{"PATCH", []int{503, 202}, 202, 0},
	} {
		n := 0
		base := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(tt.statuses[n])
			n++
		})
		c, _ := newClient(t, Options{})
		resp, _, err := c.Do(t.Context(), &Request{Method: tt.method, URL: mustURL(t, base)})
		name := fmt.Sprint(tt.method, tt.statuses)
		equal(t, name+" kind", KindOf(err), tt.kind)
		equal(t, name+" status", resp.Status, tt.want)
		equal(t, name+" requests", n, len(tt.statuses))
	}
}

// TestPace has the intervals between requests.
func TestPace(t *testing.T) {
	var p pace
	now := time.Unix(0, 0)
	for range 2 {
		if p.reserve(now) != 0 {
			t.Error("a wait without a rejection")
		}
	}
	p.slow(now, time.Second)
	equal(t, "first", p.reserve(now), time.Second)
	equal(t, "second", p.reserve(now), time.Second+minInterval)
	for i := range 20 {
		p.slow(now.Add(time.Duration(i)*together), 0)
	}
	equal(t, "longest", p.interval, maxInterval)
	for range 1000 {
		p.speedUp()
	}
	equal(t, "shortest", p.interval, 0)
}

// TestRate has rates that are far too high or too low to matter.
func TestRate(t *testing.T) {
	for rate, want := range map[float64]time.Duration{0: 0, 10: 100 * time.Millisecond, 1e-300: maxPace, 1e300: 0} {
		equal(t, "the time between two requests", New(Options{Rate: rate}).pace.least, want)
	}
}
