package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// busyRelease returns a release with all kinds of steps in many cases.
func busyRelease() *release.Release {
	cases := []*release.Case{testCase("provider", provides("p"), step("POST /start", expect("must.start", is(202))))}
	for i := range 12 {
		name := fmt.Sprintf("case-%02d", i)
		cases = append(cases, testCase(name, needs("p"), random("blob", 100), scoped("set"), quiet(),
			step("POST /start", id("start"), query("repo", "${repo}"), expect("must.start", is(202)), expect("must.header", field("Never", like(".")))),
			step("PUT ${start.header.Location}", id("put"), query("digest", "${data.blob.digest}"), header("Tag", "${tag}"), sends("${data.blob.bytes}"), expect("must.put", is(201))),
			step("GET /get/"+name+"/1", expect("must.get", is(200))),
			step("GET /get/"+name+"/2", expect("should.get", is(201))),
			step("GET /list", pages(3), expect("must.list", is(200))),
			step("GET /none", expect("must.none", is(200)), unsupported(is(404))),
			step("GET /get/"+name+"/3", expect("must.get", is(200))),
			cleanup(step("DELETE /get/"+name)),
		))
	}
	return withRule(releaseOf(cases...), "must.rule", resp(is(201)), field("Never", like(".")))
}

func busyServer(t testing.TB) *server {
	replies := map[string]any{"POST /start": started, "PUT /up/1": 201, "GET /list": func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "" {
			w.Header().Set("Link", `</list?page=2>; rel="next"`)
		}
	}}
	for i := range 12 {
		for j := range 3 {
			replies[fmt.Sprintf("GET /get/case-%02d/%d", i, j+1)] = 200
		}
		replies[fmt.Sprintf("DELETE /get/case-%02d", i)] = 202
	}
	return serve(t, replies)
}

// timeless removes the values that differ between two runs: times, and what follows
// from cases that were run again because they failed beside others.
func timeless(r *result.Run) *result.Run {
	r.Started, r.Ended, r.Registry = time.Time{}, time.Time{}, ""
	r.Requests, r.Chain = 0, 0
	for i := range r.Findings {
		r.Findings[i].Example.Curl, r.Findings[i].Example.Request = "", ""
	}
	for i := range r.Cases {
		r.Cases[i].Elapsed = 0
		for j := range r.Cases[i].Steps {
			s := &r.Cases[i].Steps[j]
			s.Start, s.Elapsed, s.Chain = 0, 0, 0
			for k := range r.Cases[i].Steps[j].Exchanges {
				x := &r.Cases[i].Steps[j].Exchanges[k]
				x.Curl = ""
				u, _ := url.Parse(x.Request.URL)
				x.Request.URL = u.RequestURI()
				x.Response.Elapsed = 0
				x.Response.Header.Del("Date")
			}
		}
	}
	return r
}

// runNames match what differs in the names of a case that is run again.
var runNames = regexp.MustCompile("[0-9a-f]{8}-case")

// unnamed returns a value as JSON without the part of names that differs when a case is
// run again.
func unnamed(t *testing.T, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return runNames.ReplaceAllString(string(text), "case")
}

func TestResultsDoNotDependOnParallelism(t *testing.T) {
	first := timeless(run(t, busyRelease(), busyServer(t), Options{}))
	for range 3 {
		other := timeless(run(t, busyRelease(), busyServer(t), Options{Parallel: 8}))
		if unnamed(t, first) != unnamed(t, other) {
			t.Fatalf("one at a time:\n%s\nin parallel:\n%s", show(first), show(other))
		}
	}
	if n := first.Counts.Findings[result.Fail]; n != 2 {
		t.Errorf("%d findings: %s", n, show(first))
	}
}

func TestSeed(t *testing.T) {
	requests := func(seed string, parallel int) []request {
		s := busyServer(t)
		run(t, busyRelease(), s, Options{Seed: seed, Parallel: parallel})
		return s.requests()
	}
	if a, b := requests("x", 1), requests("x", 1); !slices.Equal(a, b) {
		t.Error("two runs with one seed send other requests")
	}
	sorted := func(rs []request) []string {
		var lines []string
		for _, r := range rs {
			lines = append(lines, unnamed(t, r))
		}
		slices.Sort(lines)
		return slices.Compact(lines) // a case that failed beside others is run again
	}
	a := sorted(requests("x", 4))
	if b := sorted(requests("x", 4)); !slices.Equal(a, b) {
		t.Error("two parallel runs with one seed send other requests")
	}
	if b := sorted(requests("x", 1)); !slices.Equal(a, b) {
		t.Error("a parallel run sends other requests")
	}
	before := requests("x", 1)
	for i, r := range requests("y", 1) {
		old := before[i]
		if r.Method == "PUT" && (r.Body == old.Body || r.Header == old.Header || r.URL == old.URL) {
			t.Errorf("another seed sends the same: %q", r)
		}
		if r.Method == "POST" && strings.Contains(r.URL, "repo=") && r.URL == old.URL {
			t.Errorf("another seed writes to the same quiet repository: %q", r.URL)
		}
		if i > 8 {
			break
		}
	}
}

