package engine

import (
	"net/http"
	"testing"
)

// TestUnauthorized has registries that reject requests with 401: for want of credentials,
// or although they accept the same ones for the like.
func TestUnauthorized(t *testing.T) {
	expired := false
	reply := func(status int, expires bool) any {
		return func(w http.ResponseWriter, _ *http.Request) {
			if expired {
				status = http.StatusUnauthorized
			}
			expired = expired || expires
			w.WriteHeader(status)
		}
	}
	for _, tt := range []struct {
		name    string
		replies map[string]any
		want    string
	}{
		{"pushes need a login", map[string]any{"POST /x": 401, "PATCH /x": 401, "DELETE /x": 401}, `
			a: inconclusive
			  read: must.x pass;
			  start: must.x inconclusive;
			  write: must.x inconclusive;
			  delete: must.x inconclusive;
			= inconclusive`},
		{"one kind of push is rejected", map[string]any{"POST /x": 202, "PATCH /x": 401, "DELETE /x": 202}, `
			a: fail
			  read: must.x pass;
			  start: must.x pass;
			  write: must.x fail (status 401);
			  delete: must.x pass;
			fail must.x ×1 in [a] blocks 0
			= fail`},
		{"credentials expire", map[string]any{"POST /x": reply(202, true), "PATCH /x": reply(202, false), "DELETE /x": reply(202, false)}, `
			a: inconclusive
			  read: must.x pass;
			  start: must.x pass;
			  write: must.x inconclusive;
			  delete: must.x inconclusive;
			= inconclusive`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expired = false
			tt.replies["GET /x"] = 200
			tt.replies["GET /probe"] = reply(200, false)
			rel := releaseOf(testCase("a",
				step("GET /x", id("read"), noGate(), expect("must.x", is(200))),
				step("POST /x", id("start"), after(), noGate(), expect("must.x", is(202))),
				step("PATCH /x", id("write"), after(), noGate(), expect("must.x", is(202))),
				step("DELETE /x", id("delete"), after(), noGate(), expect("must.x", is(202)))))
			rel.Probe = "/probe"
			same(t, show(run(t, rel, serve(t, tt.replies), Options{})), tt.want)
		})
	}
}

// TestWanted has a 401 with the scope that the registry asks for.
func TestWanted(t *testing.T) {
	s := serve(t, map[string]any{"GET /x": "401\nWWW-Authenticate: Bearer realm=\"https://r/token\",scope=\"repository:a:pull\""})
	out := run(t, releaseOf(testCase("a", step("GET /x", expect("must.x", is(200))))), s, Options{})
	want := `401 Unauthorized: the run has no valid credentials for the registry, which asks for the scope "repository:a:pull"`
	if m := out.Cases[0].Steps[0].Message; m != want {
		t.Errorf("message %q", m)
	}
}
