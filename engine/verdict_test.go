package engine

import (
	"testing"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

const started = "202\nLocation: /up/1"

// TestVerdicts checks the outcomes of checks and cases for single cases.
func TestVerdicts(t *testing.T) {
	start := func(parts ...stepPart) *release.Step {
		return step("POST /start", append([]stepPart{id("start"), expect("must.accepted", is(202)), expect("must.location", field("Location", like("^/")))}, parts...)...)
	}
	put := step("PUT ${start.header.Location}", id("put"), expect("must.created", is(201)))
	pull := step("GET /thing", id("pull"), expect("must.ok", is(200)), expect("should.type", field("Content-Type", eq("a/b"))))
	for _, tt := range []struct {
		name    string
		c       *release.Case
		replies map[string]any
		strict  bool
		want    string
	}{
		{"all pass", testCase("a", start(), put, pull),
			map[string]any{"POST /start": started, "PUT /up/1": 201, "GET /thing": "200\nContent-Type: a/b"}, false, `
			a: pass
			  start: must.accepted pass; must.location pass;
			  put: must.created pass;
			  pull: must.ok pass; should.type pass;
			= pass`},
		{"missing credentials are inconclusive", testCase("a", start(), put),
			map[string]any{"POST /start": 401}, false, `
			a: inconclusive
			  start: must.accepted inconclusive; must.location inconclusive;
			  put by a/start: must.created blocked;
			= inconclusive`},
		{"unless other requests with the method succeeded", testCase("a", step("GET /a", id("a"), expect("must.a", is(200))), step("GET /b", id("b"), expect("must.b", is(200)))),
			map[string]any{"GET /a": 200, "GET /b": 401}, false, `
			a: fail
			  a: must.a pass;
			  b: must.b fail (status 401);
			fail must.b ×1 in [a] blocks 0
			= fail`},
		{"unless a check expects 401", testCase("a", step("GET /thing", id("pull"), expect("must.ask", is(401)))),
			map[string]any{"GET /thing": 401}, false, `
			a: pass
			  pull: must.ask pass;
			= pass`},
		{"a SHOULD warns", testCase("a", start(), put, pull),
			map[string]any{"POST /start": started, "PUT /up/1": 201, "GET /thing": "200\nContent-Type: c"}, false, `
			a: warn
			  start: must.accepted pass; must.location pass;
			  put: must.created pass;
			  pull: must.ok pass; should.type warn (header Content-Type wrong);
			warn should.type ×1 in [a] blocks 0
			= warn`},
		{"a SHOULD fails if strict", testCase("a", pull),
			map[string]any{"GET /thing": "200\nContent-Type: c"}, true, `
			a: fail
			  pull: must.ok pass; should.type fail (header Content-Type wrong);
			fail should.type ×1 in [a] blocks 0
			= fail`},
		{"a contested MUST warns", testCase("a", step("GET /thing", id("pull"), expect("must.contested", is(201)))),
			map[string]any{"GET /thing": 200}, false, `
			a: warn
			  pull: must.contested warn (status 200);
			warn must.contested ×1 in [a] blocks 0
			= warn`},
		{"a contested MUST fails if strict", testCase("a", step("GET /thing", id("pull"), expect("must.contested", is(201)))),
			map[string]any{"GET /thing": 200}, true, `
			a: fail
			  pull: must.contested fail (status 200);
			fail must.contested ×1 in [a] blocks 0
			= fail`},
		{"a permission that is not used is unsupported", testCase("a", step("GET /thing", id("pull"), expect("may.accept", is(200))), put),
			map[string]any{"GET /thing": 400}, true, `
			a: unsupported by a/pull
			  pull: may.accept unsupported;
			  put by a/pull: must.created unsupported;
			= unsupported`},
		{"a permission does not hide a failure", testCase("a", step("GET /thing", id("pull"), expect("may.accept", is(200)), expect("must.http", is(400)))),
			map[string]any{"GET /thing": 500}, false, `
			a: fail
			  pull: may.accept blocked; must.http fail (status 500);
			fail must.http ×1 in [a] blocks 1
			= fail`},
		{"another status of the class does not close the gate", testCase("a", start(), put, pull),
			map[string]any{"POST /start": "200\nLocation: /up/1", "PUT /up/1": 201, "GET /thing": "200\nContent-Type: a/b"}, false, `
			a: fail
			  start: must.accepted fail (status 200); must.location pass;
			  put: must.created pass;
			  pull: must.ok pass; should.type pass;
			fail must.accepted ×1 in [a] blocks 0
			= fail`},
		{"another class closes the gate, with one finding", testCase("a", start(), put, pull),
			map[string]any{"POST /start": 500}, false, `
			a: fail
			  start: must.accepted fail (status 500); must.location blocked;
			  put by a/start: must.created blocked;
			  pull by a/start: must.ok blocked; should.type blocked;
			fail must.accepted ×1 in [a] blocks 4
			= fail`},
		{"checks that pass stay passes", testCase("a", start()),
			map[string]any{"POST /start": "500\nLocation: /up/1"}, false, `
			a: fail
			  start: must.accepted fail (status 500); must.location pass;
			fail must.accepted ×1 in [a] blocks 0
			= fail`},
		{"a missing value blocks the steps that use it", testCase("a", start(), put, step("GET /thing", after(), expect("must.ok", is(200)))),
			map[string]any{"POST /start": 202, "GET /thing": 200}, false, `
			a: fail
			  start: must.accepted pass; must.location fail (header Location missing);
			  put by a/start: must.created blocked;
			  3: must.ok pass;
			fail must.location ×1 in [a] blocks 1
			= fail`},
		{"safe steps block only steps that use their values",
			testCase("a", step("GET /none", expect("must.none", is(200))), step("POST /start", expect("must.accepted", is(202)))),
			map[string]any{"POST /start": 202}, false, `
			a: fail
			  1: must.none fail (status 404);
			  2: must.accepted pass;
			fail must.none ×1 in [a] blocks 0
			= fail`},
		{"without checks on the status 2xx is expected",
			testCase("a", step("POST /start", id("start")), step("PUT /x", expect("must.x", is(201)))),
			map[string]any{"POST /start": 404}, false, `
			a: blocked
			  start:
			  2 by a/start: must.x blocked;
			= blocked`},
		{"an error status can be expected",
			testCase("a", step("POST /start", id("start"), expect("must.reject", is(400, 404))), step("PUT /x", expect("must.x", is(201)))),
			map[string]any{"POST /start": 405, "PUT /x": 201}, false, `
			a: fail
			  start: must.reject fail (status 405);
			  2: must.x pass;
			fail must.reject ×1 in [a] blocks 0
			= fail`},
		{"a conditional check on the status does not count for the gate",
			testCase("a", step("POST /start", id("start"), expectWhen(404, "must.odd", is(404))), step("PUT /x", expect("must.x", is(201)))),
			map[string]any{"POST /start": 404, "PUT /x": 201}, false, `
			a: blocked
			  start: must.odd pass;
			  2 by a/start: must.x blocked;
			= blocked`},
		{"an explicit gate", testCase("a", start(gate(is(202, 500))), step("PUT /x", expect("must.x", is(201)))),
			map[string]any{"POST /start": 500, "PUT /x": 201}, false, `
			a: fail
			  start: must.accepted fail (status 500); must.location fail (header Location missing);
			  2: must.x pass;
			fail must.accepted ×1 in [a] blocks 0
			fail must.location ×1 in [a] blocks 0
			= fail`},
		{"an explicit gate that is closed", testCase("a", start(gate(field("Ready", eq("yes")))), step("PUT /x", expect("must.x", is(201)))),
			map[string]any{"POST /start": started}, false, `
			a: blocked
			  start: must.accepted pass; must.location pass;
			  2 by a/start: must.x blocked;
			= blocked`},
		{"no gate: nothing is blocked, but there is one finding", testCase("a", start(noGate()), step("PUT /x", expect("must.x", is(201)))),
			map[string]any{"POST /start": 500, "PUT /x": 201}, false, `
			a: fail
			  start: must.accepted fail (status 500); must.location blocked;
			  2: must.x pass;
			fail must.accepted ×1 in [a] blocks 1
			= fail`},
		{"no gate: a network error does not block", testCase("a", start(noGate()), step("PUT /x", expect("must.x", is(201))), put),
			map[string]any{"POST /start": hangUp, "PUT /x": 201}, false, `
			a: inconclusive
			  start: must.accepted inconclusive; must.location inconclusive;
			  2: must.x pass;
			  put by a/start: must.created blocked;
			= inconclusive`},
		{"the finding is a MUST if there is one",
			testCase("a", step("POST /start", expect("should.status", is(201)), expect("must.status", is(201, 202)))),
			map[string]any{"POST /start": 500}, false, `
			a: fail
			  1: should.status blocked; must.status fail (status 500);
			fail must.status ×1 in [a] blocks 1
			= fail`},
		{"a warning that blocks", testCase("a", step("POST /start", id("s"), expect("should.status", is(201))), step("PUT /x", expect("must.x", is(201)))),
			map[string]any{"POST /start": 500}, false, `
			a: warn
			  s: should.status warn (status 500);
			  2 by a/s: must.x blocked;
			warn should.status ×1 in [a] blocks 1
			= warn`},
		{"unsupported ends the case but not the cleanup",
			testCase("a", start(unsupported(is(405))), put, cleanup(step("DELETE /x", expect("must.deleted", is(202))))),
			map[string]any{"POST /start": 405, "DELETE /x": 202}, false, `
			a: unsupported by a/start
			  start: must.accepted unsupported; must.location unsupported;
			  put by a/start: must.created unsupported;
			  3: must.deleted pass;
			= pass`},
		{"unsupported only if something failed",
			testCase("a", step("POST /start", expect("must.any", is(202, 405)), unsupported(is(405))), step("PUT /x", expect("must.x", is(201)))),
			map[string]any{"POST /start": 405, "PUT /x": 201}, false, `
			a: pass
			  1: must.any pass;
			  2: must.x pass;
			= pass`},
		{"a failure that is not listed is not unsupported", testCase("a", start(unsupported(is(405))), put),
			map[string]any{"POST /start": 400}, false, `
			a: fail
			  start: must.accepted fail (status 400); must.location blocked;
			  put by a/start: must.created blocked;
			fail must.accepted ×1 in [a] blocks 2
			= fail`},
		{"all unsupported", testCase("a", step("POST /start", expect("must.x", is(201)), unsupported(is(405)))),
			map[string]any{"POST /start": 405}, false, `
			a: unsupported by a/1
			  1: must.x unsupported;
			= unsupported`},
		{"a response that is not HTTP", testCase("a", step("POST /start", id("s"), expectWhen(200, "must.when", is(200)), expect("must.a", is(201)), expect("must.b", is(201))), pull),
			map[string]any{"POST /start": garbage, "GET /thing": "200\nContent-Type: a/b"}, false, `
			a: fail
			  s: must.when blocked; must.a fail (protocol); must.b blocked;
			  pull by a/s: must.ok blocked; should.type blocked;
			fail must.a ×1 in [a] blocks 4
			= fail`},
		{"a redirect to an invalid URL", testCase("a", pull),
			map[string]any{"GET /thing": "302\nLocation: /thing"}, false, `
			a: fail
			  pull: must.ok fail (redirect); should.type blocked;
			fail must.ok ×1 in [a] blocks 1
			= fail`},
		{"too many requests", testCase("a", start(), put),
			map[string]any{"POST /start": 429}, false, `
			a: inconclusive
			  start: must.accepted inconclusive; must.location inconclusive;
			  put by a/start: must.created blocked;
			= inconclusive`},
		{"a broken connection", testCase("a", step("GET /x", id("x"), expect("must.x", is(200))), step("GET /y${x.status}", expect("must.y", is(200)))),
			map[string]any{"GET /x": hangUp}, false, `
			a: inconclusive
			  x: must.x inconclusive;
			  2 by a/x: must.y blocked;
			= inconclusive`},
		{"a broken connection in a step without checks", testCase("a", step("GET /x", id("x")), step("GET /y", expect("must.y", is(200)))),
			map[string]any{"GET /x": hangUp, "GET /y": 200}, false, `
			a: inconclusive
			  x:
			  2: must.y pass;
			= inconclusive`},
		{"a check that compares with a missing value",
			testCase("a", start(), step("GET /x", expect("must.same", field("Location", eq("${start.header.Location}"))), expect("must.ok", is(200)))),
			map[string]any{"POST /start": 202, "GET /x": "200\nLocation: /up/1"}, false, `
			a: fail
			  start: must.accepted pass; must.location fail (header Location missing);
			  2: must.same blocked; must.ok pass;
			fail must.location ×1 in [a] blocks 1
			= fail`},
		{"an invalid request is an error",
			testCase("a", step("GET http://[::", expect("must.x", is(200)))), nil, false, `
			a: error
			  1: must.x error;
			= error`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			same(t, show(run(t, releaseOf(tt.c), serve(t, tt.replies), Options{Strict: tt.strict})), tt.want)
		})
	}
}

