package hostile

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/internal/login"
	"github.com/ocispec/ocispec/result"
)

// TestOtherHost has a registry that leads to another host, by Locations or redirects,
// and a docker login for both: the other host gets no credentials, and nothing but GET
// and HEAD.
func TestOtherHost(t *testing.T) {
	other := &victim{}
	there := httptest.NewServer(other)
	defer there.Close()
	for name, handler := range map[string]http.HandlerFunc{
		"Location": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", there.URL+r.URL.Path)
			w.WriteHeader(http.StatusAccepted)
		},
		"redirect 307": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, there.URL+r.URL.Path, http.StatusTemporaryRedirect)
		},
		"redirect 303": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, there.URL+r.URL.Path, http.StatusSeeOther)
		},
		"Link": func(w http.ResponseWriter, r *http.Request) {
			if status := map[string]int{"POST": 202, "PATCH": 202, "PUT": 201, "DELETE": 202}[r.Method]; status != 0 {
				w.Header().Set("Location", r.URL.Path)
				w.WriteHeader(status)
				return
			}
			w.Header().Set("Link", fmt.Sprintf("<%s%s?page>; rel=next", there.URL, r.URL.Path))
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"name": "hostile/a", "tags": []}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			other.reset()
			here := httptest.NewServer(challenging(handler))
			defer here.Close()
			dockerLogin(t, here.URL, there.URL)
			res := runDocker(t, here.URL)
			if res.Outcome == result.Pass || res.Requests == 0 {
				t.Errorf("%s after %d requests", res.Outcome, res.Requests)
			}
			other.check(t, name != "Location") // only writes go there
		})
	}
}

// victim is a host with a docker login that a registry leads to.
type victim struct {
	mu   sync.Mutex
	seen []string
}

func (v *victim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	line := r.Method + " " + r.URL.Path
	if auth := r.Header.Get("Authorization"); auth != "" {
		line += " with " + auth
	}
	v.seen = append(v.seen, line)
	w.Header().Set("WWW-Authenticate", `Basic realm="other"`)
	w.WriteHeader(http.StatusUnauthorized)
}

func (v *victim) reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen = nil
}

func (v *victim) check(t *testing.T, reached bool) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if reached && len(v.seen) == 0 {
		t.Error("no request reached the other host")
	}
	for _, line := range v.seen {
		if strings.Contains(line, "with ") || !strings.HasPrefix(line, "GET ") && !strings.HasPrefix(line, "HEAD ") {
			t.Errorf("the other host got %s", line)
		}
	}
}

// challenging wants credentials.
func challenging(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, pass, _ := r.BasicAuth(); pass != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="here"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// dockerLogin writes a configuration of docker login with credentials for each URL.
func dockerLogin(t *testing.T, urls ...string) {
	t.Helper()
	var auths []string
	for _, u := range urls {
		auths = append(auths, fmt.Sprintf(`%q: {"username": "user", "password": %q}`, strings.TrimPrefix(u, "http://"), password))
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"auths": {`+strings.Join(auths, ", ")+`}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DOCKER_CONFIG", dir)
}

// runDocker runs all cases against a registry with the credentials of docker login.
func runDocker(t *testing.T, registry string) *result.Run {
	t.Helper()
	server, err := url.Parse(registry + "/")
	if err != nil {
		t.Fatal(err)
	}
	auth, err := login.New(server, login.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	client := httpclient.New(httpclient.Options{Wrap: auth.Wrap, Secrets: auth.Secrets, Limits: httpclient.Limits{Timeout: longest}})
	defer client.Close()
	target := engine.Target{URL: server, Repo: "hostile/a", Other: "hostile/b"}
	res, err := engine.Run(context.Background(), releaseOf(t), target, client, engine.Options{Seed: "hostile", Parallel: 4})
	if err != nil {
		t.Fatal(err)
	}
	return res
}
