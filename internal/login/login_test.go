package login

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
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

func TestDockerLogin(t *testing.T) {
	srv := bearer(t, tokenServer(t).URL+"/token")
	host := strings.TrimPrefix(srv.URL, "http://")
	dir := t.TempDir()
	config := fmt.Sprintf(`{"auths": {%q: {"username": "me", "password": "secret-word"}}}`, host)
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DOCKER_CONFIG", dir)
	resp, _, err := get(t, srv.URL+"/", Credentials{})
	if err != nil || resp.Status != http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
}

// TestNoTokenServer covers a token server that cannot be reached, which is not
// a fault of the registry's API.
func TestNoTokenServer(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	srv := bearer(t, "http://127.0.0.1:1/token")
	_, _, err := get(t, srv.URL+"/", Credentials{Username: "me", Password: "secret-word"})
	if httpclient.KindOf(err) != httpclient.Network || !strings.Contains(err.Error(), "logging in") {
		t.Errorf("%v", err)
	}
}

// TestDowngrade covers that credentials for an https registry are not sent to a
// token server with http.
func TestDowngrade(t *testing.T) {
	requested := false
	realm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { requested = true }))
	defer realm.Close()
	target, err := url.Parse("https://registry.example.com/")
	if err != nil {
		t.Fatal(err)
	}
	challenge := roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != target.Host {
			return http.DefaultTransport.RoundTrip(r)
		}
		h := http.Header{"Www-Authenticate": {fmt.Sprintf("Bearer realm=%q", realm.URL)}}
		return &http.Response{StatusCode: http.StatusUnauthorized, Header: h, Body: http.NoBody, Request: r}, nil
	})
	l, err := New(target, Credentials{Username: "me", Password: "secret-word"})
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest("GET", target.String(), nil)
	if _, err = l.Wrap(challenge).RoundTrip(req); err == nil || !strings.Contains(err.Error(), "no credentials are sent") {
		t.Errorf("%v", err)
	}
	if requested {
		t.Error("the token server received a request")
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
