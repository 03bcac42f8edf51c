package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

func TestProviders(t *testing.T) {
	user := testCase("a-user", needs("push"), step("GET /x", expect("must.x", is(200))))
	last := testCase("b-last", needs("more"), step("GET /x", expect("must.x", is(200))))
	for _, tt := range []struct {
		name    string
		replies map[string]any
		want    string
	}{
		{"it provides", map[string]any{"POST /push": 201, "PUT /push": 201, "GET /x": 200, "POST /more": 201}, `
			a-user: pass
			  1: must.x pass;
			b-last: pass
			  1: must.x pass;
			m-more: pass
			  1: must.more pass;
			p: pass
			  push: must.push pass;
			  2: must.put pass;
			= pass`},
		{"a provider with a finding provides", map[string]any{"POST /push": 200, "PUT /push": 201, "GET /x": 200, "POST /more": 201}, `
			a-user: pass
			  1: must.x pass;
			b-last: pass
			  1: must.x pass;
			m-more: pass
			  1: must.more pass;
			p: fail
			  push: must.push fail (status 200);
			  2: must.put pass;
			fail must.push ×1 in [p] blocks 0
			= fail`},
		{"it fails", map[string]any{"POST /push": 500, "GET /x": 200, "POST /more": 201}, `
			a-user: blocked by p/push
			  1 by p/push: must.x blocked;
			b-last: blocked by p/push
			  1 by p/push: must.x blocked;
			m-more: blocked by p/push
			  1 by p/push: must.more blocked;
			p: fail
			  push: must.push fail (status 500);
			  2 by p/push: must.put blocked;
			fail must.push ×1 in [p] blocks 4
			= fail`},
		{"unsupported provider", map[string]any{"POST /push": 405, "GET /x": 200}, `
			a-user: unsupported by p/push
			  1 by p/push: must.x unsupported;
			b-last: unsupported by p/push
			  1 by p/push: must.x unsupported;
			m-more: unsupported by p/push
			  1 by p/push: must.more unsupported;
			p: unsupported by p/push
			  push: must.push unsupported;
			  2 by p/push: must.put unsupported;
			= unsupported`},
		{"inconclusive provider", map[string]any{"POST /push": hangUp}, `
			a-user: blocked by p/push
			  1 by p/push: must.x blocked;
			b-last: blocked by p/push
			  1 by p/push: must.x blocked;
			m-more: blocked by p/push
			  1 by p/push: must.more blocked;
			p: inconclusive
			  push: must.push inconclusive;
			  2 by p/push: must.put blocked;
			= inconclusive`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rel := releaseOf(user, last,
				testCase("m-more", needs("push"), provides("more"), step("POST /more", expect("must.more", is(201)))),
				testCase("p", provides("push"),
					step("POST /push", id("push"), expect("must.push", is(201)), unsupported(is(405))),
					step("PUT /push", expect("must.put", is(201)))))
			same(t, show(run(t, rel, serve(t, tt.replies), Options{})), tt.want)
		})
	}
}

func TestCleanupOrder(t *testing.T) {
	chain := func(id string, need, give string) *release.Case {
		c := testCase(id, step("POST /"+id), cleanup(step("DELETE /"+id)))
		if need != "" {
			c.Needs = []string{need}
		}
		if give != "" {
			c.Provides = []string{give}
		}
		return c
	}
	rel := releaseOf(chain("a", "q", ""), chain("b", "p", ""), chain("p", "", "p"), chain("q", "p", "q"))
	for _, id := range []string{"a", "p"} { // which have the same content
		c := rel.Case(id)
		c.Data = append(c.Data, &release.Data{Name: "x", Scope: "set", Text: new(match.Template("x"))})
	}
	replies := map[string]any{}
	for _, id := range []string{"a", "b", "p", "q"} {
		replies["POST /"+id], replies["DELETE /"+id] = 201, 202
	}
	s := serve(t, replies)
	run(t, rel, s, Options{})
	want := "POST /p, POST /q, POST /a, DELETE /a, DELETE /q, POST /b, DELETE /b, DELETE /p"
	if got := strings.Join(s.lines(), ", "); got != want {
		t.Errorf("in order: %s\nwant %s", got, want)
	}
	for range 10 {
		s := serve(t, replies)
		run(t, rel, s, Options{Parallel: 4})
		at := func(line string) int { return slices.Index(s.lines(), line) }
		for _, pair := range [][2]string{{"POST /p", "POST /q"}, {"POST /q", "POST /a"}, {"POST /a", "DELETE /q"}, {"POST /b", "DELETE /p"}, {"DELETE /a", "DELETE /p"}} {
			if at(pair[0]) > at(pair[1]) {
				t.Errorf("%s after %s: %v", pair[0], pair[1], s.lines())
			}
		}
	}
}

