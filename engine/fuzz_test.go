package engine

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
)

// rich is a constraint that looks at everything that a response can have.
func rich() *release.Response {
	descriptor := &match.Matcher{Op: match.Object, Rest: &match.Matcher{Op: match.Any}, Fields: []match.Field{
		{Name: "digest", Match: &match.Matcher{Op: match.Or, Kids: []*match.Matcher{eq("${digests}"), like("^${digest}")}}},
		{Name: "size", Match: &match.Matcher{Op: match.And, Kids: []*match.Matcher{
			{Op: match.Kind, Text: "int"}, {Op: match.AtLeast, Value: []byte("0")}, {Op: match.Less, Value: []byte("1e9")}}}},
		{Name: "annotations", Optional: true, Match: &match.Matcher{Op: match.Object, Rest: &match.Matcher{Op: match.Kind, Text: "string"}}},
	}}
	list := release.ListRule{
		At: "/items", Contains: []*match.Matcher{descriptor}, Lacks: []*match.Matcher{num("null"), eq("x")}, Each: descriptor,
		Length: &match.Matcher{Op: match.AtMost, Text: "${length}"}, Sorted: []string{release.ByCaseless, release.ByBytes}, Unique: true, By: "/digest",
	}
	whole := list
	whole.At = ""
	return &release.Response{
		Status: &match.Matcher{Op: match.Greater, Value: []byte("199")},
		Header: []release.HeaderRule{
			{Name: "A", Value: &match.Matcher{Op: match.NoRegexp, Text: "^${length}x"}},
			{Name: "A", Value: &match.Matcher{Op: match.Less, Value: []byte("10")}},
			{Name: "A", Optional: true, List: &release.ListRule{Contains: []*match.Matcher{eq("${digest}")}, Unique: true, Sorted: []string{release.ByCaseless}}},
		},
		Absent: []string{"B"},
		Link:   []release.LinkRule{{Rel: "next", Target: like("^/")}, {Rel: "prev", Optional: true}},
		Body:   object("items", &match.Matcher{Op: match.List, Kids: []*match.Matcher{descriptor}, Rest: descriptor}),
		Length: &match.Matcher{Op: match.NotEqual, Text: "${length}"},
		Lists:  []release.ListRule{list, whole},
	}
}

// FuzzMatchResponse looks for responses that cannot be dealt with.
func FuzzMatchResponse(f *testing.F) {
	f.Add(200, "</x>; rel=next", "", "a, b", "9", []byte(`{"items": [{"digest": "sha256:12", "size": 1, "annotations": {"a": "b"}}]}`))
	f.Add(404, "x", "too short", "", "1e999999999", []byte(`[[[[]]], {"a": "\ud800"}, -0.1E+5, "`+strings.Repeat("x", 300)+`"]`))
	f.Add(-1, "", "", "\"\\", "sha256:12", []byte("\xff"))
	f.Add(999, "<", "", ",,", "1e5000", []byte(`{"items": [{"digest": 1e400, "size": 1e400}, null, {"digest": [], "size": 9999999999999999999999999999999999999999999}]}`))
	f.Fuzz(func(t *testing.T, status int, link, problem, a, a2 string, body []byte) {
		h := http.Header{"A": {a, a2}, "Link": {link}}
		r := newAnswer(&httpclient.Response{Status: status, Header: h, Body: body, Problem: problem})
		wrong := matchResponse(env, rich(), r)
		if len(wrong) > 400 {
			t.Errorf("%d mismatches", len(wrong))
		}
		var m made
		m.add(wrong...)
		if s := describe(m.wrong); len(s) > 10<<10 && len(body) < 1<<10 {
			t.Errorf("%d bytes of description", len(s))
		}
		if len(wrong) > 0 && wayOf(m.wrong) == "" {
			t.Error("no way")
		}
		text := got("200")
		text.Response.Body, text.Response.Header = body, h
		matchResponse(env, resp(content(eq("${bytes}")), field("A", like("^${digest}"))), text)
		for _, k := range []release.Capture{{Pointer: "/items/-1/digest"}, {Header: "A", Regexp: "(a)|b"}, {Regexp: ".*"}, {Pointer: "/items"}} {
			if v, ok := captured(k, r); ok && v == nil {
				t.Error("captured nothing")
			}
		}
		joined([]*answer{r, text}, "/items")
	})
}

// FuzzElements compares the elements of two field lines with those of one.
func FuzzElements(f *testing.F) {
	f.Add("a, b", `"c, d"`)
	f.Add(`"\"", x`, ",,")
	f.Add(`"`, `\`)
	f.Fuzz(func(t *testing.T, a, b string) {
		both := elements([]string{a, b})
		if n := len(elements([]string{a})) + len(elements([]string{b})); len(both) != n {
			t.Errorf("%d elements of both, %d of each", len(both), n)
		}
		size := 0
		for _, e := range both {
			s := e.(string)
			size += len(s)
			if s == "" || strings.Trim(s, " \t") != s {
				t.Errorf("element %q", s)
			}
			if again := elements([]string{s}); len(again) != 1 || again[0] != s {
				t.Errorf("element %q has the elements %q", s, again)
			}
		}
		if size > len(a)+len(b) {
			t.Errorf("%d bytes of %d", size, len(a)+len(b))
		}
	})
}

// FuzzPointer looks for a pointer that leads out of a document.
func FuzzPointer(f *testing.F) {
	f.Add([]byte(`{"a": [1, {"b/c~": null}]}`), "/a/1/b~1c~0")
	f.Add([]byte(`[[], "x", 1]`), "/-2/0")
	f.Add([]byte(`"x"`), "")
	f.Add([]byte(`[0]`), "/-9223372036854775808")
	f.Fuzz(func(t *testing.T, doc []byte, p string) {
		v, err := decodeJSON(doc)
		if err != nil {
			if deep, many := measure(doc); json.Valid(doc) && deep <= maxJSONDepth && many <= maxJSONValues {
				t.Errorf("%q: %v", doc, err)
			}
			return
		}
		x, ok := pointer(v, p)
		if !ok && x != nil {
			t.Errorf("%#v is not there", x)
		}
		if p == "" && !ok {
			t.Error("the document is not there")
		}
		scalar(x)
		firstGroup(p, string(doc))
	})
}
