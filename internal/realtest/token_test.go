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
	"testing"
	"time"
)

// tokens is a token server whose tokens last 3 s.
type tokens struct {
	key   *ecdsa.PrivateKey
	cert  []byte // DER
	limit int    // requests in a second; 0 for any

	mu      sync.Mutex
	second  time.Time
	inIt    int
	granted int
	limited int
}

const lifetime = 3 * time.Second

func newTokens(t *testing.T, limit int) *tokens {
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
	return &tokens{key: key, cert: cert, limit: limit}
}

func (s *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, pass, _ := r.BasicAuth(); name != user || pass != password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if s.over() {
		w.WriteHeader(http.StatusTooManyRequests)
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
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(lifetime).Unix(), "access": granted,
	})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "expires_in": int(lifetime.Seconds())})
}

// over counts a request, and reports whether it exceeds the limit.
func (s *tokens) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.second) > time.Second {
		s.second, s.inIt = now, 0
	}
	s.inIt++
	if s.limit > 0 && s.inIt > s.limit {
		s.limited++
		return true
	}
	s.granted++
	return false
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

// TestTokens runs against distribution with a token server whose tokens last 3 s, and
// with one that is limited to 10 requests a second in addition: the verdicts are those
// of a run without a login.
func TestTokens(t *testing.T) {
	rel := v11(t)
	want := verdicts(t, rel, servers[0].start(t), "open", 16)
	for _, limit := range []int{0, 10} {
		t.Run(fmt.Sprintf("limit %d", limit), func(t *testing.T) {
			s := newTokens(t, limit)
			srv := httptest.NewServer(s)
			defer srv.Close()
			locked := server{"distribution with a token server", "registry", func(t *testing.T, addr, dir string) []string {
				return s.configured(t, addr, dir, srv.URL)
			}}
			started := time.Now()
			agree(t, "tokens", want, access{scheme: "http", login: true, rate: 300}.verdicts(t, rel, locked.start(t), "tokens"))
			took := time.Since(started)
			t.Logf("%d tokens, %d times 429, in %v", s.granted, s.limited, took)
			if took < lifetime || s.granted == 0 || limit > 0 && s.limited == 0 {
				t.Error("no token has expired, or the token server rejected nothing")
			}
		})
	}
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
