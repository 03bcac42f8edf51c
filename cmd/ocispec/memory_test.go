package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/internal/testscope"
	"github.com/ocispec/ocispec/result"
)

const (
	// maxMemory bounds the resident memory of a run, in bytes, whatever the registry sends.
	maxMemory = 200 << 20
	// padding is how many bytes a padded response has in addition.
	padding = 15 << 20
)

// members returns the values of a member of JSON that nothing asks for.
func members() map[string]string {
	return map[string]string{
		"string":  `"` + strings.Repeat("x", padding) + `"`,
		"numbers": `[` + strings.Repeat("1,", padding/2) + `1]`,
		"objects": `[` + strings.Repeat(`{"a":1},`, padding/8) + `1]`,
		"nesting": strings.Repeat("[", padding/2) + strings.Repeat("]", padding/2),
		"escapes": `"` + strings.Repeat(`\u0041`, padding/6) + `"`,
	}
}

// pads are ways to make the body of a response large.
func pads() map[string]func(*httptest.ResponseRecorder) []byte {
	blanks, others := bytes.Repeat([]byte(" "), padding), bytes.Repeat([]byte("x"), padding)
	space := func(w *httptest.ResponseRecorder) []byte { return padSpace(w, blanks) }
	out := map[string]func(*httptest.ResponseRecorder) []byte{
		"white space": space,
		"plain":       func(w *httptest.ResponseRecorder) []byte { return append(w.Body.Bytes(), others...) },
		"header": func(w *httptest.ResponseRecorder) []byte {
			w.Header()["X-Padding"] = slices.Repeat([]string{strings.Repeat("x", 1000)}, 200)
			return w.Body.Bytes()
		},
		"tags":          padTags(padding),
		"pages":         padPages(space),
		"pages of tags": padPages(padTags(padding / 10)),
	}
	for name, value := range members() {
		out[name] = func(w *httptest.ResponseRecorder) []byte { return padMember(w, value) }
	}
	return out
}

// TestMemory runs against registries that send 15 MiB with each response, or a large
// header: the process
// takes at most 200 MB, and what is ocispec's own limit is no finding.
func TestMemory(t *testing.T) {
	needPeak(t)
	args, few := []string{"--run", "tags-*"}, []string{"white space", "objects", "tags"}
	if testscope.Full(t, "3 of 11 kinds of large bodies, in the cases of tags") {
		args, few = nil, nil
	}
	for name, pad := range pads() {
		if few != nil && !slices.Contains(few, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(padded(modelRegistry(), pad))
			defer srv.Close()
			res := measured(t, srv.URL, args...)
			for _, f := range res.Findings {
				t.Logf("%s %s: %s", f.Outcome, f.Requirement, f.Message)
				if name != "plain" && !strings.HasPrefix(name, "pages") && f.Outcome == result.Fail && f.Requirement != "pull.blob.get.content" {
					t.Errorf("finding %s: %s", f.Requirement, f.Message)
				}
			}
		})
	}
}

// TestMemoryScale pushes and pulls a blob of 64 MiB, whose response is not kept.
func TestMemoryScale(t *testing.T) {
	needPeak(t)
	srv := httptest.NewServer(modelRegistry())
	defer srv.Close()
	if res := measured(t, srv.URL, "--scale", "--run", "blob-64-mib"); res.Outcome != result.Pass {
		t.Errorf("%s: %+v", res.Outcome, res.Findings)
	}
}

// needPeak skips a test where the memory of a run says nothing or is not known.
func needPeak(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector takes several times the memory")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the system does not tell the largest resident size of a process")
	}
}

// measured runs ocispec in a process of its own, with a bound on its memory.
func measured(t *testing.T, url string, args ...string) *result.Run {
	t.Helper()
	dir := t.TempDir()
	cmd := program(t, append([]string{"run", "--registry", url, "--out", dir, "--quiet", "--parallel", "16"}, args...)...)
	peakOf := observed(t, cmd)
	started := time.Now()
	out, err := cmd.CombinedOutput()
	if _, err := os.Stat(filepath.Join(dir, "results.json")); err != nil {
		t.Fatalf("no results: %v\n%s", err, out)
	}
	peak := peakOf()
	res := results(t, dir)
	t.Logf("%d MB in %v: %s, %d findings, %d requests, %v", peak>>20, time.Since(started).Round(time.Millisecond), res.Outcome, len(res.Findings), res.Requests, err)
	if peak > maxMemory {
		t.Errorf("the run took %d MB, want at most %d", peak>>20, maxMemory>>20)
	}
	for _, c := range res.Cases {
		if c.Outcome == result.Error {
			t.Errorf("%s: %s", c.ID, c.Message)
		}
	}
	return res
}

// observed returns a function that returns the largest resident size of a process, in
// bytes, once it has ended. The process must not have started yet.
func observed(t *testing.T, cmd *exec.Cmd) func() int {
	t.Helper()
	name := filepath.Join(t.TempDir(), "peak")
	cmd.Env = append(cmd.Env, "TEST_PEAK="+name)
	return func() int {
		t.Helper()
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		peak, err := strconv.Atoi(string(text))
		if err != nil {
			t.Fatal(err)
		}
		return peak
	}
}

