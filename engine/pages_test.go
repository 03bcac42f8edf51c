package engine

import (
	"testing"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

func TestPages(t *testing.T) {
	all := onPages(match.ListRule{At: "/tags", Contains: []*match.Matcher{eq("a"), eq("d")}, Unique: true, Sorted: []string{match.ByBytes}, Length: num("4")})
	page := func(tags, next string) string {
		link := ""
		if next != "" {
			link = "\nLink: <" + next + ">; rel=\"next\""
		}
		return "200" + link + "\n\n{\"tags\": [" + tags + "]}"
	}
	c := func() *release.Case {
		return testCase("a",
			step("GET /list", id("list"), pages(3), capture(release.Capture{Name: "first", Pointer: "/tags/0"}),
				expect("must.ok", is(200)), expect("must.all", all), expect("must.each", field("Bad", eq("no")), func(r *match.Response) { r.Header[0].Optional = true })),
			step("GET /tag/${list.capture.first}", expect("must.tag", is(200))))
	}
	tag := "GET /tag/a"
	for _, tt := range []struct {
		name    string
		replies map[string]any
		want    string
	}{
		{"two", map[string]any{tag: 200, "GET /list": page(`"a", "b"`, "/more?n=2"), "GET /more": page(`"c", "d"`, "")}, `
			a: pass
			  list: must.ok pass; must.all pass;
			  2: must.tag pass;
			= pass`},
		{"one", map[string]any{tag: 200, "GET /list": page(`"a", "b", "c", "d"`, "")}, `
			a: pass
			  list: must.ok pass; must.all pass;
			  2: must.tag pass;
			= pass`},
		{"one twice", map[string]any{tag: 200, "GET /list": page(`"a", "b"`, "/more"), "GET /more": page(`"b", "d"`, "")}, `
			a: fail
			  list: must.ok pass; must.all fail (all pages.tags wrong);
			  2: must.tag pass;
			fail must.all ×1 in [a] blocks 0
			= fail`},
		{"a wrong later page", map[string]any{tag: 200, "GET /list": page(`"a", "b"`, "/more"), "GET /more": "200\nBad: yes\n\n{\"tags\": [\"c\", \"d\"]}"}, `
			a: fail
			  list: must.ok pass; must.all pass; must.each fail (header Bad wrong);
			  2: must.tag pass;
			fail must.each ×1 in [a] blocks 0
			= fail`},
		{"a later page without the list", map[string]any{tag: 200, "GET /list": page(`"a", "b", "c", "d"`, "/more"), "GET /more": "200\n\n{}"}, `
			a: fail
			  list: must.ok pass; must.all fail (body.tags missing);
			  2: must.tag pass;
			fail must.all ×1 in [a] blocks 0
			= fail`},
		{"a later page with an error status", map[string]any{tag: 200, "GET /list": page(`"a", "b", "c", "d"`, "/none")}, `
			a: fail
			  list: must.ok fail (status 404); must.all blocked;
			  2 by a/list: must.tag blocked;
			fail must.ok ×1 in [a] blocks 2
			= fail`},
		{"a circle", map[string]any{tag: 200, "GET /list": page(`"a", "b"`, "/more"), "GET /more": page(`"c", "d"`, "/list")}, `
			a: fail
			  list: must.ok pass; must.all fail (link next wrong);
			  2: must.tag pass;
			fail must.all ×1 in [a] blocks 0
			= fail`},
		{"a malformed link", map[string]any{tag: 200, "GET /list": "200\nLink: /more; rel=next\n\n{\"tags\": [\"a\"]}"}, `
			a: fail
			  list: must.ok pass; must.all fail (link next wrong);
			  2: must.tag pass;
			fail must.all ×1 in [a] blocks 0
			= fail`},
		{"a link to an invalid URL", map[string]any{tag: 200, "GET /list": page(`"a"`, "javascript:x")}, `
			a: fail
			  list: must.ok pass; must.all fail (link next wrong);
			  2: must.tag pass;
			fail must.all ×1 in [a] blocks 0
			= fail`},
		{"too many", map[string]any{tag: 200, "GET /list": page(`"a"`, "/1"), "GET /1": page(`"b"`, "/2"), "GET /2": page(`"c"`, "/3"), "GET /3": page(`"d"`, "/4")}, `
			a: inconclusive
			  list: must.ok pass; must.all inconclusive;
			  2: must.tag pass;
			= inconclusive`},
		{"a broken connection", map[string]any{tag: 200, "GET /list": "200\nBad: yes\nLink: </more>; rel=next\n\n{\"tags\": [\"a\"]}", "GET /more": hangUp}, `
			a: fail
			  list: must.ok inconclusive; must.all inconclusive; must.each fail (header Bad wrong);
			  2 by a/list: must.tag blocked;
			fail must.each ×1 in [a] blocks 0
			= fail`},
		{"a page that is not HTTP", map[string]any{tag: 200, "GET /list": page(`"a"`, "/more"), "GET /more": garbage}, `
			a: fail
			  list: must.ok fail (link next wrong); must.all blocked;
			  2 by a/list: must.tag blocked;
			fail must.ok ×1 in [a] blocks 2
			= fail`},
		{"a cut page", map[string]any{tag: 200, "GET /list": short}, `
			a: fail
			  list: must.ok pass; must.all fail (body wrong);
			  2 by a/list: must.tag blocked;
			fail must.all ×1 in [a] blocks 1
			= fail`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			same(t, show(run(t, releaseOf(c()), serve(t, tt.replies), Options{})), tt.want)
		})
	}
}

// TestStrayed checks that an invalid link to the next page is one finding, on
// the first check that applies to all pages.
func TestStrayed(t *testing.T) {
	all := func(id string) func(*release.Step) {
		return expect(id, func(r *match.Response) { r.Pages = []match.ListRule{{At: "/tags", Unique: true}} })
	}
	c := testCase("a", step("GET /list", pages(3), expect("must.ok", is(200)), all("must.all"), all("should.once")))
	s := serve(t, map[string]any{"GET /list": "200\nLink: </list>; rel=next\n\n{\"tags\": [\"a\"]}"})
	same(t, show(run(t, releaseOf(c), s, Options{})), `
		a: fail
		  1: must.ok pass; must.all fail (link next wrong); should.once blocked;
		fail must.all ×1 in [a] blocks 1
		= fail`)
}

func TestRepeat(t *testing.T) {
	c := func() *release.Case {
		return testCase("a", step("GET /wait", repeat(3, is(200)), expect("must.ready", is(200))))
	}
	s := serve(t, map[string]any{"GET /wait": []any{503, 404, 200, 500}})
	if out := run(t, releaseOf(c()), s, Options{}); out.Outcome != result.Pass || len(s.lines()) != 3 {
		t.Errorf("%s\n%s", s.lines(), show(out))
	}
	s = serve(t, map[string]any{"GET /wait": 404})
	if out := run(t, releaseOf(c()), s, Options{}); out.Outcome != result.Fail || len(s.lines()) != 3 || len(out.Cases[0].Steps[0].Exchanges) != 3 {
		t.Errorf("%s\n%s", s.lines(), show(out))
	}
	s = serve(t, map[string]any{"GET /wait": []any{404, 429, 200}})
	if out := run(t, releaseOf(c()), s, Options{}); out.Outcome != result.Inconclusive || len(s.lines()) != 2 {
		t.Errorf("%s\n%s", s.lines(), show(out))
	}
}
