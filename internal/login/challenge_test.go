package login

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine/httpclient"
)

// TestChallenges has the forms of challenges: with both schemes Bearer is met,
// and what cannot be met leaves the 401 as the registry sent it.
func TestChallenges(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	realm := tokenServer(t).URL + "/token"
	for _, tt := range []struct {
		name   string
		lines  []string
		status int
		auth   string // of the last request
	}{
		{"both in one line", []string{`Basic realm="r", Bearer realm="` + realm + `",service=""`}, 200, "Bearer the-token-itself"},
		{"both in two lines", []string{`Basic realm="r"`, `Bearer realm="` + realm + `"`}, 200, "Bearer the-token-itself"},
		{"an unknown scheme before", []string{`Negotiate`, `Basic realm="r"`}, 200, "Basic "},
		{"Bearer without a realm", []string{`Bearer service="x", Basic realm="r"`}, 200, "Basic "},
		{"an unknown scheme", []string{`Negotiate`}, 401, ""},
		{"none", nil, 401, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			last := ""
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if last = r.Header.Get("Authorization"); last == "" {
					w.Header()["Www-Authenticate"] = tt.lines
					w.WriteHeader(http.StatusUnauthorized)
				}
			}))
			defer srv.Close()
			resp, _, err := get(t, srv.URL+"/", Credentials{Username: "me", Password: "secret-word"})
			if err != nil || resp.Status != tt.status || !strings.HasPrefix(last, tt.auth) {
				t.Errorf("%v %v, sent %q", resp, err, last)
			}
		})
	}
}

// TestRejected has a registry that rejects the token: the 401 is the one that it
// sent, with its body.
func TestRejected(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	realm := tokenServer(t).URL + "/token"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q", realm))
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, "not for you")
	}))
	defer srv.Close()
	resp, _, err := get(t, srv.URL+"/", Credentials{Username: "me", Password: "secret-word"})
	if err != nil || resp.Status != http.StatusUnauthorized || string(resp.Body) != "not for you" {
		t.Errorf("%v %v", resp, err)
	}
}

// TestScope has a user who gives the scope of all tokens.
func TestScope(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	var scopes []string
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scopes = append(scopes, r.URL.Query()["scope"]...)
		fmt.Fprint(w, `{"access_token": "the-token-itself"}`)
	}))
	defer tokens.Close()
	srv := bearer(t, tokens.URL)
	resp, _, err := get(t, srv.URL+"/", Credentials{Username: "me", Password: "secret-word", Scope: "repository:x:pull repository:y:pull"})
	if err != nil || resp.Status != http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
	if got := strings.Join(scopes, ", "); got != "repository:x:pull, repository:y:pull" {
		t.Errorf("scopes %s", got)
	}
}

// TestInsufficientScope has a registry that wants a further scope of a token that it
// accepted before, with either of the statuses for that, and that rejects every token for
// one path: then the response is the one that it sent.
func TestInsufficientScope(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"token": %q}`, "token "+strings.Join(r.URL.Query()["scope"], " "))
	}))
	defer tokens.Close()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			var sent []string
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
				sent = append(sent, token)
				need := "repository:a:" + strings.TrimPrefix(r.URL.Path, "/")
				if need != "repository:a:never" && covers(strings.Fields(token), need) {
					return
				}
				w.Header().Add("WWW-Authenticate", `Basic realm="r"`)
				w.Header().Add("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,error="insufficient_scope",scope=%q,service=""`, tokens.URL, need))
				if token == "" {
					w.WriteHeader(http.StatusUnauthorized)
				} else {
					w.WriteHeader(status)
				}
				fmt.Fprint(w, "more scope")
			}))
			defer srv.Close()
			u, err := url.Parse(srv.URL + "/")
			if err != nil {
				t.Fatal(err)
			}
			l, err := New(u, Credentials{Username: "me", Password: "secret-word"})
			if err != nil {
				t.Fatal(err)
			}
			client := httpclient.New(httpclient.Options{Wrap: l.Wrap})
			for _, tt := range []struct {
				path   string
				status int
				sent   string
			}{
				{"pull", 200, ", token repository:a:pull"},
				{"delete", 200, "token repository:a:pull, token repository:a:delete,pull"},
				// At last with a token of that scope alone.
				{"never", status, "token repository:a:delete,pull, token repository:a:delete,never,pull, , token repository:a:never"},
			} {
				sent = nil
				resp, _, err := client.Do(t.Context(), &httpclient.Request{Method: "GET", URL: u.JoinPath(tt.path), Header: http.Header{}})
				if err != nil || resp.Status != tt.status || strings.Join(sent, ", ") != tt.sent {
					t.Fatalf("%s: %v %v, sent %q", tt.path, resp, err, sent)
				}
				if tt.status != 200 && (string(resp.Body) != "more scope" || len(resp.Header.Values("WWW-Authenticate")) != 2) {
					t.Errorf("%s: %v %s", tt.path, resp.Header, resp.Body)
				}
			}
		})
	}
}

