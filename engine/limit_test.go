package engine_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/registry"
)

// limited rejects requests beyond a number in each tenth of a second.
type limited struct {
	http.Handler
	most, status int
	mu           sync.Mutex
	tenth        time.Time
	n, rejected  int
}

func (l *limited) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	if now := time.Now(); now.Sub(l.tenth) > 100*time.Millisecond {
		l.tenth, l.n = now, 0
	}
	l.n++
	over := l.n > l.most
	if over {
		l.rejected++
	}
	l.mu.Unlock()
	if over {
		w.WriteHeader(l.status)
		return
	}
	l.Handler.ServeHTTP(w, r)
}

// TestRateLimit runs cases against a registry that rejects requests beyond a
// rate, without Retry-After: the verdict is that of a run without a limit.
func TestRateLimit(t *testing.T) {
	rel, err := release.Open("v1.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			reg, err := registry.New(registry.Options{})
			if err != nil {
				t.Fatal(err)
			}
			l := &limited{Handler: reg, most: 8, status: status}
			srv := httptest.NewServer(l)
			defer srv.Close()
			u, err := url.Parse(srv.URL + "/")
			if err != nil {
				t.Fatal(err)
			}
			client := httpclient.New(httpclient.Options{})
			defer client.Close()
			picked := map[string]bool{"blob-small-sha256": true, "tags-n": true, "manifest-delete": true, "data-index": true}
			res, err := engine.Run(t.Context(), rel, engine.Target{URL: u, Repo: "a/b", Other: "a/c"}, client,
				engine.Options{Seed: "limit", Parallel: 8, Select: func(id string) bool { return picked[id] }})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d requests, %d rejected, %v", res.Requests, l.rejected, res.Ended.Sub(res.Started))
			if l.rejected == 0 {
				t.Error("no request was rejected")
			}
			for _, c := range res.Cases {
				if c.Outcome != "pass" {
					t.Errorf("%s: %s %s", c.ID, c.Outcome, c.Message)
				}
			}
		})
	}
}
