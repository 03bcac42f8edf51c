package engine

import (
	"net/url"
	"testing"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/result"
)

// TestDrops has a registry that closes the connection on one request each time:
// that is a finding if the registry responds to the probe.
func TestDrops(t *testing.T) {
	c := testCase("a", step("POST /x", id("x"), expect("must.x", is(201))), step("GET /y", id("y"), expect("must.y", is(200))))
	replies := map[string]any{"GET /probe": 200, "POST /x": hangUp, "GET /y": 200}
	rel := releaseOf(c)
	rel.Probe = "/probe"
	same(t, show(run(t, rel, serve(t, replies), Options{})), `
		a: fail
		  x: must.x fail (network);
		  y by a/x: must.y blocked;
		fail must.x ×1 in [a] blocks 1
		= fail`)
	replies["GET /probe"] = hangUp
	same(t, show(run(t, rel, serve(t, replies), Options{})), `
		a: inconclusive
		  x: must.x inconclusive;
		  y by a/x: must.y blocked;
		= inconclusive`)
	rel.Probe = ""
	same(t, show(run(t, rel, serve(t, replies), Options{})), `
		a: inconclusive
		  x: must.x inconclusive;
		  y by a/x: must.y blocked;
		= inconclusive`)
}

// TestNoLogin has a request whose login fails each time, while the registry responds to
// the probe: it gives no finding.
func TestNoLogin(t *testing.T) {
	rel := releaseOf(testCase("a", step("POST /x", expect("must.x", is(201)))))
	rel.Probe = "/probe"
	sent := 0
	d := doer(func(req *httpclient.Request) (*httpclient.Response, error) {
		if sent++; req.URL.Path == "/probe" {
			return &httpclient.Response{Status: 200, URL: req.URL}, nil
		}
		return nil, &httpclient.Error{Kind: httpclient.Login, Message: "logging in"}
	})
	out, err := Run(t.Context(), rel, Target{URL: &url.URL{Scheme: "http", Host: "r.example", Path: "/"}}, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if out.Outcome != result.Inconclusive || sent != 1 {
		t.Errorf("%s after %d requests: %+v", out.Outcome, sent, out.Findings)
	}
}

// TestUnknown has a push whose response is not known: a step that comes after nothing by
// its own account is not judged by what may be missing. After a response that is wrong it
// is.
func TestUnknown(t *testing.T) {
	rel := releaseOf(testCase("a", step("PUT /x", id("push"), expect("must.x", is(201))), step("GET /y", id("list"), after(), expect("must.y", is(200)))))
	same(t, show(run(t, rel, serve(t, map[string]any{"PUT /x": hangUp, "GET /y": 404}), Options{})), `
		a: inconclusive
		  push: must.x inconclusive;
		  list by a/push: must.y blocked;
		= inconclusive`)
	same(t, show(run(t, rel, serve(t, map[string]any{"PUT /x": 500, "GET /y": 404}), Options{})), `
		a: fail
		  push: must.x fail (status 500);
		  list: must.y fail (status 404);
		fail must.x ×1 in [a] blocks 0
		fail must.y ×1 in [a] blocks 0
		= fail`)
}