// TestBusyTokenServer has token servers that are busy or do not respond for a moment.
func TestBusyTokenServer(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	for _, tt := range []struct{ status, times int }{{429, 2}, {503, 2}, {502, 2}, {504, 1}, {0, 1}} {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			n := 0
			tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch n++; {
				case n > tt.times:
					fmt.Fprint(w, `{"token": "the-token-itself"}`)
				case tt.status == 0:
					panic(http.ErrAbortHandler)
				default:
					w.Header().Set("Retry-After", "0")
					w.WriteHeader(tt.status)
				}
			}))
			defer tokens.Close()
			resp, _, err := get(t, bearer(t, tokens.URL).URL+"/", Credentials{Username: "me", Password: "secret-word"})
			if err != nil || resp.Status != http.StatusOK || n != tt.times+1 {
				t.Errorf("%v %v after %d requests", resp, err, n)
			}
		})
	}
}

// TestTokenWait has the ways in which a token server says when to ask again.
func TestTokenWait(t *testing.T) {
	for after, want := range map[string]time.Duration{
		"":    2 * time.Second,
		"7":   7 * time.Second,
		"600": maxTokenWait,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat):  maxTokenWait,
		time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat): 0,
	} {
		resp := &http.Response{Header: http.Header{}}
		if after != "" {
			resp.Header.Set("Retry-After", after)
		}
		if got := tokenWait(resp, 2); got != want {
			t.Errorf("Retry-After %q: %v, want %v", after, got, want)
		}
	}
}

// TestOtherHost has docker credentials for a host that a redirect leads to: they
// are not sent.
func TestOtherHost(t *testing.T) {
	sent := ""
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent += r.Header.Get("Authorization"); sent == "" {
			w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer other.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	dockerConfig(t, fmt.Sprintf(`{"auths": {%q: {"username": "me", "password": "secret-word"}}}`, strings.TrimPrefix(other.URL, "http://")))
	if resp, _, err := get(t, srv.URL+"/", Credentials{}); err != nil || resp.Status != http.StatusUnauthorized || sent != "" {
		t.Errorf("%v %v, sent %q", resp, err, sent)
	}
}

// TestPlain has a registry with https that leads to itself with http: it gets no
// credentials there.
func TestPlain(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	target := &url.URL{Scheme: "https", Host: "r.example", Path: "/"}
	l, err := New(target, Credentials{Username: "me", Password: "secret-word"})
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]string{}
	rt := l.Wrap(roundTrip(func(r *http.Request) (*http.Response, error) {
		sent[r.URL.Scheme] += r.Header.Get("Authorization")
		h := http.Header{"Www-Authenticate": {`Basic realm="r"`}}
		return &http.Response{StatusCode: http.StatusUnauthorized, Header: h, Body: http.NoBody, Request: r}, nil
	}))
	for _, scheme := range []string{"https", "http"} {
		if _, err := rt.RoundTrip(httptest.NewRequest("GET", scheme+"://r.example/", nil)); err != nil {
			t.Fatal(err)
		}
	}
	if sent["https"] == "" || sent["http"] != "" {
		t.Errorf("sent %q", sent)
	}
}

// TestHelper runs credential helpers.
func TestHelper(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	h := helper{500 * time.Millisecond}
	for name, tt := range map[string]struct{ script, user, err string }{
		"works": {`echo '{"Username": "me", "Secret": "secret-word"}'`, "me", ""},
		"hangs": {"echo secret-word; sleep 20", "", "has not ended after"},
		"fails": {"echo secret-word >&2; exit 1", "", "exit status 1"},
		"none":  {"echo credentials not found in native keychain; exit 1", "", ""},
		"other": {"echo secret-word", "", "printed no credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(dir, "docker-credential-"+name), []byte("#!/bin/sh\n"+tt.script+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			e, err := h.run(name, "r.example")
			if e.Username != tt.user || (err == nil) != (tt.err == "") {
				t.Fatalf("%v %v", e.Username, err)
			}
			if err != nil && (!strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret-word")) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := h.run("is-not-there", "r.example"); err == nil || httpclient.KindOf(err) == httpclient.Network {
		t.Errorf("%v", err)
	}
}