func TestCleanup(t *testing.T) {
	c := func() *release.Case {
		return testCase("a",
			step("POST /start", id("start")),
			step("PUT /x", id("put"), expect("must.put", is(201))),
			cleanup(
				step("DELETE ${start.header.Location}", expect("must.gone", is(202)), unsupported(is(405))),
				step("DELETE ${put.header.Location}", expect("must.gone", is(202)), unsupported(is(405))),
				step("DELETE /other", after("put"), expect("must.other", is(202))),
				step("DELETE /x"),
			))
	}
	for _, tt := range []struct {
		name    string
		replies map[string]any
		lines   string
		want    string
	}{
		{"all", map[string]any{"POST /start": "201\nLocation: /s", "PUT /x": "201\nLocation: /p", "DELETE /s": 202, "DELETE /p": 202, "DELETE /other": 202},
			"POST /start, PUT /x, DELETE /s, DELETE /p, DELETE /other, DELETE /x", `
			a: pass
			  start:
			  put: must.put pass;
			  3: must.gone pass;
			  4: must.gone pass;
			  5: must.other pass;
			  6:
			= pass`},
		{"cleanup uses values of a response whose gate is closed", map[string]any{"POST /start": "201\nLocation: /s", "PUT /x": "500\nLocation: /p", "DELETE /s": 500, "DELETE /p": 202},
			"POST /start, PUT /x, DELETE /s, DELETE /p, DELETE /x", `
			a: fail
			  start:
			  put: must.put fail (status 500);
			  3: must.gone fail (status 500);
			  4: must.gone pass;
			  5 by a/put: must.other blocked;
			  6:
			fail must.put ×1 in [a] blocks 1
			fail must.gone ×1 in [a] blocks 0
			= fail`},
		{"unsupported cleanup does not count", map[string]any{"POST /start": "201\nLocation: /s", "PUT /x": "201\nLocation: /p", "DELETE /s": 405, "DELETE /p": 202, "DELETE /other": 202},
			"POST /start, PUT /x, DELETE /s, DELETE /p, DELETE /other, DELETE /x", `
			a: pass
			  start:
			  put: must.put pass;
			  3: must.gone unsupported;
			  4: must.gone pass;
			  5: must.other pass;
			  6:
			= pass`},
		{"a blocked case is cleaned up too", map[string]any{"POST /start": "500\nLocation: /s", "DELETE /s": 202},
			"POST /start, DELETE /s, DELETE /x", `
			a: blocked
			  start:
			  put by a/start: must.put blocked;
			  3: must.gone pass;
			  4 by a/start: must.gone blocked;
			  5 by a/start: must.other blocked;
			  6:
			= blocked`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.replies)
			same(t, show(run(t, releaseOf(c()), s, Options{})), tt.want)
			if got := strings.Join(s.lines(), ", "); got != tt.lines {
				t.Errorf("sent %s", got)
			}
		})
	}
}

// TestCleanupAfter has cleanup steps with explicit dependencies.
func TestCleanupAfter(t *testing.T) {
	rel := releaseOf(testCase("a", step("POST /start", id("start")), step("PUT /x", id("put")),
		cleanup(step("DELETE ${put.header.Location}", after("start")))))
	s := serve(t, map[string]any{"POST /start": 201, "PUT /x": "500\nLocation: /p", "DELETE /p": 202})
	run(t, rel, s, Options{})
	if got := strings.Join(s.lines(), ", "); got != "POST /start, PUT /x, DELETE /p" {
		t.Errorf("sent %s", got)
	}
}

func TestSelect(t *testing.T) {
	rel := releaseOf(
		testCase("a", needs("p"), step("GET /a")), testCase("b", step("GET /b")), testCase("p", provides("p"), step("POST /p")))
	s := serve(t, map[string]any{"POST /p": 201})
	var seen []Progress
	out := run(t, rel, s, Options{Select: func(id string) bool { return id == "a" }, Progress: func(p Progress) { seen = append(seen, p) }})
	if got := strings.Join(s.lines(), ", "); got != "POST /p, GET /a" {
		t.Errorf("sent %s", got)
	}
	if want := []Progress{{"a", result.Pass, 1, 2}, {"p", result.Pass, 2, 2}}; !slices.Equal(seen, want) {
		t.Errorf("progress %v", seen)
	}
	if out.Requests != 2 || len(out.Cases) != 2 {
		t.Errorf("%d requests, %d cases", out.Requests, len(out.Cases))
	}
}

