package engine

import (
	"testing"
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