// TestConditions checks steps that are skipped.
func TestConditions(t *testing.T) {
	c := func() *release.Case {
		return testCase("a",
			step("POST /mount", id("mount"), expect("must.mount", is(201, 202))),
			step("GET /in", id("in"), when("mount", is(201)), expect("must.in", is(200))),
			step("PUT ${mount.header.Location}", id("put"), when("mount", is(202)), expect("must.put", is(201))),
			step("GET ${put.header.Location}", id("get"), expect("must.get", is(200))),
			step("GET /end", id("end"), expect("must.end", is(200)), expect("must.like", field("Location", eq("${put.header.Location}")))),
			cleanup(step("DELETE ${put.header.Location}")),
		)
	}
	for _, tt := range []struct {
		name    string
		replies map[string]any
		want    string
	}{
		{"one way", map[string]any{"POST /mount": 201, "GET /in": 200, "GET /end": 200}, `
			a: pass
			  mount: must.mount pass;
			  in: must.in pass;
			  end: must.end pass;
			= pass`},
		{"the opposite condition", map[string]any{"POST /mount": "202\nLocation: /m", "PUT /m": "201\nLocation: /p", "GET /p": 200, "DELETE /p": 202, "GET /end": "200\nLocation: /p"}, `
			a: pass
			  mount: must.mount pass;
			  put: must.put pass;
			  get: must.get pass;
			  end: must.end pass; must.like pass;
			  6:
			= pass`},
		{"neither", map[string]any{"POST /mount": 500}, `
			a: fail
			  mount: must.mount fail (status 500);
			  end by a/mount: must.end blocked; must.like blocked;
			fail must.mount ×1 in [a] blocks 2
			= fail`},
		{"no response", map[string]any{"POST /mount": hangUp}, `
			a: inconclusive
			  mount: must.mount inconclusive;
			  in by a/mount: must.in blocked;
			  put by a/mount: must.put blocked;
			  get by a/mount: must.get blocked;
			  end by a/mount: must.end blocked; must.like blocked;
			  6 by a/mount:
			= inconclusive`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			same(t, show(run(t, releaseOf(c()), serve(t, tt.replies), Options{})), tt.want)
		})
	}
}