// TestTogether checks that the requests of a group are concurrent.
func TestTogether(t *testing.T) {
	for _, parallel := range []int{1, 4} {
		var wg sync.WaitGroup
		wg.Add(2)
		meet := func(w http.ResponseWriter, _ *http.Request) {
			wg.Done()
			wg.Wait()
			w.WriteHeader(http.StatusCreated)
		}
		s := serve(t, map[string]any{"PUT /a": meet, "PUT /b": meet, "GET /end": 200})
		rel := releaseOf(testCase("a",
			step("PUT /a", together(1), expect("must.a", is(201))), step("PUT /b", together(1), expect("must.b", is(201))),
			step("GET /end", expect("must.end", is(200)))))
		same(t, show(run(t, rel, s, Options{Parallel: parallel})), `
			a: pass
			  1: must.a pass;
			  2: must.b pass;
			  3: must.end pass;
			= pass`)
	}
}

// TestGroupsAreBounded checks that concurrent groups observe the limit on
// requests.
func TestGroupsAreBounded(t *testing.T) {
	var n counter
	var cases []*release.Case
	for _, id := range []string{"a", "b", "c"} {
		cases = append(cases, testCase(id, step("PUT /x", together(1)), step("PUT /x", together(1)), step("GET /x")))
	}
	run(t, releaseOf(cases...), serve(t, map[string]any{"PUT /x": n.slow, "GET /x": n.slow}), Options{Parallel: 2})
	if got := n.most.Load(); got != 2 {
		t.Errorf("%d requests at once", got)
	}
}

// counter counts concurrent requests.
type counter struct{ now, most atomic.Int64 }

func (c *counter) slow(http.ResponseWriter, *http.Request) {
	n := c.now.Add(1)
	for m := c.most.Load(); n > m && !c.most.CompareAndSwap(m, n); m = c.most.Load() {
	}
	time.Sleep(20 * time.Millisecond)
	c.now.Add(-1)
}

func TestOneOfAGroupDoesNotBlockAnother(t *testing.T) {
	rel := releaseOf(testCase("a",
		step("PUT /a", id("a"), together(1), expect("must.a", is(201)), unsupported(is(405))),
		step("PUT /b", together(1), expect("must.b", is(201))),
		step("PUT /c", together(2), expect("must.c", is(201)))))
	for _, parallel := range []int{1, 4} {
		s := serve(t, map[string]any{"PUT /a": 405, "PUT /b": 201, "PUT /c": 201})
		same(t, show(run(t, rel, s, Options{Parallel: parallel})), `
			a: unsupported by a/a
			  a: must.a unsupported;
			  2: must.b pass;
			  3 by a/a: must.c unsupported;
			= pass`)
	}
}

func TestSafeStepsGoAtTheSameTime(t *testing.T) {
	var n counter
	c := testCase("a")
	replies := map[string]any{}
	for i := range 8 {
		c.Steps = append(c.Steps, step(fmt.Sprintf("GET /%d", i), id(fmt.Sprint(i)), expect("must.x", is(200))))
		replies[fmt.Sprintf("GET /%d", i)] = n.slow
	}
	for parallel, want := range map[int]int64{0: 1, 1: 1, 3: 3} {
		n.most.Store(0)
		run(t, releaseOf(c), serve(t, replies), Options{Parallel: parallel})
		if got := n.most.Load(); got != want {
			t.Errorf("parallel %d: %d requests at once", parallel, got)
		}
	}
}

