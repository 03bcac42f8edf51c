package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/testscope"
	"github.com/ocispec/ocispec/result"
)

// TestKilled kills runs at random moments. What they found can be reported, what
// they left can be removed, and a run can go on.
func TestKilled(t *testing.T) {
	killRuns(t, func(h http.Handler) http.Handler { return h }, "")
}

// TestKilledAgain does the same with a registry that loses responses, so that cases are
// run again before and after the run is killed.
func TestKilledAgain(t *testing.T) {
	var lossy *lossy
	killRuns(t, func(h http.Handler) http.Handler {
		lossy = newLossy(h)
		return lossy
	}, "again-1")
	if lossy.lost.Load() == 0 {
		t.Error("no response was lost")
	}
}

// lossy loses the response to one in 100 POST and PATCH, after they were processed.
type lossy struct {
	next  http.Handler
	posts atomic.Int64
	lost  atomic.Int64
}

func newLossy(next http.Handler) *lossy { return &lossy{next: next} }

func (l *lossy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	unsafe := r.Method == http.MethodPost || r.Method == http.MethodPatch
	if !unsafe || l.posts.Add(1)%100 != 50 {
		l.next.ServeHTTP(w, r)
		return
	}
	l.lost.Add(1)
	l.next.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// killRuns kills runs against the model registry. With again, what a journal has of a
// case that was run again, one of the runs that go on has such a case.
func killRuns(t *testing.T, wrap func(http.Handler) http.Handler, again string) {
	t.Helper()
	pushed := &pushes{handler: modelRegistry(), made: map[string]bool{}}
	direct := httptest.NewServer(pushed)
	defer direct.Close()
	srv := httptest.NewServer(wrap(pushed))
	defer srv.Close()
	foreign := preloaded(t, direct.URL, "ocispec/conformance", 50)
	clear(pushed.made)
	found := again == ""
	kills := 2
	if testscope.Full(t, "2 kills of 10") {
		kills = 10
	}
	for n := range kills {
		dir := filepath.Join(t.TempDir(), "out")
		after := time.Duration(100+rand.IntN(2500)) * time.Millisecond
		cmd := program(t, "run", "--registry", srv.URL, "--rate", "500", "--out", dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if _, err := os.Stat(filepath.Join(dir, journalName)); err != nil {
			t.Logf("run %d: killed after %v, before its first request", n, after)
			continue
		}
		// Every second run goes on to its end instead.
		if n%2 == 1 {
			log, err := os.ReadFile(filepath.Join(dir, journalName))
			if err != nil {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(log), again)
			if out, err := program(t, "run", "--resume", dir).CombinedOutput(); err != nil {
				t.Fatalf("run %d, killed after %v, does not go on: %v\n%s", n, after, err, out)
			}
			res := results(t, dir)
			if res.Outcome != result.Pass || len(res.Findings) > 0 {
				t.Errorf("run %d, killed after %v and resumed: %s, findings %+v", n, after, res.Outcome, res.Findings)
			}
			if _, err := os.Stat(filepath.Join(dir, journalName)); err == nil {
				t.Errorf("run %d has cleaned up and kept its journal", n)
			}
		} else {
			killed(t, dir, fmt.Sprintf("run %d, killed after %v", n, after))
		}
		for _, url := range pushed.left(t, direct.URL) {
			t.Errorf("run %d, killed after %v, left %s: %s", n, after, url, origins(t, dir, url))
		}
	}
	unchanged(t, foreign)
	if !found {
		t.Log("no case had been run again before a run went on")
	}
}

// origins names the cases that have content with the digest at the end of a URL, and
// the events of these cases.
func origins(t *testing.T, dir, url string) string {
	t.Helper()
	h, past, err := readJournal(dir)
	if err != nil {
		return err.Error()
	}
	rel, err := release.Open(h.Spec)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range rel.Cases {
		for _, d := range c.Data {
			b, err := engine.Content(rel, engine.Target{Repo: h.Repo, Other: h.Other}, h.Seed, c.ID, d.Name)
			if err != nil || !strings.HasSuffix(url, fmt.Sprintf("%x", sha256.Sum256(b))) {
				continue
			}
			out = append(out, c.ID+" "+d.Name)
			for _, e := range past {
				switch {
				case e.Started == c.ID:
					out = append(out, "started")
				case e.Undone == c.ID:
					out = append(out, "undone")
				case e.Ran != nil && e.Ran.Case.ID == c.ID:
					out = append(out, "ran")
				case e.Clean != nil && e.Clean.Case.ID == c.ID:
					out = append(out, "clean")
				}
			}
		}
	}
	return strings.Join(out, ", ")
}

// unchanged compares responses with those before a run.
func unchanged(t *testing.T, before map[string]string) {
	t.Helper()
	for url, want := range before {
		if got := fetch(t, url); got != want {
			t.Errorf("%s has changed: %.100q, was %.100q", url, got, want)
		}
	}
}

// TestNothingLeft looks for what whole runs leave behind, and for changes of other
// content in the repository.
func TestNothingLeft(t *testing.T) {
	specs := []string{"v1.1"}
	if testscope.Full(t, "v1.1") {
		specs = []string{"v1.0", "v1.1", "dev"}
	}
	for _, spec := range specs {
		pushed := &pushes{handler: modelRegistry(), made: map[string]bool{}}
		srv := httptest.NewServer(pushed)
		defer srv.Close()
		foreign := preloaded(t, srv.URL, "ocispec/conformance", 5000)
		clear(pushed.made)
		var stderr strings.Builder
		if status := run(t.Context(), []string{"run", "--spec", spec, "--registry", srv.URL}, io.Discard, &stderr); status != statusOK {
			t.Fatalf("%s: status %d\n%s", spec, status, stderr.String())
		}
		if len(pushed.made) < 100 {
			t.Errorf("%s pushed %d times", spec, len(pushed.made))
		}
		for _, url := range pushed.left(t, srv.URL) {
			t.Errorf("%s left %s", spec, url)
		}
		unchanged(t, foreign)
	}
}

// TestTwoRuns runs twice at once in the same repositories, which may be the only ones:
// neither run sees the other, and nothing is left.
func TestTwoRuns(t *testing.T) {
	for _, args := range [][]string{nil, {"--new-repos=false"}} {
		pushed := &pushes{handler: modelRegistry(), made: map[string]bool{}}
		srv := httptest.NewServer(pushed)
		defer srv.Close()
		foreign := preloaded(t, srv.URL, "ocispec/conformance", 10)
		clear(pushed.made)
		var wg sync.WaitGroup
		for n := range 2 {
			wg.Go(func() {
				var stdout, stderr strings.Builder
				status := run(t.Context(), append([]string{"run", "--registry", srv.URL, "--rate", "400"}, args...), &stdout, &stderr)
				if status != statusOK || strings.Contains(stdout.String(), "WARN") {
					t.Errorf("%v: run %d: status %d\n%s%s", args, n, status, stdout.String(), stderr.String())
				}
			})
		}
		wg.Wait()
		for _, url := range pushed.left(t, srv.URL) {
			t.Errorf("%v left %s", args, url)
		}
		unchanged(t, foreign)
	}
}

// killed reports and cleans up a run that was killed.
func killed(t *testing.T, dir, what string) {
	t.Helper()
	out, err := program(t, "report", dir).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "INCONCLUSIVE") {
		t.Errorf("%s: report: %v\n%s", what, err, out)
	}
	if out, err = program(t, "clean", dir).CombinedOutput(); err != nil {
		t.Errorf("%s: clean: %v\n%s", what, err, out)
	}
	if out, err = program(t, "clean", dir).CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "0 requests") {
		t.Errorf("%s: second clean: %v\n%s", what, err, out)
	}
}