func TestRulesAreCheckedOnEveryResponse(t *testing.T) {
	c := testCase("a",
		step("POST /start"), // without checks
		step("GET /list", pages(5), expect("must.list", is(200))),
		step("GET /wait", repeat(5, is(200)), expect("must.ready", is(200))),
		cleanup(step("DELETE /x")),
	)
	rel := withRule(releaseOf(c), "must.rule", resp(field("Bad", like("."))), field("Bad", eq("no")))
	s := serve(t, map[string]any{
		"POST /start": "201\nBad: no",
		"GET /list":   []any{"200\nBad: yes\nLink: </list?p=2>; rel=next", "200\nBad: yes"},
		"GET /wait":   []any{"503\nBad: yes", "200\nBad: no"},
		"DELETE /x":   "202\nBad: yes",
	})
	same(t, show(run(t, rel, s, Options{})), `
		a: fail
		  1: must.rule pass;
		  2: must.list pass; must.rule fail (header Bad wrong); must.rule fail (header Bad wrong);
		  3: must.ready pass; must.rule fail (header Bad wrong); must.rule pass;
		  4: must.rule fail (header Bad wrong);
		fail must.rule ×4 in [a] blocks 0
		= fail`)
}

func TestRulesNeverBlock(t *testing.T) {
	c := testCase("a", step("POST /start", id("start"), expect("must.x", is(201))), step("PUT ${start.header.Location}", expect("must.put", is(201))))
	rel := withRule(releaseOf(c), "must.rule", nil, is(500))
	s := serve(t, map[string]any{"POST /start": "201\nLocation: /p", "PUT /p": 201})
	same(t, show(run(t, rel, s, Options{})), `
		a: fail
		  start: must.x pass; must.rule fail (status 201);
		  2: must.put pass; must.rule fail (status 201);
		fail must.rule ×2 in [a] blocks 0
		= fail`)
}

