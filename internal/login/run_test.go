package login

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/registry"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/result"
)

// authority is a token server and the registry that asks for its tokens.
type authority struct {
	registry http.Handler
	realm    string
	lifetime time.Duration
	limit    int // the token requests that are allowed in a second; 0 for any

	mu      sync.Mutex
	tokens  map[string]time.Time // token to its expiry; a token is its scopes and a number
	second  time.Time
	inIt    int
	granted int
	denied  int // 401 of the registry
	expired int // of these, for a token whose time is over
	busy    int // 429 of the token server
}

func (a *authority) token(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, pass, _ := r.BasicAuth(); pass != "secret-word" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if now := time.Now(); now.Sub(a.second) > time.Second {
		a.second, a.inIt = now, 0
	}
	if a.inIt++; a.limit > 0 && a.inIt > a.limit {
		a.busy++
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	a.granted++
	token := fmt.Sprintf("%s|%d", strings.Join(r.URL.Query()["scope"], " "), a.granted)
	a.tokens[token] = time.Now().Add(a.lifetime)
	fmt.Fprintf(w, `{"token": %q, "expires_in": 3600}`, token)
}

// ServeHTTP checks that the token has the scope of the request.
func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	need := scopeOf(r)
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	a.mu.Lock()
	expiry, known := a.tokens[token]
	a.mu.Unlock()
	have, _, _ := strings.Cut(token, "|")
	missing := slices.ContainsFunc(need, func(s string) bool { return !covers(strings.Fields(have), s) })
	if !known || time.Now().After(expiry) || missing {
		a.mu.Lock()
		a.denied++
		if known && time.Now().After(expiry) {
			a.expired++
		}
		a.mu.Unlock()
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="test",scope=%q`, a.realm, strings.Join(need, " ")))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	a.registry.ServeHTTP(w, r)
}

// scopeOf returns the scopes that a registry asks for.
func scopeOf(r *http.Request) []string {
	dir := strings.TrimPrefix(strings.Fields(kind(r))[1], "/v2/")
	if dir == "" || dir == "/v2/" {
		return nil
	}
	scopes := []string{"repository:" + dir + ":" + map[string]string{"GET": "pull", "HEAD": "pull", "DELETE": "delete"}[r.Method]}
	if r.Method != "GET" && r.Method != "HEAD" && r.Method != "DELETE" {
		scopes[0] = "repository:" + dir + ":pull,push"
	}
	if from := r.URL.Query().Get("from"); from != "" {
		scopes = append(scopes, "repository:"+from+":pull")
	}
	return scopes
}

// covers reports whether one of the scopes has all actions of another.
func covers(have []string, need string) bool {
	i := strings.LastIndex(need, ":")
	return slices.ContainsFunc(have, func(h string) bool {
		rest, ok := strings.CutPrefix(h, need[:i+1])
		return ok && !slices.ContainsFunc(strings.Split(need[i+1:], ","), func(a string) bool {
			return !slices.Contains(strings.Split(rest, ","), a)
		})
	})
}

// TestRun runs a release against a registry with a token server.
func TestRun(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	for _, tt := range []struct {
		name     string
		lifetime time.Duration
		limit    int
		most     int // token requests
	}{
		{"tokens are reused", time.Hour, 0, 200},
		{"tokens end before the time that they announce", 300 * time.Millisecond, 0, 1000},
		{"the token server is limited", time.Hour, 10, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reg, err := registry.New(registry.Options{})
			if err != nil {
				t.Fatal(err)
			}
			a := &authority{registry: reg, lifetime: tt.lifetime, limit: tt.limit, tokens: map[string]time.Time{}}
			tokens := httptest.NewServer(http.HandlerFunc(a.token))
			defer tokens.Close()
			a.realm = tokens.URL
			srv := httptest.NewServer(a)
			defer srv.Close()
			rel, err := release.Open("v1.1")
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(srv.URL + "/")
			if err != nil {
				t.Fatal(err)
			}
			l, err := New(u, Credentials{Username: "me", Password: "secret-word"})
			if err != nil {
				t.Fatal(err)
			}
			client := httpclient.New(httpclient.Options{Wrap: l.Wrap, Secrets: l.Secrets})
			defer client.Close()
			res, err := engine.Run(t.Context(), rel, engine.Target{URL: u, Repo: "a/b", Other: "a/c"}, client, engine.Options{Seed: "login", Parallel: 4})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d requests, %d tokens, %d times 401 (%d expired), %d times 429", res.Requests, a.granted, a.denied, a.expired, a.busy)
			for _, f := range res.Findings {
				t.Errorf("%s %s: %s", f.Outcome, f.Requirement, f.Message)
			}
			for _, c := range res.Cases {
				if c.Outcome != result.Pass && c.Outcome != result.Disabled {
					t.Errorf("%s %s: %s", c.Outcome, c.ID, c.Message)
					for _, s := range c.Steps {
						if s.Message != "" {
							t.Logf("%s: %s", s.ID, s.Message)
						}
					}
				}
			}
			if a.granted > tt.most {
				t.Errorf("%d token requests", a.granted)
			}
			if tt.lifetime < time.Minute && a.expired == 0 {
				t.Error("no token ended during the run")
			}
			if tt.limit > 0 && a.busy == 0 {
				t.Error("the limit was not reached")
			}
		})
	}
}
