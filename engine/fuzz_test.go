package engine

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// rich returns a constraint that covers every part of a response.
func rich() *match.Response {
	descriptor := &match.Matcher{Op: match.Object, Rest: &match.Matcher{Op: match.Any}, Fields: []match.Field{
		{Name: "digest", Match: &match.Matcher{Op: match.Or, Kids: []*match.Matcher{eq("${digests}"), like("^${digest}")}}},
		{Name: "size", Match: &match.Matcher{Op: match.And, Kids: []*match.Matcher{
			{Op: match.Kind, Text: "int"}, {Op: match.AtLeast, Value: []byte("0")}, {Op: match.Less, Value: []byte("1e9")}}}},
		{Name: "annotations", Optional: true, Match: &match.Matcher{Op: match.Object, Rest: &match.Matcher{Op: match.Kind, Text: "string"}}},
	}}
	list := match.ListRule{
		At: "/items", Contains: []*match.Matcher{descriptor}, Lacks: []*match.Matcher{num("null"), eq("x")}, Each: descriptor,
		Length: &match.Matcher{Op: match.AtMost, Text: "${length}"}, Sorted: []string{match.ByCaseless, match.ByBytes}, Unique: true, By: "/digest",
	}
	whole := list
	whole.At = ""
	return &match.Response{
		Status: &match.Matcher{Op: match.Greater, Value: []byte("199")},
		Header: []match.HeaderRule{
			{Name: "A", Value: &match.Matcher{Op: match.NoRegexp, Text: "^${length}x"}},
			{Name: "A", Value: &match.Matcher{Op: match.Less, Value: []byte("10")}},
			{Name: "A", Optional: true, List: &match.ListRule{Contains: []*match.Matcher{eq("${digest}")}, Unique: true, Sorted: []string{match.ByCaseless}}},
		},
		Absent: []string{"B"},
		Link:   []match.LinkRule{{Rel: "next", Target: like("^/")}, {Rel: "prev", Optional: true}},
		Body:   object("items", &match.Matcher{Op: match.List, Kids: []*match.Matcher{descriptor}, Rest: descriptor}),
		Length: &match.Matcher{Op: match.NotEqual, Text: "${length}"},
		Lists:  []match.ListRule{list, whole},
	}
}

// FuzzDescribe checks that the mismatches of any response can be described.
func FuzzDescribe(f *testing.F) {
	f.Add(200, "</x>; rel=next", "", "a, b", "9", []byte(`{"items": [{"digest": "sha256:12", "size": 1, "annotations": {"a": "b"}}]}`))
	f.Add(404, "x", "too short", "", "1e999999999", []byte(`[[[[]]], {"a": "\ud800"}, -0.1E+5, "`+strings.Repeat("x", 300)+`"]`))
	f.Add(-1, "", "", "\"\\", "sha256:12", []byte("\xff"))
	f.Add(999, "<", "", ",,", "1e5000", []byte(`{"items": [{"digest": 1e400, "size": 1e400}, null, {"digest": [], "size": 9999999999999999999999999999999999999999999}]}`))
	f.Fuzz(func(t *testing.T, status int, link, problem, a, a2 string, body []byte) {
		h := http.Header{"A": {a, a2}, "Link": {link}}
		r := newResponse(&httpclient.Response{Status: status, Header: h, Body: body, Problem: problem})
		wrong := rich().Match(env, r.got)
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
		for _, k := range []release.Capture{{Pointer: "/items/-1/digest"}, {Header: "A", Regexp: "(a)|b"}, {Regexp: ".*"}, {Pointer: "/items"}} {
			if v, ok := captured(k, r); ok && v == nil {
				t.Error("captured nothing")
			}
		}
	})
}