// TestCancel cancels a run with requests in flight.
func TestCancel(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(context.Background())
	rel := releaseOf(
		testCase("a", step("PUT /made", expect("must.made", is(201))), step("GET /hang", expect("must.hang", is(200))), step("PUT /later", expect("must.later", is(201))), step("PUT /last", expect("must.last", is(201))), cleanup(step("DELETE /made"))),
		testCase("b", needs("c"), step("GET /ok", expect("must.ok", is(200)))),
		testCase("c", provides("c"), step("GET /hang", expect("must.hang", is(200))), step("GET /ok", expect("must.ok", is(200)))),
		testCase("d", step("GET /ok"), cleanup(step("DELETE /never"))),
	)
	s := serve(t, map[string]any{"PUT /made": 201, "DELETE /made": 202, "GET /hang": func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}})
	started := time.Now()
	out := runContext(t, ctx, rel, s, Options{})
	if d := time.Since(started); d > 3*time.Second {
		t.Errorf("the run ended after %v", d)
	}
	same(t, show(out), `
		a: inconclusive
		  1: must.made pass;
		  2: must.hang inconclusive;
		  3: must.later inconclusive;
		  4: must.last inconclusive;
		  5:
		b: inconclusive
		  1: must.ok inconclusive;
		c: inconclusive
		  1: must.hang inconclusive;
		  2: must.ok inconclusive;
		d: inconclusive
		  1:
		= inconclusive`)
	if got := strings.Join(s.lines(), ", "); got != "PUT /made, GET /hang, DELETE /made" {
		t.Errorf("sent %s", got)
	}
	s.CloseClientConnections()
	s.Close()
	for range 100 {
		if runtime.NumGoroutine() <= before+2 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines before and %d after", before, runtime.NumGoroutine())
}

// TestCleanupIsBounded cancels a run against a registry that stopped
// responding.
func TestCleanupIsBounded(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	hang := func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}
	rel := releaseOf(testCase("a", step("PUT /a"), cleanup(step("DELETE /a"), step("DELETE /b"))))
	s := serve(t, map[string]any{"PUT /a": hang, "DELETE /a": hang, "DELETE /b": hang})
	started := time.Now()
	out := runContext(t, ctx, rel, s, Options{CleanupTime: 50 * time.Millisecond})
	if d := time.Since(started); d > 2*time.Second {
		t.Errorf("the run ended after %v", d)
	}
	if out.Outcome != result.Inconclusive {
		t.Errorf("outcome %s", out.Outcome)
	}
}

func TestCanceledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := busyServer(t)
	out := runContext(t, ctx, busyRelease(), s, Options{Parallel: 4})
	if n := len(s.requests()); n != 0 || out.Counts.Cases[result.Inconclusive] != 13 {
		t.Errorf("%d requests, cases %v", n, out.Counts.Cases)
	}
}

// TestBodiesAreReleased runs cases whose responses together exceed the memory
// limit.
func TestBodiesAreReleased(t *testing.T) {
	big := strings.Repeat("x", 4<<20)
	s := serve(t, map[string]any{"GET /big": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, big) }})
	var cases []*release.Case
	for i := range 12 {
		cases = append(cases, testCase(fmt.Sprint("c", i), random("blob", 1<<20),
			step("GET /big", id("a"), expect("must.x", is(200))), step("GET /big", header("Size", "${data.blob.length}"), expect("must.x", is(200)))))
	}
	var most uint64
	out := run(t, releaseOf(cases...), s, Options{Progress: func(p Progress) {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	}})
	if most > 48<<20 {
		t.Errorf("%d MB in use", most>>20)
	}
	if b := out.Cases[0].Steps[0].Exchanges[0].Response.Body; b.Size != 4<<20 || len(b.Text) > 4<<10 {
		t.Errorf("recorded %d of %d bytes", len(b.Text), b.Size)
	}
}

func TestExchangesAreBounded(t *testing.T) {
	n := 0
	s := serve(t, map[string]any{"GET /list": func(w http.ResponseWriter, _ *http.Request) {
		n++
		w.Header().Set("Link", fmt.Sprintf("</list?p=%d>; rel=next", n))
	}})
	rel := withRule(releaseOf(testCase("a", step("GET /list", pages(99), expect("must.x", is(200))))), "must.rule", nil, is(200))
	out := run(t, rel, s, Options{})
	st := out.Cases[0].Steps[0]
	if len(st.Exchanges) != maxExchanges || len(st.Checks) != 101 || !strings.HasPrefix(st.Message, "60 exchanges are not recorded") {
		t.Errorf("%d exchanges, %d checks, %s", len(st.Exchanges), len(st.Checks), st.Message)
	}
	if got := st.Exchanges[maxExchanges-1].Request.URL; !strings.HasSuffix(got, "?p=99") {
		t.Errorf("the last one is %s", got)
	}
}
