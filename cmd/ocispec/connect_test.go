package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// connections are the servers of the command connect, which is documented with
// TestScripts.
var connections = map[string]func(*testscript.TestScript){
	"tls":     func(ts *testscript.TestScript) { ts.Setenv("REGISTRY", serveTLS(ts, nil)) },
	"client":  connectClient,
	"proxy":   connectProxy,
	"below":   func(ts *testscript.TestScript) { ts.Setenv("REGISTRY", serveBelow(ts, true)) },
	"outside": func(ts *testscript.TestScript) { ts.Setenv("REGISTRY", serveBelow(ts, false)) },
}

func connectCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || connections[args[0]] == nil {
		ts.Fatalf("usage: connect NAME")
	}
	connections[args[0]](ts)
}

// serveTLS starts the model registry with TLS, writes its certificate to ca.pem
// and returns its host and port.
func serveTLS(ts *testscript.TestScript, clients *x509.CertPool) string {
	srv := httptest.NewUnstartedServer(modelRegistry())
	if clients != nil {
		srv.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients}
	}
	srv.StartTLS()
	ts.Defer(srv.Close)
	writePEM(ts, "ca.pem", "CERTIFICATE", srv.Certificate().Raw)
	return strings.TrimPrefix(srv.URL, "https://")
}

func writePEM(ts *testscript.TestScript, name, kind string, der []byte) {
	b := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	ts.Check(os.WriteFile(ts.MkAbs(name), b, 0o600))
}

// connectClient starts a registry that wants a client certificate, and writes
// one to client.pem and its key to client.key.
func connectClient(ts *testscript.TestScript) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	cert, err := x509.ParseCertificate(der)
	ts.Check(err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	writePEM(ts, "client.pem", "CERTIFICATE", der)
	writePEM(ts, "client.key", "PRIVATE KEY", secret)
	clients := x509.NewCertPool()
	clients.AddCert(cert)
	ts.Setenv("REGISTRY", serveTLS(ts, clients))
}

// connectProxy starts a proxy that leads every request for http to a model
// registry and every CONNECT to one with TLS. It wants the user "me" with the
// password "secret-word". $PROXY is its host and port.
func connectProxy(ts *testscript.TestScript) {
	plain, secure := modelRegistry(), serveTLS(ts, nil)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		login := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
		if user, password, _ := login.BasicAuth(); user != "me" || password != "secret-word" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if r.Method == http.MethodConnect {
			tunnel(w, secure)
			return
		}
		plain.ServeHTTP(w, r)
	}))
	ts.Defer(srv.Close)
	ts.Setenv("PROXY", strings.TrimPrefix(srv.URL, "http://"))
}

// tunnel connects a client with an address.
func tunnel(w http.ResponseWriter, addr string) {
	to, err := net.Dial("tcp", addr)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer to.Close()
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer from.Close()
	fmt.Fprint(from, "HTTP/1.1 200 OK\r\n\r\n")
	go io.Copy(to, from)
	_, _ = io.Copy(from, to)
}

// serveBelow starts the model registry below /some/path, and returns its address
// with that path. If inside is false, the paths in its Location and Link headers
// are those of the root.
func serveBelow(ts *testscript.TestScript, inside bool) string {
	reg := http.StripPrefix("/some/path", modelRegistry())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		reg.ServeHTTP(rec, r)
		for name, values := range rec.Header() {
			for _, v := range values {
				if inside && (name == "Location" || name == "Link") {
					v = strings.Replace(v, "/v2/", "/some/path/v2/", 1)
				}
				w.Header().Add(name, v)
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}))
	ts.Defer(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://") + "/some/path"
}

// TestIPv6 runs against a registry on ::1, with a login from the file of docker.
func TestIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6: %v", err)
	}
	reg := modelRegistry()
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "secret-word" {
			w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		reg.ServeHTTP(w, r)
	})}
	defer srv.Close()
	go srv.Serve(l)
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	config := fmt.Sprintf(`{"auths": {%q: {"username": "me", "password": "secret-word"}}}`, l.Addr())
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, stderr strings.Builder
	args := []string{"run", "--registry", l.Addr().String(), "--run", "blob-put-after-post"}
	if status := run(context.Background(), args, &out, &stderr); status != statusOK {
		t.Errorf("status %d: %s%s", status, out.String(), stderr.String())
	}
	if !strings.Contains(out.String(), "http://[::1]:") {
		t.Errorf("no [::1] in %s", out.String())
	}
}