// TestColdStart lists the cases of trees that are not in the cache. The process takes at
// most 300 MB, and not much time of the processor.
func TestColdStart(t *testing.T) {
	needPeak(t)
	const macros = "specs/v1.0/macros.cue"
	text, err := fs.ReadFile(ocispec.Source, macros)
	if err != nil {
		t.Fatal(err)
	}
	changed := t.TempDir()
	if err := os.MkdirAll(filepath.Join(changed, filepath.Dir(macros)), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(changed, macros), append([]byte("// The lines of all macros are others.\n"), text...), 0o666); err != nil {
		t.Fatal(err)
	}
	for dir, most := range map[string]time.Duration{
		"../../examples/case":    2 * time.Second,
		"../../examples/release": 2 * time.Second,
		changed:                  8 * time.Second,
	} {
		dir, err := filepath.Abs(dir)
		if err != nil {
			t.Fatal(err)
		}
		cmd := program(t, "list", "--specs", dir)
		cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+t.TempDir())
		peakOf := observed(t, cmd)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		peak, used := peakOf(), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
		t.Logf("%s: %d MB, %v", dir, peak>>20, used)
		if peak > 300<<20 || used > most {
			t.Errorf("%s took %d MB and %v of the processor, want at most 300 MB and %v", dir, peak>>20, used, most)
		}
	}
}

// writePeak writes the largest resident size of this process, in bytes, to the file
// that the variable TEST_PEAK names. That of os.ProcessState would be that of
// the parent if it is larger, since a process starts in the memory of its parent.
func writePeak() {
	name := os.Getenv("TEST_PEAK")
	status, err := os.ReadFile("/proc/self/status")
	if name == "" || err != nil {
		return
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kb int
	fmt.Sscan(rest, &kb)
	_ = os.WriteFile(name, []byte(strconv.Itoa(kb<<10)), 0o600)
}

// padded pads the responses of a handler.
func padded(next http.Handler, pad func(*httptest.ResponseRecorder) []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		body := rec.Body.Bytes()
		if r.Method != http.MethodHead && rec.Code != http.StatusNoContent && rec.Code != http.StatusNotModified && rec.Code != http.StatusPartialContent {
			rec.Header().Set("X-Path", r.URL.String())
			body = pad(rec)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			for _, name := range []string{"Link", "X-Padding"} {
				if v, ok := rec.Header()[name]; ok {
					w.Header()[name] = v
				}
			}
		}
		w.WriteHeader(rec.Code)
		w.Write(body)
	})
}

// isContent reports whether a response has a digest: it must not be changed.
func isContent(w *httptest.ResponseRecorder) bool {
	return w.Code == http.StatusOK && w.Header().Get("Docker-Content-Digest") != ""
}

func isJSON(w *httptest.ResponseRecorder) bool {
	return strings.Contains(w.Header().Get("Content-Type"), "json") && !isContent(w)
}

// padSpace adds white space to JSON, and text to bodies that are empty.
func padSpace(w *httptest.ResponseRecorder, blanks []byte) []byte {
	switch {
	case isJSON(w):
		return append(w.Body.Bytes(), blanks...)
	case w.Body.Len() == 0:
		return blanks
	}
	return w.Body.Bytes()
}

// padMember adds a member to JSON.
func padMember(w *httptest.ResponseRecorder, value string) []byte {
	if b := bytes.TrimSpace(w.Body.Bytes()); isJSON(w) && len(b) > 2 && b[0] == '{' {
		return append([]byte(`{"padding":`+value+`,`), b[1:]...)
	}
	return w.Body.Bytes()
}

// padTags adds so many bytes of tags to each tag list.
func padTags(size int) func(*httptest.ResponseRecorder) []byte {
	var n atomic.Int64
	return func(w *httptest.ResponseRecorder) []byte {
		if !strings.Contains(w.Header().Get("X-Path"), "/tags/list") || w.Code != http.StatusOK {
			return w.Body.Bytes()
		}
		var list struct {
			Name string   `json:"name"`
			Tags []string `json:"tags"`
		}
		json.Unmarshal(w.Body.Bytes(), &list)
		for range size / 30 {
			list.Tags = append(list.Tags, fmt.Sprintf("zz-%024d", n.Add(1)))
		}
		b, _ := json.Marshal(list)
		return b
	}
}

// padPages links each list, padded, to another page.
func padPages(pad func(*httptest.ResponseRecorder) []byte) func(*httptest.ResponseRecorder) []byte {
	var n atomic.Int64
	return func(w *httptest.ResponseRecorder) []byte {
		if path := w.Header().Get("X-Path"); isJSON(w) && w.Code == http.StatusOK && strings.HasPrefix(path, "/v2/") && path != "/v2/" {
			path, _, _ = strings.Cut(path, "?")
			w.Header().Set("Link", fmt.Sprintf(`<%s?n=1000&last=%d>; rel="next"`, path, n.Add(1)))
		}
		return pad(w)
	}
}
