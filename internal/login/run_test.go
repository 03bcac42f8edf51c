package login

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/registry"
	"github.com/ocispec/ocispec/result"
)

// authority is a token server and the registry that asks for its tokens.
type authority struct {
	registry http.Handler
	realm    string
	lifetime time.Duration
	said     time.Duration // the lifetime that the token server states
	limit    int           // the token requests that are allowed in a second; 0 for any
	refuse   string        // the part of a scope for which there is no token, or ""
	first    bool          // only the first scope of a token request is read

	mu      sync.Mutex
	tokens  map[string]time.Time // token to its expiry; a token is its scopes and a number
	second  time.Time
	inIt    int
	granted int
	limited int // 429 of the token server
	refused int // 403 of the token server
	cut     int // token requests of which only the first scope was read
	renewed int // tokens in place of one that has expired
	expired int // 401 of the registry to a token that has expired
	denied  int // all 401 of the registry
}

func (a *authority) token(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, pass, _ := r.BasicAuth(); pass != "secret-word" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	now := time.Now()
	switch {
	case a.second.IsZero():
		a.second, a.inIt = now, a.limit // other clients have used up the first second
	case now.Sub(a.second) > time.Second:
		a.second, a.inIt = now, 0
	}
	if a.inIt++; a.limit > 0 && a.inIt > a.limit {
		a.limited++
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	scopes := r.URL.Query()["scope"]
	if a.first && len(scopes) > 1 {
		scopes = scopes[:1]
		a.cut++
	}
	scope := strings.Join(scopes, " ")
	if a.replaces(scope) {
		a.renewed++
	}
	if a.refuse != "" && strings.Contains(scope, a.refuse) {
		a.refused++
		w.WriteHeader(http.StatusForbidden)
		return
	}
	a.granted++
	token := fmt.Sprintf("%s|%d", scope, a.granted)
	a.tokens[token] = time.Now().Add(a.lifetime)
	fmt.Fprintf(w, `{"token": %q, "expires_in": %d}`, token, int(a.said.Seconds()))
}

// replaces reports whether the scope covers that of a token that has expired.
func (a *authority) replaces(scope string) bool {
	for token, expiry := range a.tokens {
		old, _, _ := strings.Cut(token, "|")
		missing := slices.ContainsFunc(strings.Fields(old), func(s string) bool { return !covers(strings.Fields(scope), s) })
		if time.Now().After(expiry) && old != "" && !missing {
			return true
		}
	}
	return false
}

// ServeHTTP checks that the token has the scope of the request.
func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	need := scopeOf(r)
	if a.first && len(need) > 1 {
		need = need[:1]
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	a.mu.Lock()
	expiry, known := a.tokens[token]
	a.mu.Unlock()
	have, _, _ := strings.Cut(token, "|")
	missing := slices.ContainsFunc(need, func(s string) bool { return !covers(strings.Fields(have), s) })
	if expired := known && time.Now().After(expiry); !known || expired || missing {
		a.mu.Lock()
		a.denied++
		if expired {
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
	m := repositories.FindStringSubmatch(r.URL.Path)
	if m == nil {
		return nil
	}
	actions := map[string]string{"GET": "pull", "HEAD": "pull", "DELETE": "delete"}[r.Method]
	if actions == "" {
		actions = "pull,push"
	}
	scopes := []string{"repository:" + m[1] + ":" + actions}
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

var repositories = regexp.MustCompile("^/v2/(.+)/(?:blobs|manifests|tags|referrers)/")

// TestRun runs a release against a registry with a token server.
func TestRun(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	for _, tt := range []struct {
		name     string
		lifetime time.Duration
		said     time.Duration
		limit    int
		rate     float64
		most     int // token requests in one lifetime
		happened func(*authority) int
	}{
		{"tokens are reused", time.Hour, time.Hour, 0, 0, 100, func(a *authority) int { return a.granted }},
		{"tokens expire during the run", 3 * time.Second, 3 * time.Second, 0, 200, 100, func(a *authority) int { return a.renewed }},
		{"tokens expire before their time", 3 * time.Second, time.Hour, 0, 200, 100, func(a *authority) int { return a.expired }},
		{"the token server is limited", time.Hour, time.Hour, 10, 0, 100, func(a *authority) int { return a.limited }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			a.lifetime, a.said, a.limit = tt.lifetime, tt.said, tt.limit
			started := time.Now()
			res := a.run(t, tt.rate)
			lifetimes := 1 + int(time.Since(started)/tt.lifetime)
			t.Logf("%d requests, %d tokens, %d of them renewed, %d times 401, %d of them for an expired token, %d times 429",
				res.Requests, a.granted, a.renewed, a.denied, a.expired, a.limited)
			for _, f := range res.Findings {
				t.Errorf("%s %s: %s", f.Outcome, f.Requirement, f.Message)
			}
			for _, c := range res.Cases {
				if c.Outcome != result.Pass && c.Outcome != result.Disabled {
					t.Errorf("%s %s: %s", c.Outcome, c.ID, c.Message)
				}
			}
			if a.granted > tt.most*lifetimes {
				t.Errorf("%d token requests in %d lifetimes", a.granted, lifetimes)
			}
			if tt.happened(a) == 0 {
				t.Error("it did not happen")
			}
		})
	}
}

// TestFirst runs against a token server that reads only the first of several scopes.
func TestFirst(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	a := newAuthority(t)
	a.lifetime, a.said, a.first = time.Hour, time.Hour, true
	res := a.run(t, 0)
	for _, f := range res.Findings {
		t.Errorf("%s %s: %s", f.Outcome, f.Requirement, f.Message)
	}
	for _, c := range res.Cases {
		if c.Outcome != result.Pass && c.Outcome != result.Disabled {
			t.Errorf("%s %s: %s", c.Outcome, c.ID, c.Message)
		}
	}
	t.Logf("%d tokens, %d of them cut", a.granted, a.cut)
	if a.cut == 0 || a.granted > 400 {
		t.Errorf("%d tokens, %d of them cut", a.granted, a.cut)
	}
}

// TestRefused runs against a token server that gives no token for a repository that does
// not exist, not even if others are asked for too: the cases that read that repository are
// inconclusive, and no others.
func TestRefused(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	a := newAuthority(t)
	a.lifetime, a.said, a.refuse = time.Hour, time.Hour, "-missing:"
	res := a.run(t, 0)
	for _, f := range res.Findings {
		t.Errorf("%s %s: %s", f.Outcome, f.Requirement, f.Message)
	}
	others := 0
	for _, c := range res.Cases {
		if c.Outcome != result.Pass && c.Outcome != result.Disabled {
			if others++; !strings.Contains(c.ID, "missing") && c.ID != "blob-mount-from-nowhere" && c.ID != "referrers-none" {
				t.Errorf("%s %s", c.Outcome, c.ID)
			}
		}
	}
	t.Logf("%d tokens, %d refused", a.granted, a.refused)
	if others == 0 || a.refused == 0 || a.refused > 60 {
		t.Errorf("%d cases are affected, %d tokens were refused", others, a.refused)
	}
}

// newAuthority returns an authority in front of the model registry.
func newAuthority(t *testing.T) *authority {
	t.Helper()
	reg, err := registry.New(registry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{registry: reg, tokens: map[string]time.Time{}}
	tokens := httptest.NewServer(http.HandlerFunc(a.token))
	t.Cleanup(tokens.Close)
	a.realm = tokens.URL
	return a
}

// run runs version 1.1 against the registry, with at most rate requests a second.
func (a *authority) run(t *testing.T, rate float64) *result.Run {
	t.Helper()
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
	l, err := New(u, Credentials{Username: "me", Password: "secret-word", Repository: regexp.MustCompile(rel.Repository)})
	if err != nil {
		t.Fatal(err)
	}
	client := httpclient.New(httpclient.Options{Wrap: l.Wrap, Secrets: l.Secrets, Rate: rate})
	defer client.Close()
	res, err := engine.Run(t.Context(), rel, engine.Target{URL: u, Repo: "a/b", Other: "a/c"}, client, engine.Options{Seed: "login", Parallel: 4})
	if err != nil {
		t.Fatal(err)
	}
	return res
}
