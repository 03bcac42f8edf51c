package login

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/result"
)

// get sends a PUT request with credentials and returns the response and the
// recorded exchanges.
func get(t *testing.T, target string, c Credentials) (*httpclient.Response, []result.Exchange, error) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(u, c)
	if err != nil {
		t.Fatal(err)
	}
	client := httpclient.New(httpclient.Options{Wrap: l.Wrap, Secrets: l.Secrets})
	return client.Do(context.Background(), &httpclient.Request{Method: "PUT", URL: u, Header: http.Header{}, Body: []byte("body")})
}

func TestBasic(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, pass, ok := r.BasicAuth(); !ok || user != "me" || pass != "secret-word" {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, "welcome secret-word")
	}))
	defer srv.Close()
	resp, log, err := get(t, srv.URL+"/", Credentials{Username: "me", Password: "secret-word"})
	if err != nil || resp.Status != http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
	if b, _ := json.Marshal(log); strings.Contains(string(b), "secret-word") {
		t.Errorf("the record shows the password: %s", b)
	}
	resp, _, err = get(t, srv.URL+"/", Credentials{Username: "me", Password: "wrong"})
	if err != nil || resp.Status != http.StatusUnauthorized && resp.Status != http.StatusForbidden {
		t.Errorf("with a wrong password: %v %v", resp, err)
	}
}

// tokenServer starts a server that responds with a token to requests with the
// password.
func tokenServer(t *testing.T) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pass, _ := r.BasicAuth(); pass != "secret-word" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"token": "the-token-itself"}`)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func bearer(t *testing.T, realm string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer the-token-itself" {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="test",scope="repository:a:pull,push"`, realm))
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestToken(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	srv := bearer(t, tokenServer(t).URL+"/token")
	resp, _, err := get(t, srv.URL+"/", Credentials{Username: "me", Password: "secret-word"})
	if err != nil || resp.Status != http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
}

// TestCanonical has names of one host, and of others.
func TestCanonical(t *testing.T) {
	dockerConfig(t, `{"auths": {"r.example": {"username": "me", "password": "secret-word"}}}`)
	for _, tt := range []struct {
		target, to string
		ok         bool
	}{
		{"https://R.Example:443/", "https://r.example/up", true},
		{"https://r.example/", "https://R.example:443/up", true},
		{"http://r.example:80/", "http://r.example/up", true},
		{"https://r.example/", "https://r.example:80/up", false},
		{"https://r.example/", "https://other.example/up", false},
	} {
		target, err := url.Parse(tt.target)
		if err != nil {
			t.Fatal(err)
		}
		l, err := New(target, Credentials{})
		if err != nil {
			t.Fatal(err)
		}
		sent := ""
		rt := l.Wrap(roundTrip(func(r *http.Request) (*http.Response, error) {
			sent += r.Header.Get("Authorization")
			h := http.Header{"Www-Authenticate": {`Basic realm="r"`}}
			return &http.Response{StatusCode: http.StatusUnauthorized, Header: h, Body: http.NoBody, Request: r}, nil
		}))
		if _, err := rt.RoundTrip(httptest.NewRequest("GET", tt.to, nil)); err != nil || (sent != "") != tt.ok {
			t.Errorf("%s: sent %q to %s (%v)", tt.target, sent, tt.to, err)
		}
	}
}

// TestNoTokenServer covers a token server that cannot be reached, which is not
// a fault of the registry's API.
func TestNoTokenServer(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	srv := bearer(t, "http://127.0.0.1:1/token")
	_, _, err := get(t, srv.URL+"/", Credentials{Username: "me", Password: "secret-word"})
	if httpclient.KindOf(err) != httpclient.Login || !strings.Contains(err.Error(), "logging in") {
		t.Errorf("%v", err)
	}
}

// TestTokenServers has token servers that get no credentials of a registry, and others.
func TestTokenServers(t *testing.T) {
	for _, tt := range []struct{ registry, realm, redirect, err string }{
		{"https://r.example", "https://auth.example/token", "", ""},
		{"https://r.example", "https://r.example/token", "", ""},
		{"https://r.example", "http://auth.example/token", "", "is reached by http, not https"},
		{"https://r.example", "https://10.0.0.1/token", "", "has a private address"},
		{"http://r.example", "http://169.254.169.254/token", "", "has a private address"},
		{"http://r.example", "http://[::1]:5001/token", "", "has a private address"},
		{"http://localhost:5000", "http://127.0.0.1:5001/token", "", ""},
		{"https://10.0.0.2", "https://10.0.0.1/token", "", ""},
		{"https://10.0.0.1", "https://10.0.0.1/token", "", ""},
		{"https://r.example", "https://auth.example/token", "https://auth.example/other", ""},
		{"https://r.example", "https://auth.example/token", "https://elsewhere.example/token", "redirects to another host"},
	} {
		t.Run(tt.registry+" "+tt.realm+" "+tt.redirect, func(t *testing.T) {
			target, err := url.Parse(tt.registry + "/v2/")
			if err != nil {
				t.Fatal(err)
			}
			var asked []string
			peers := roundTrip(func(r *http.Request) (*http.Response, error) {
				resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}
				switch at := r.URL.String(); {
				case at == target.String() && r.Header.Get("Authorization") == "":
					resp.StatusCode = http.StatusUnauthorized
					resp.Header.Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q", tt.realm))
				case at != target.String() && tt.redirect != "" && at != tt.redirect:
					resp.StatusCode = http.StatusTemporaryRedirect
					resp.Header.Set("Location", tt.redirect)
				case at != target.String():
					asked = append(asked, at)
					resp.Body = io.NopCloser(strings.NewReader(`{"token": "the-token-itself"}`))
				}
				return resp, nil
			})
			l, err := New(target, Credentials{Username: "me", Password: "secret-word"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = l.Wrap(peers).RoundTrip(httptest.NewRequest("GET", target.String(), nil))
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err+", so no credentials are sent") {
				t.Errorf("%v", err)
			}
			if (len(asked) > 0) != (tt.err == "") {
				t.Errorf("asked %v", asked)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
