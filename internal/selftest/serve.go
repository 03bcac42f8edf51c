package selftest

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/ocispec/ocispec/internal/modelregistry"
	"github.com/ocispec/ocispec/registry"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/faultproxy"
	"github.com/ocispec/ocispec/internal/login"
	"github.com/ocispec/ocispec/result"
)

// run runs cases against the model registry with a deviation.
func (t *tester) run(ctx context.Context, a *faultproxy.Deviation, selected func(string) bool) (*result.Run, error) {
	r, err := t.serve(a)
	if err != nil {
		return nil, err
	}
	defer r.close()
	return r.run(ctx, engine.Options{Seed: t.opts.Seed, Select: selected})
}

// registryRun is a model registry with a deviation, and a client of it. The client
// uses connections in memory, and logs in as "user" with "password" if challenged.
type registryRun struct {
	rel    *release.Release
	target engine.Target
	client *httpclient.Client
	close  func()
}

// serve starts a model registry with a deviation.
func (t *tester) serve(a *faultproxy.Deviation) (*registryRun, error) {
	h, err := modelregistry.New(registry.Options{}, t.rel.Lineage, a)
	if err != nil {
		return nil, err
	}
	return t.serveBy(h)
}

// serveBy starts a registry, given its handler.
func (t *tester) serveBy(h http.Handler) (*registryRun, error) {
	target := &url.URL{Scheme: "http", Host: "127.0.0.1:5000", Path: "/"}
	auth, err := login.New(target, login.Credentials{Username: "user", Password: "password"})
	if err != nil {
		return nil, err
	}
	pipes := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	go srv.Serve(pipes)
	transport := &http.Transport{DialContext: pipes.dial, DisableCompression: true, MaxResponseHeaderBytes: 256 << 10}
	return &registryRun{
		rel: t.rel,
		target: engine.Target{
			URL: target, Repo: "ocispec/selftest", Other: "ocispec/selftest-other",
			Hosts: []string{"localhost:5000"}, // of a variant
		},
		client: httpclient.New(httpclient.Options{
			Transport: transport, Wrap: auth.Wrap, Limits: httpclient.Limits{Timeout: 20 * time.Second}, Brief: true,
			Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		}),
		close: func() {
			transport.CloseIdleConnections()
			srv.Close()
		},
	}, nil
}

func (r *registryRun) run(ctx context.Context, opts engine.Options) (*result.Run, error) {
	return engine.Run(ctx, r.rel, r.target, r.client, opts)
}

// pipes is a net.Listener of in-memory connections. Its dial ignores the
// address.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. It is called once, by the server.
func (p *pipes) Close() error {
	select {
	case <-p.closed:
		return errors.New("listener is already closed")
	default:
		close(p.closed)
		return nil
	}
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5000} }