func TestRunErrors(t *testing.T) {
	s := serve(t, nil)
	for _, tt := range []struct {
		name string
		rel  *release.Release
		want string
	}{
		{"nothing", releaseOf(), ErrEmpty.Error()},
		{"circle", releaseOf(testCase("a", needs("p"), provides("q")), testCase("b", needs("q"), provides("p"))), "case a depends on itself: [a b]"},
		{"no provider", releaseOf(testCase("a", needs("p"))), "case a needs \"p\", which no case provides"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Run(context.Background(), tt.rel, target(s), client(t), Options{})
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
	rel := releaseOf(testCase("a"))
	if _, err := Run(context.Background(), rel, target(s), client(t), Options{Select: func(string) bool { return false }}); !errors.Is(err, ErrEmpty) {
		t.Errorf("error %v of an empty selection", err)
	}
	if _, err := Run(context.Background(), rel, Target{}, client(t), Options{}); err == nil {
		t.Error("no error without a URL")
	}
}

func TestProbe(t *testing.T) {
	s := serve(t, map[string]any{
		"GET /ok": 200, "GET /no": 401, "GET /denied": 403, "GET /bad": 500, "GET /busy": 429, "GET /gone": hangUp,
		"GET /none": 404, "GET /error": "404\n\n{\"errors\": [{\"code\": \"X\"}]}", "GET /page": "200\nContent-Type: text/html; charset=utf-8\n\n<html>",
		"GET /tls": "400\n\nClient sent an HTTP request to an HTTPS server.", "GET /list": "404\n\n{\"errors\": [{\"code\": \"Y\"}]}",
	})
	for path, want := range map[string]string{
		"": "", "/ok": "", "/denied": "", "/bad": "", "/busy": "", "/error": "",
		"/no": "credentials rejected: GET /no returned 401", "/gone": "closed before a response", "/none": "no registry there: GET /none returned 404",
		"/page": "no registry there", "/tls": "it speaks HTTPS",
	} {
		rel := &release.Release{Probe: path, Error: &release.ErrorAt{Code: "/errors/0/code"}}
		err := Probe(context.Background(), rel, target(s), client(t))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("probe of %q: %v", path, err)
		}
	}
	rel := &release.Release{Probe: "/none", Error: &release.ErrorAt{Code: "/errors/0/code"}, Given: []release.Given{{ID: "x", From: "/list"}}}
	if err := Probe(context.Background(), rel, target(s), client(t)); err != nil {
		t.Errorf("a registry without the probe path: %v", err)
	}
	https := target(s)
	https.URL.Scheme = "https"
	if err := Probe(context.Background(), &release.Release{Probe: "/ok"}, https, client(t)); err == nil || !strings.Contains(err.Error(), "it speaks HTTP") {
		t.Errorf("HTTP as HTTPS: %v", err)
	}
}

// TestConditional has requirements that bind only registries with a capability.
func TestConditional(t *testing.T) {
	for _, tt := range []struct {
		name    string
		replies map[string]any
		opts    Options
		want    string
	}{
		{"the registry has the capability", map[string]any{"PUT /x": 201, "GET /more": 200}, Options{}, `
			a: fail
			  1: must.x.with-more fail (status 201);
			b: pass
			  1: must.more pass;
			fail must.x.with-more ×1 in [a] blocks 0
			= fail`},
		{"the registry does not have it", map[string]any{"PUT /x": 201, "GET /more": 404}, Options{}, `
			a: unsupported
			  1: must.x.with-more unsupported;
			b: unsupported by b/1
			  1: must.more unsupported;
			= unsupported`},
		{"the case that provides it is run even if it is not selected", map[string]any{"PUT /x": 201, "GET /more": 404},
			Options{Select: func(id string) bool { return id == "a" }}, `
			a: unsupported
			  1: must.x.with-more unsupported;
			b: unsupported by b/1
			  1: must.more unsupported;
			= unsupported`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rel := releaseOf(
				testCase("a", step("PUT /x", expect("must.x.with-more", is(200)))),
				testCase("b", provides("more"), step("GET /more", expect("must.more", is(200)), unsupported(is(404)))))
			same(t, show(run(t, rel, serve(t, tt.replies), tt.opts)), tt.want)
		})
	}
}

// TestEssential has runs in which an essential category was not tested.
func TestEssential(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reply any
		opts  Options
		want  result.Outcome
		says  string
	}{
		{"it works", 200, Options{}, result.Pass, ""},
		{"nothing in it works", 405, Options{}, result.Inconclusive, "Nothing worked."},
		{"a selection need not have it", 405, Options{Select: func(string) bool { return true }}, result.Unsupported, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rel := releaseOf(testCase("a", step("GET /x", expect("must.x", is(200)), unsupported(is(405)))))
			rel.Categories = []release.Category{{ID: "work", Essential: "Nothing worked."}}
			res := run(t, rel, serve(t, map[string]any{"GET /x": tt.reply}), tt.opts)
			if res.Outcome != tt.want || res.Message != tt.says {
				t.Errorf("%s %q", res.Outcome, res.Message)
			}
		})
	}
}
