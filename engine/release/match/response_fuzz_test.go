package match

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// rich returns a constraint that covers every part of a response.
func rich() *Response {
	descriptor := &Matcher{Op: Object, Rest: &Matcher{Op: Any}, Fields: []Field{
		{Name: "digest", Match: &Matcher{Op: Or, Kids: []*Matcher{eq("${digests}"), like("^${digest}")}}},
		{Name: "size", Match: &Matcher{Op: And, Kids: []*Matcher{
			{Op: Kind, Text: "int"}, {Op: AtLeast, Value: []byte("0")}, {Op: Less, Value: []byte("1e9")}}}},
		{Name: "annotations", Optional: true, Match: &Matcher{Op: Object, Rest: &Matcher{Op: Kind, Text: "string"}}},
	}}
	list := ListRule{
		At: "/items", Contains: []*Matcher{descriptor}, Lacks: []*Matcher{num("null"), eq("x")}, Each: descriptor,
		Length: &Matcher{Op: AtMost, Text: "${length}"}, Sorted: []string{ByCaseless, ByBytes}, Unique: true, By: "/digest",
	}
	whole := list
	whole.At = ""
	return &Response{
		Status: &Matcher{Op: Greater, Value: []byte("199")},
		Header: []HeaderRule{
			{Name: "A", Value: &Matcher{Op: NoRegexp, Text: "^${length}x"}},
			{Name: "A", Value: &Matcher{Op: Less, Value: []byte("10")}},
			{Name: "A", Optional: true, List: &ListRule{Contains: []*Matcher{eq("${digest}")}, Unique: true, Sorted: []string{ByCaseless}}},
		},
		Absent: []string{"B"},
		Link:   []LinkRule{{Rel: "next", Target: like("^/")}, {Rel: "prev", Optional: true}},
		Body:   object("items", &Matcher{Op: List, Kids: []*Matcher{descriptor}, Rest: descriptor}),
		Length: &Matcher{Op: NotEqual, Text: "${length}"},
		Lists:  []ListRule{list, whole},
	}
}

// FuzzResponse matches arbitrary responses.
func FuzzResponse(f *testing.F) {
	f.Add(200, "</x>; rel=next", "", "a, b", "9", []byte(`{"items": [{"digest": "sha256:12", "size": 1, "annotations": {"a": "b"}}]}`))
	f.Add(404, "x", "too short", "", "1e999999999", []byte(`[[[[]], {"a": "\ud800"}, -0.1E+5, "`+strings.Repeat("x", 300)+`"]`))
	f.Add(-1, "", "", "\"\\", "sha256:12", []byte("\xff"))
	f.Add(999, "<", "", ",,", "1e5000", []byte(`{"items": [{"digest": 1e400, "size": 1e400}, null, {"digest": [], "size": 9999999999999999999999999999999999999999999}]}`))
	f.Fuzz(func(t *testing.T, status int, link, problem, a, a2 string, body []byte) {
		h := http.Header{"A": {a, a2}, "Link": {link}}
		r := &Received{Status: status, Header: h, Body: body, Problem: problem}
		if wrong := rich().Match(sampleEnv, r); len(wrong) > 400 {
			t.Errorf("%d mismatches", len(wrong))
		}
		text := &Received{Status: 200, Header: h, Body: body}
		resp(content(eq("${bytes}")), field("A", like("^${digest}"))).Match(sampleEnv, text)
		joined([]*Received{r, text}, "/items")
	})
}

// FuzzElements checks that two field lines have the same elements as one
// combined line.
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

// FuzzPointer evaluates arbitrary JSON pointers.
func FuzzPointer(f *testing.F) {
	f.Add([]byte(`{"a": [1, {"b/c~": null}]}`), "/a/1/b~1c~0")
	f.Add([]byte(`[[], "x", 1]`), "/-2/0")
	f.Add([]byte(`"x"`), "")
	f.Add([]byte(`[0]`), "/-9223372036854775808")
	f.Fuzz(func(t *testing.T, doc []byte, p string) {
		v, err := decodeJSON(doc)
		if err != nil {
			if deep, many := measure(doc); json.Valid(doc) && deep <= maxJSONDepth && many <= maxJSONMemory/valueMemory {
				t.Errorf("%q: %v", doc, err)
			}
			return
		}
		x, ok := Pointer(v, p)
		if !ok && x != nil {
			t.Errorf("%#v is not there", x)
		}
		if p == "" && !ok {
			t.Error("the document is not there")
		}
	})
}
