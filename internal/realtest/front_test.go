package realtest

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/testscope"
	"github.com/ocispec/ocispec/result"
)

// nginx starts nginx in front of a registry, with directives in the http context
// and in its location, and returns its address and the name of its access log.
func nginx(t *testing.T, addr, http, location string) (front, log string) {
	t.Helper()
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin")
	program := find(t, "nginx")
	dir := t.TempDir()
	front, log = freeAddr(t), filepath.Join(dir, "access.log")
	config := fmt.Sprintf(`daemon off;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log crit;
events { worker_connections 1024; }
http {
	log_format methods '$request_method $status';
	access_log %[2]s methods;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	client_max_body_size 0;
	%[3]s
	server {
		listen %[4]s;
		location / {
			%[5]s
			proxy_pass http://%[6]s;
			proxy_set_header Host $http_host;
			proxy_request_buffering off;
		}
	}
}
`, dir, log, http, front, location, addr)
	name := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(name, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	// Only root can change to another user; without root nginx stays what it is.
	cmd := exec.Command(program, "-p", dir, "-c", name, "-e", filepath.Join(dir, "error.log"))
	if os.Getuid() == 0 {
		cmd.Args = append(cmd.Args, "-g", "user root;")
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	for range 100 {
		if c, err := net.Dial("tcp", front); err == nil {
			c.Close()
			return front, log
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("nginx does not listen")
	return "", ""
}

// TestRateLimit runs against distribution behind nginx with a limit of requests a
// second: the verdicts are those of a run without the limit.
func TestRateLimit(t *testing.T) {
	if !testscope.Full(t, "nothing; whole runs at 100 requests a second take a minute") {
		t.Skip("takes a minute: OCISPEC_FULL=1")
	}
	rel := v11(t)
	addr := servers[0].start(t)
	want := verdicts(t, rel, addr, "unlimited", 16)
	const zone = "limit_req_zone $binary_remote_addr zone=all:1m rate=100r/s;\n"
	for _, tt := range []struct{ name, http, location string }{
		{"503, the default", zone, "limit_req zone=all;"},
		{"429", zone + "limit_req_status 429;", "limit_req zone=all;"},
		{"429 above a burst", zone + "limit_req_status 429;", "limit_req zone=all burst=20 nodelay;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			front, log := nginx(t, addr, tt.http, tt.location)
			agree(t, "limited", want, verdicts(t, rel, front, "limited "+tt.name, 16))
			rejected := func(line string) bool { return strings.HasSuffix(line, "503") || strings.HasSuffix(line, "429") }
			if !slices.ContainsFunc(lines(t, log), rejected) {
				t.Error("nginx rejected nothing")
			}
		})
	}
}

// TestUnreliable runs against distribution behind a proxy that loses one exchange in
// 100, before or after the registry has processed the request: the verdicts are those
// of a run without losses.
func TestUnreliable(t *testing.T) {
	rel := v11(t)
	addr := servers[0].start(t)
	want := verdicts(t, rel, addr, "reliable", 16)
	for _, seed := range []uint64{1, 2, 3} {
		p := &unreliable{next: httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr}), rand: rand.New(rand.NewPCG(seed, 0))}
		srv := &http.Server{Handler: p}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go srv.Serve(l)
		agree(t, fmt.Sprintf("seed %d", seed), want, verdicts(t, rel, l.Addr().String(), fmt.Sprintf("unreliable-%d", seed), 16))
		srv.Close()
		if p.lost < 5 {
			t.Errorf("seed %d: %d exchanges were lost", seed, p.lost)
		}
	}
}

// unreliable loses exchanges.
type unreliable struct {
	next http.Handler

	mu   sync.Mutex
	rand *rand.Rand
	lost int
}

func (p *unreliable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	lose, how := p.rand.IntN(100) == 0, p.rand.IntN(4)
	if lose {
		p.lost++
	}
	p.mu.Unlock()
	// The proxy must not tell the registry its own address instead of the client's.
	r.Header["X-Forwarded-For"] = nil
	switch {
	case !lose:
		p.next.ServeHTTP(w, r)
	case how == 0:
		w.WriteHeader(http.StatusBadGateway)
	case how == 1:
		w.WriteHeader(http.StatusGatewayTimeout)
	case how == 2:
		reset(w)
	default:
		p.next.ServeHTTP(nowhere{http.Header{}}, r)
		reset(w)
	}
}

// nowhere discards a response.
type nowhere struct{ h http.Header }

func (n nowhere) Header() http.Header         { return n.h }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}

// reset closes the connection without a response.
func reset(w http.ResponseWriter) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// TestPullOnly runs --read-only against preloaded content behind nginx that rejects
// every method but GET and HEAD: all of Pull passes, and nothing else was sent.
func TestPullOnly(t *testing.T) {
	rel := v11(t)
	addr := servers[0].start(t)
	preload(t, rel, addr)
	for _, status := range []int{http.StatusForbidden, http.StatusMethodNotAllowed} {
		front, log := nginx(t, addr, "", fmt.Sprintf("if ($request_method !~ ^(GET|HEAD)$) { return %d; }", status))
		res := runWith(t, rel, front, engine.Options{Seed: "pull only", Parallel: 4, ReadOnly: true})
		if c := res.Categories["Pull"]; c.Outcome != result.Pass {
			t.Errorf("%d: Pull is %s: %+v", status, c.Outcome, res.Findings)
		}
		methods := lines(t, log)
		if i := slices.IndexFunc(methods, func(m string) bool { return !strings.HasPrefix(m, "GET ") && !strings.HasPrefix(m, "HEAD ") }); i >= 0 || len(methods) == 0 {
			t.Errorf("%d: %d requests, one of them %q", status, len(methods), methods[max(i, 0)])
		}
	}
}

// TestExistingTags lists tags in the wrong order, which an earlier run has left.
func TestExistingTags(t *testing.T) {
	rel := v11(t)
	addr := servers[1].start(t)
	left := runWith(t, rel, addr, engine.Options{Seed: "tags", Keep: true, Select: func(id string) bool { return id == "tags-order" }})
	repo := ""
	for _, c := range left.Cases {
		for _, s := range c.Steps {
			if c.ID == "tags-order" && s.ID == "list all tags" {
				_, path, _ := strings.Cut(s.Exchanges[0].Request.URL, "/v2/")
				repo = strings.TrimSuffix(path, "/tags/list")
			}
		}
	}
	target := engine.Target{URL: &url.URL{Scheme: "http", Host: addr, Path: "/"}, Repo: repo}
	res, err := engine.Run(t.Context(), rel, target, nil, engine.Options{Seed: "tags", ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(res.Findings, func(f result.Finding) bool {
		return f.Requirement == "tags.list.order" && slices.Contains(f.Cases, "given-tag-list")
	}) {
		t.Errorf("no finding on the order of tags: %v", verdictsOf(res))
	}
}

// preload pushes what a run pushes, and keeps it.
func preload(t *testing.T, rel *release.Release, addr string) {
	t.Helper()
	runWith(t, rel, addr, engine.Options{Seed: "preloaded", Parallel: 4, Keep: true, Select: func(id string) bool { return id == "data-image" }})
}

func lines(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		out = append(out, s.Text())
	}
	return out
}

func v11(t *testing.T) *release.Release {
	t.Helper()
	rel, err := release.Open("v1.1")
	if err != nil {
		t.Fatal(err)
	}
	return rel
}
