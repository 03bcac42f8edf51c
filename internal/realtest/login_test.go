package realtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/login"
	"github.com/ocispec/ocispec/result"
)

// The credentials of the tests, and their line in a file of htpasswd (bcrypt).
const (
	user, password = "me", "secret-word"
	htpasswd       = user + ":$2b$05$abcdefghijklmnopqrstuuUOabO4v2PoT/v47Y.znQK.9MsMDnesq\n"
)

// access is how a run reaches a registry.
type access struct {
	scheme string
	tls    *tls.Config
	login  bool
	rate   float64 // requests a second; 0 for any number
	opts   engine.Options
	denied *atomic.Int64 // counts tokens that were rejected, if it is not nil
}

// verdicts returns the verdicts of a run.
func (a access) verdicts(t *testing.T, rel *release.Release, addr, seed string) []string {
	t.Helper()
	return verdictsOf(a.run(t, rel, addr, seed))
}

// run returns the results of a run.
func (a access) run(t *testing.T, rel *release.Release, addr, seed string) *result.Run {
	t.Helper()
	u := &url.URL{Scheme: a.scheme, Host: addr, Path: "/"}
	options := httpclient.Options{TLS: a.tls, Rate: a.rate}
	if a.login {
		auth, err := login.New(u, login.Credentials{Username: user, Password: password, Repository: regexp.MustCompile(rel.Repository)})
		if err != nil {
			t.Fatal(err)
		}
		options.Wrap = func(rt http.RoundTripper) http.RoundTripper { return auth.Wrap(counter{rt, a.denied}) }
		options.Secrets = auth.Secrets
	}
	client := httpclient.New(options)
	defer client.Close()
	target := engine.Target{URL: u, Repo: "agree/a", Other: "agree/b"}
	opts := a.opts
	opts.Seed, opts.Parallel = seed, 16
	if err := engine.Probe(context.Background(), rel, target, client); err != nil {
		t.Fatal(err)
	}
	cleanup, err := engine.Preflight(context.Background(), rel, target, client, opts)
	if err != nil {
		t.Fatal(err)
	}
	cleanup()
	res, err := engine.Run(context.Background(), rel, target, client, opts)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// counter counts the tokens that distribution rejects as such, not for their scope.
type counter struct {
	http.RoundTripper
	denied *atomic.Int64
}

func (c counter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(req)
	if err == nil && c.denied != nil && strings.Contains(resp.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
		c.denied.Add(1)
	}
	return resp, err
}

// TestLogin runs against distribution behind TLS with htpasswd: the verdicts are those
// of a run without either.
func TestLogin(t *testing.T) {
	rel := v11(t)
	want := verdicts(t, rel, servers[0].start(t), "open", 16)
	roots := x509.NewCertPool()
	locked := server{"distribution with TLS and htpasswd", "registry", func(t *testing.T, addr, dir string) []string {
		return secured(t, addr, dir, roots)
	}}
	got := access{scheme: "https", tls: &tls.Config{RootCAs: roots}, login: true}.verdicts(t, rel, locked.start(t), "locked")
	agree(t, "TLS and htpasswd", want, got)
}

// secured writes a configuration for distribution with TLS and a login, and adds its
// certificate to roots.
func secured(t *testing.T, addr, dir string, roots *x509.CertPool) []string {
	t.Helper()
	srv := httptest.NewTLSServer(nil) // for its certificate
	defer srv.Close()
	roots.AddCert(srv.Certificate())
	key, err := x509.MarshalPKCS8PrivateKey(srv.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"cert.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}),
		"key.pem":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"htpasswd": []byte(htpasswd),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := distribution(t, addr, dir)
	config, err := os.ReadFile(args[1])
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(config), fmt.Sprintf("http: {addr: %q}", addr),
		fmt.Sprintf("http: {addr: %q, tls: {certificate: %q, key: %q}}\nauth: {htpasswd: {realm: r, path: %q}}",
			addr, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "htpasswd")), 1)
	if err := os.WriteFile(args[1], []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return args
}

// nameUnknown is the end of an nginx location that has no repository of a name.
const nameUnknown = ` { return 404 '{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}'; }`

// TestRestricted runs against distribution behind nginx that restricts repositories or
// writes: the verdicts are those of a run without restrictions.
func TestRestricted(t *testing.T) {
	rel := v11(t)
	addr := servers[0].start(t)
	fixed := engine.Options{FixedRepos: true}
	users := filepath.Join(t.TempDir(), "htpasswd")
	if err := os.WriteFile(users, []byte(user+":{PLAIN}"+password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, location string
		access         access
		rejected       string // the end of a line of the access log
	}{
		{"names of two parts", `default_type application/json; if ($uri ~ "^/v2/([^/]+|[^/]+/[^/]+/.+)/(blobs|manifests|tags|referrers)/")` + nameUnknown,
			access{scheme: "http", opts: fixed}, ""},
		{"two repositories", `default_type application/json; if ($uri !~ "^/v2/($|agree/[ab]/)")` + nameUnknown,
			access{scheme: "http", opts: fixed}, "404"},
		{"anonymous pulls, pushes with a login", fmt.Sprintf("limit_except GET HEAD { auth_basic r; auth_basic_user_file %s; }", users),
			access{scheme: "http", login: true}, "401"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plain := tt.access
			plain.login = false
			want := plain.verdicts(t, rel, addr, "free "+tt.name)
			front, log := nginx(t, addr, "", tt.location)
			agree(t, tt.name, want, tt.access.verdicts(t, rel, front, "restricted "+tt.name))
			if !slices.ContainsFunc(lines(t, log), func(line string) bool { return strings.HasSuffix(line, tt.rejected) }) {
				t.Error("nginx rejected nothing")
			}
		})
	}
}