func TestFindings(t *testing.T) {
	list := func(at string) *match.Matcher {
		return object("items", &match.Matcher{Op: match.List, Rest: object("n", num(at))})
	}
	rel := releaseOf(
		testCase("a", step("GET /a", expect("should.warn", is(201)))),
		testCase("b", step("GET /b", expect("must.items", content(list("1"))))),
		testCase("c", step("GET /c", expect("must.items", content(list("1")))), step("GET /d", expect("must.items", content(list("1"))))),
		testCase("d", step("POST /no", expect("must.post", is(201))), step("GET /a", expect("must.a", is(200))), step("GET /b", expect("must.b", is(200)))),
	)
	s := serve(t, map[string]any{
		"GET /a": 200, "POST /no": 500,
		"GET /b": "200\n\n{\"items\": [{\"n\": 2}]}",
		"GET /c": "200\n\n{\"items\": [{\"n\": 1}, {\"n\": 3}]}",
		"GET /d": "200\n\n{\"items\": [{}]}",
	})
	out := run(t, rel, s, Options{})
	same(t, show(out), `
		a: warn
		  1: should.warn warn (status 200);
		b: fail
		  1: must.items fail (body.items.n wrong);
		c: fail
		  1: must.items fail (body.items.n wrong);
		  2: must.items fail (body.items.n missing);
		d: fail
		  1: must.post fail (status 500);
		  2 by d/1: must.a blocked;
		  3 by d/1: must.b blocked;
		fail must.post ×1 in [d] blocks 2
		fail must.items ×2 in [b c] blocks 0
		fail must.items ×1 in [c] blocks 0
		warn should.warn ×1 in [a] blocks 0
		= fail`)
	f := out.Findings[1]
	if f.Example.Case != "b" || f.Example.Step != "1" || f.Example.Curl == "" || f.Text != "Text of must.items." {
		t.Errorf("example %+v of %q", f.Example, f.Text)
	}
}