// program returns a command that runs ocispec in a process of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "ocispec")
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "DOCKER_CONFIG="+cmd.Dir, "HOME="+cmd.Dir)
	return cmd
}

// pushes records what is pushed to a registry.
type pushes struct {
	handler http.Handler
	mu      sync.Mutex
	made    map[string]bool // paths of blobs, manifests and tags
}

func (p *pushes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := &recorder{ResponseWriter: w}
	p.handler.ServeHTTP(rec, r)
	if rec.status != http.StatusCreated {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	repo, rest, _ := strings.Cut(r.URL.Path, "/blobs/uploads/")
	if rest != "" || strings.HasSuffix(r.URL.Path, "/blobs/uploads/") {
		digest := r.URL.Query().Get("digest")
		if digest == "" {
			digest = r.URL.Query().Get("mount")
		}
		p.made[repo+"/blobs/"+digest] = true
		return
	}
	p.made[r.URL.Path] = true
	repo, _, _ = strings.Cut(r.URL.Path, "/manifests/")
	p.made[repo+"/manifests/"+w.Header().Get("Docker-Content-Digest")] = true
	for _, tag := range r.URL.Query()["tag"] {
		p.made[repo+"/manifests/"+tag] = true
	}
}

// left returns what of it is still there.
func (p *pushes) left(t *testing.T, url string) []string {
	t.Helper()
	p.mu.Lock()
	paths := make([]string, 0, len(p.made))
	for path := range p.made {
		paths = append(paths, path)
	}
	clear(p.made)
	p.mu.Unlock()
	slices.Sort(paths)
	return slices.DeleteFunc(paths, func(path string) bool {
		resp, err := http.Head(url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusNotFound || slices.ContainsFunc(shared, func(d string) bool { return strings.HasSuffix(path, "/blobs/"+d) })
	})
}

// shared are the digests of content that other clients of a registry push too, and
// that a run does not delete: the empty blob, and {}.
var shared = []string{
	"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
	"sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
	"sha512:27c74670adb75075fad058d5ceaf7b20c4e7786c83bae8a32f626f9782af34c9a33c2046ef60fd2a7878d378e29fec851806bbd9a67878f3a9f1cda4830763fd",
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// preloaded pushes tags that the run must not touch, and returns the tag list and the
// manifests by URL.
func preloaded(t *testing.T, url, repo string, n int) map[string]string {
	t.Helper()
	out := map[string]string{}
	for i := range n {
		at := fmt.Sprintf("%s/v2/%s/manifests/foreign-%d", url, repo, i)
		body := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],"annotations":{"n":"%d"}}`, i)
		req, err := http.NewRequest(http.MethodPut, at, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/vnd.oci.image.index.v1+json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusCreated {
			t.Fatalf("%s: %d", at, resp.StatusCode)
		}
		out[at] = body
	}
	list := fmt.Sprintf("%s/v2/%s/tags/list", url, repo)
	out[list] = fetch(t, list)
	return out
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
