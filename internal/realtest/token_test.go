package realtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/result"
)

// tokens is a token server whose tokens last 3 s.
type tokens struct {
	key   *ecdsa.PrivateKey
	cert  []byte        // DER
	limit int           // requests in a second; 0 for any
	said  time.Duration // the lifetime that it states
	most  int           // tokens until it rejects the credentials; 0 for any

	mu      sync.Mutex
	second  time.Time
	inIt    int
	granted int
	limited int
}

const lifetime = 3 * time.Second

// leeway is how much longer distribution accepts tokens.
const leeway = 60 * time.Second

func newTokens(t *testing.T) *tokens {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tokens{key: key, cert: cert, said: lifetime}
}

func (s *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, pass, _ := r.BasicAuth(); name != user || pass != password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if status := s.rejected(); status != 0 {
		w.WriteHeader(status)
		return
	}
	type access struct {
		Type    string   `json:"type"`
		Name    string   `json:"name"`
		Actions []string `json:"actions"`
	}
	granted := []access{}
	for _, scope := range strings.Fields(strings.Join(r.URL.Query()["scope"], " ")) {
		if p := strings.Split(scope, ":"); len(p) == 3 {
			granted = append(granted, access{p[0], p[1], strings.Split(p[2], ",")})
		}
	}
	now := time.Now()
	token, err := s.sign(map[string]any{
		"iss": "issuer", "sub": user, "aud": "registry", "jti": fmt.Sprint(now.UnixNano()),
		"iat": now.Unix(), "nbf": now.Add(-leeway).Unix(), "exp": now.Add(lifetime - leeway).Unix(), "access": granted,
	})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "expires_in": int(s.said.Seconds())})
}

// rejected counts a request, and returns the status with which it is rejected, or 0.
func (s *tokens) rejected() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.second) > time.Second {
		s.second, s.inIt = now, 0
	}
	s.inIt++
	if s.limit > 0 && s.inIt > s.limit {
		s.limited++
		return http.StatusTooManyRequests
	}
	if s.most > 0 && s.granted == s.most {
		return http.StatusUnauthorized
	}
	s.granted++
	return 0
}

// sign returns a JSON Web Token (RFC 7519) with the certificate of its key.
func (s *tokens) sign(claims map[string]any) (string, error) {
	head, err := json.Marshal(map[string]any{"typ": "JWT", "alg": "ES256", "x5c": [][]byte{s.cert}})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding.EncodeToString
	text := enc(head) + "." + enc(body)
	sum := sha256.Sum256([]byte(text))
	a, b, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return "", err
	}
	return text + "." + enc(append(a.FillBytes(make([]byte, 32)), b.FillBytes(make([]byte, 32))...)), nil
}

// TestTokens runs against distribution with a token server whose tokens last 3 s, also
// with one that is limited to 10 requests a second, and with one that states a longer
// lifetime, so that tokens are rejected in mid-run: the verdicts are those of a run
// without a login.
func TestTokens(t *testing.T) {
	rel := v11(t)
	want := verdicts(t, rel, servers[0].start(t), "open", 16)
	for _, tt := range []struct {
		name     string
		limit    int
		said     time.Duration
		happened func(*tokens, int64) bool
	}{
		{"3 s", 0, lifetime, func(s *tokens, _ int64) bool { return s.granted > 1 }},
		{"limited", 10, lifetime, func(s *tokens, _ int64) bool { return s.limited > 0 }},
		{"rejected before their time", 0, time.Hour, func(_ *tokens, denied int64) bool { return denied > 0 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newTokens(t)
			s.limit, s.said = tt.limit, tt.said
			addr := s.start(t)
			var denied atomic.Int64
			started := time.Now()
			agree(t, "tokens", want, access{scheme: "http", login: true, rate: 300, denied: &denied}.verdicts(t, rel, addr, "tokens"))
			took := time.Since(started)
			t.Logf("%d tokens, %d times 429, %d rejected, in %v", s.granted, s.limited, denied.Load(), took)
			if took < lifetime || !tt.happened(s, denied.Load()) {
				t.Error("no token has expired, or nothing was rejected")
			}
			if most := 40 * (1 + int(took/lifetime)); s.granted > most {
				t.Errorf("%d tokens, want at most %d", s.granted, most)
			}
		})
	}
}

// TestRevoked runs against distribution with a token server that rejects the credentials
// in mid-run: what was not tested is inconclusive, and no finding comes of it.
func TestRevoked(t *testing.T) {
	rel := v11(t)
	known := map[string]bool{}
	for _, f := range runWith(t, rel, servers[0].start(t), engine.Options{Seed: "open", Parallel: 16}).Findings {
		known[f.Requirement+f.Way] = true
	}
	s := newTokens(t)
	addr := s.start(t)
	s.most = 20
	res := access{scheme: "http", login: true, rate: 300}.run(t, rel, addr, "revoked")
	for _, f := range res.Findings {
		if !known[f.Requirement+f.Way] {
			t.Errorf("%s %s: %s %v", f.Outcome, f.Requirement, f.Message, f.Cases)
		}
	}
	if n := res.Counts.Cases[result.Inconclusive]; n == 0 {
		t.Error("no case is inconclusive")
	}
}

// start starts distribution with the token server.
func (s *tokens) start(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return server{"distribution with a token server", "registry", func(t *testing.T, addr, dir string) []string {
		return s.configured(t, addr, dir, srv.URL)
	}}.start(t)
}

// configured writes a configuration for distribution with the token server at url.
func (s *tokens) configured(t *testing.T, addr, dir, url string) []string {
	t.Helper()
	name := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert}), 0o600); err != nil {
		t.Fatal(err)
	}
	args := distribution(t, addr, dir)
	f, err := os.OpenFile(args[1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "auth: {token: {realm: %q, service: registry, issuer: issuer, rootcertbundle: %q}}\n", url, name); err != nil {
		t.Fatal(err)
	}
	return args
}
