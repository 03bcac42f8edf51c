package hostile

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ocispec/ocispec/engine/release"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/internal/login"
	"github.com/ocispec/ocispec/report"
	"github.com/ocispec/ocispec/result"
)

const (
	// longest bounds one request, slowest one whole run.
	longest = 500 * time.Millisecond
	slowest = 30 * time.Second
	// ceiling bounds the heap during a run, in bytes.
	ceiling = 200 << 20
	// password must not appear in any report.
	password = "hostile-hunter2"
)

// opened is release v1.1.
var opened = sync.OnceValues(func() (*release.Release, error) { return release.Builtin().Release("v1.1") })

func releaseOf(t *testing.T) *release.Release {
	t.Helper()
	rel, err := opened()
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

// selection lists cases that push, read and list content.
var selection = map[string]bool{"blob-put-after-post": true, "data-image": true}

// run runs the cases against a server and checks the bounds.
func run(t *testing.T, addr string) *result.Run {
	t.Helper()
	server := &url.URL{Scheme: "http", Host: addr, Path: "/"}
	auth, err := login.New(server, login.Credentials{Username: "user", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	client := httpclient.New(httpclient.Options{
		Wrap: auth.Wrap, Secrets: auth.Secrets,
		Limits: httpclient.Limits{Timeout: longest, RetryAfter: 10 * time.Millisecond},
		Sleep:  func(ctx context.Context, d time.Duration) error { return ctx.Err() },
	})
	defer client.Close()
	target := engine.Target{URL: server, Repo: "hostile/a", Other: "hostile/b"}
	peak := watch(t)
	started := time.Now()
	res, err := engine.Run(context.Background(), releaseOf(t), target, client, engine.Options{
		Seed: "hostile", Parallel: 4, Select: func(id string) bool { return selection[id] },
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(started); d > slowest {
		t.Errorf("the run took %v", d)
	}
	if n := peak(); n > ceiling {
		t.Errorf("the heap grew to %d MB", n>>20)
	}
	return res
}

// watch samples the size of the heap until the returned function is called,
// which returns the maximum.
func watch(t *testing.T) func() uint64 {
	t.Helper()
	runtime.GC()
	stop, done := make(chan bool), make(chan uint64)
	go func() {
		var peak uint64
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
			select {
			case <-stop:
				done <- peak
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-done
	}
}

// TestHostile runs cases against every server in the list. No run may pass, and
// no run may report an error of ocispec.
func TestHostile(t *testing.T) {
	for _, s := range servers() {
		t.Run(s.name, func(t *testing.T) {
			res := run(t, serve(t, s.handle))
			if res.Outcome != result.Fail && res.Outcome != result.Inconclusive {
				t.Errorf("outcome %s", res.Outcome)
			}
			if s.want != "" && res.Outcome != s.want {
				t.Errorf("outcome %s, want %s: %+v", res.Outcome, s.want, res.Findings)
			}
			for _, c := range res.Cases {
				if c.Outcome == result.Error {
					t.Errorf("case %s: error: %s", c.ID, c.Message)
				}
			}
			harmless(t, res)
			within(t, res)
		})
	}
}

// within checks that the run sent no request that changes another repository.
func within(t *testing.T, res *result.Run) {
	t.Helper()
	for _, c := range res.Cases {
		for _, s := range c.Steps {
			for _, x := range s.Exchanges {
				if r := x.Request; r.Method != "GET" && r.Method != "HEAD" && strings.Contains(r.URL, "/victim/") {
					t.Errorf("case %s: %s %s", c.ID, r.Method, r.URL)
				}
			}
		}
	}
}

// TestCut truncates a valid response after each byte.
func TestCut(t *testing.T) {
	whole := response(202, "Location: /v2/hostile/a/blobs/uploads/1\r\nContent-Type: application/json", `{"errors": []}`)
	for n := range len(whole) {
		if testing.Short() && n%7 != 0 {
			continue
		}
		res := run(t, serve(t, text(whole[:n])))
		if res.Outcome != result.Fail && res.Outcome != result.Inconclusive {
			t.Errorf("cut after %d bytes: outcome %s", n, res.Outcome)
		}
	}
}

// harmless renders results in every format and searches the output for harmful text, the
// password and other secrets.
func harmless(t *testing.T, res *result.Run, secrets ...string) {
	t.Helper()
	for _, f := range report.Formats {
		var b bytes.Buffer
		if err := f.Render(&b, res); err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		if b.Len() > 16<<20 {
			t.Errorf("%s: %d bytes", f.Name, b.Len())
		}
		if !utf8.Valid(b.Bytes()) {
			t.Errorf("%s: not UTF-8", f.Name)
		}
		out := b.String()
		for _, secret := range append(secrets, password) {
			if strings.Contains(out, secret) {
				t.Errorf("%s: %s is in the output", f.Name, secret)
			}
		}
		if i := strings.IndexFunc(out, dangerous); i >= 0 {
			t.Errorf("%s: %q", f.Name, out[max(0, i-20):min(len(out), i+20)])
		}
		switch f.Name {
		case "html":
			// The page has a script, and one with data for each case.
			if own := len(res.Cases) + 1; strings.Count(out, "<script") != own || strings.Count(out, "</script") != own || strings.Contains(out, "<img") {
				t.Errorf("html: unescaped element from the registry")
			}
		case "junit":
			d := xml.NewDecoder(&b)
			for {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Errorf("junit: %v", err)
					break
				}
			}
		case "json":
			if !json.Valid(b.Bytes()) {
				t.Errorf("json: not valid")
			}
		}
	}
}

// dangerous reports whether a terminal interprets the character, or it reorders
// text.
func dangerous(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
