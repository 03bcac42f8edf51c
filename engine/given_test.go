package engine

import (
	"net/http"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
)

// TestGiven reads content that exists already: what the user gives, what the
// registry lists, or what other cases push.
func TestGiven(t *testing.T) {
	rel := func() *release.Release {
		read := testCase("read", needs("push"), step("GET /things/${given}", expect("must.read", is(200))))
		read.Given = &release.GivenUse{What: "things", Otherwise: "pushed"}
		r := releaseOf(read, testCase("write", provides("push"), step("PUT /things/pushed", expect("must.write", is(201)))), testCase("x-safe", step("GET /", expect("must.safe", is(200)))))
		r.Given = []release.Given{{ID: "things", Title: "Things", From: "/list", At: "/things"}}
		return r
	}
	replies := map[string]any{"GET /": 200, "GET /list": "200\n\n{\"things\": [\"a\", \"b\", 1]}", "GET /things/a": 200, "GET /things/b": 404, "GET /things/c": 200, "GET /things/pushed": 200, "PUT /things/pushed": 201}
	for _, tt := range []struct {
		name string
		opts Options
		want string
		sent map[string]bool
	}{
		{"nothing is given", Options{}, `
			read: pass
			  1: must.read pass;
			write: pass
			  1: must.write pass;
			x-safe: pass
			  1: must.safe pass;
			= pass`, nil},
		{"the user gives something", Options{Given: map[string][]string{"things": {"c", "b"}}}, `
			read: pass
			  1: must.read pass;
			read-2: fail
			  1: must.read fail (status 404);
			write: pass
			  1: must.write pass;
			x-safe: pass
			  1: must.safe pass;
			fail must.read ×1 in [read-2] blocks 0
			= fail`, nil},
		{"a read-only run takes what is listed", Options{ReadOnly: true}, `
			read: pass
			  1: must.read pass;
			read-2: fail
			  1: must.read fail (status 404);
			write: disabled set by readOnly
			  1: must.write disabled;
			x-safe: pass
			  1: must.safe pass;
			fail must.read ×1 in [read-2] blocks 0
			= fail`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, replies)
			same(t, show(run(t, rel(), s, tt.opts)), tt.want)
			for _, l := range s.lines() {
				if tt.opts.ReadOnly && l[:4] != http.MethodGet+" " {
					t.Errorf("sent %s", l)
				}
			}
		})
	}
	t.Run("a read-only run without values", func(t *testing.T) {
		r := rel()
		r.Given[0].From = ""
		same(t, show(run(t, r, serve(t, replies), Options{ReadOnly: true})), `
			read: disabled set by given.things
			  1: must.read disabled;
			write: disabled set by readOnly
			  1: must.write disabled;
			x-safe: pass
			  1: must.safe pass;
			= pass`)
	})
	t.Run("only with values, once", func(t *testing.T) {
		c := testCase("list", step("GET /list", expect("must.list", is(200))))
		c.Given = &release.GivenUse{What: "things"}
		r := releaseOf(c)
		r.Given = []release.Given{{ID: "things", Title: "Things"}}
		same(t, show(run(t, r, serve(t, replies), Options{Given: map[string][]string{"things": {"c", "b"}}})), `
			list: pass
			  1: must.list pass;
			= pass`)
		same(t, show(run(t, r, serve(t, replies), Options{})), `
			list: disabled set by given.things
			  1: must.list disabled;
			= disabled`)
	})
	t.Run("without a second repository", func(t *testing.T) {
		r := releaseOf(testCase("a", step("GET /${other}", expect("must.x", is(200)))), testCase("b", step("GET /", expect("must.y", is(200)))))
		only := target(serve(t, replies))
		only.Other = ""
		res, err := Run(t.Context(), r, only, nil, Options{Seed: "seed"})
		if err != nil {
			t.Fatal(err)
		}
		same(t, show(res), `
			a: disabled set by other
			  1: must.x disabled;
			b: pass
			  1: must.y pass;
			= pass`)
	})
}
