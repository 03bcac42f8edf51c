package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
)

// names is an environment of fixed values.
type names map[string]any

func (n names) Lookup(name string) (any, error) {
	if v, ok := n[name]; ok {
		return v, nil
	}
	return nil, errors.New("unknown")
}

var env = names{
	"bytes": []byte("abc"), "digest": "sha256:12", "digests": match.OneOf{"sha256:12", "sha512:34"}, "length": int64(3),
}

// got makes a response from a text as a test server's.
func got(text string) *answer {
	head, body, _ := strings.Cut(text, "\n\n")
	r := &httpclient.Response{Status: 200, Header: http.Header{}, Body: []byte(body)}
	for i, line := range strings.Split(head, "\n") {
		name, value, ok := strings.Cut(line, ": ")
		switch {
		case i == 0:
			fmt.Sscan(line, &r.Status)
		case name == "Problem":
			r.Problem = value
		case ok:
			r.Header.Add(name, value)
		}
	}
	return newAnswer(r)
}

func listAt(l release.ListRule) *release.Response {
	return &release.Response{Lists: []release.ListRule{l}}
}

func headerRule(h release.HeaderRule) *release.Response {
	return &release.Response{Header: []release.HeaderRule{h}}
}

func TestMatchResponse(t *testing.T) {
	text := &match.Matcher{Op: match.Kind, Text: "string"}
	items := func(l release.ListRule) *release.Response { l.At = "/items"; return listAt(l) }
	list := func(s string) string { return "200\n\n{\"items\": " + s + "}" }
	next := func(optional bool) *release.Response {
		return &release.Response{Link: []release.LinkRule{{Rel: "next", Optional: optional, Target: like("^/list")}}}
	}
	for _, tt := range []struct {
		name string
		want *release.Response
		got  string
		miss string // paths that are wrong
	}{
		{"status", resp(is(200, 201)), "201", ""},
		{"other status", resp(is(200, 201)), "404", "status"},
		{"header", resp(field("A", eq("x"))), "200\nA: x", ""},
		{"other header", resp(field("A", eq("x"))), "200\nA: y", "header A"},
		{"no header", resp(field("A", eq("x"))), "200", "header A"},
		{"any header", resp(field("A", nil)), "200\nA: y", ""},
		{"not even that", resp(field("A", nil)), "200", "header A"},
		{"empty header", resp(field("A", like("."))), "200\nA: ", "header A"},
		{"header twice", resp(field("A", eq("x"))), "200\nA: x\nA: x", ""},
		{"header twice, differently", resp(field("A", eq("x"))), "200\nA: x\nA: y", "header A"},
		{"header by one of several digests", resp(field("A", eq("${digests}"))), "200\nA: sha512:34", ""},
		{"header by none of them", resp(field("A", eq("${digests}"))), "200\nA: sha512:35", "header A"},
		{"header with a number", resp(field("A", eq("${length}"))), "200\nA: 3", ""},
		{"optional header", headerRule(release.HeaderRule{Name: "A", Optional: true, Value: eq("x")}), "200", ""},
		{"optional header, wrong", headerRule(release.HeaderRule{Name: "A", Optional: true, Value: eq("x")}), "200\nA: y", "header A"},
		{"absent header", &release.Response{Absent: []string{"A"}}, "200", ""},
		{"absent header that is there", &release.Response{Absent: []string{"A"}}, "200\nA: ", "header A"},
		{"list header", headerRule(release.HeaderRule{Name: "A", List: &release.ListRule{Contains: []*match.Matcher{eq("c"), eq("a")}}}), "200\nA: a, \"b,x\"\nA: c", ""},
		{"list header without", headerRule(release.HeaderRule{Name: "A", List: &release.ListRule{Contains: []*match.Matcher{eq("x\"")}}}), "200\nA: a, \"b,x\"\nA: c", "header A"},
		{"list header, length", headerRule(release.HeaderRule{Name: "A", List: &release.ListRule{Length: num("3")}}), "200\nA: a,, \"b,x\"\nA: c,", ""},

		{"link", next(false), "200\nLink: </x>; rel=prev, </list?p>; rel=\"other next\"", ""},
		{"no link", next(false), "200", "link next"},
		{"optional link", next(true), "200", ""},
		{"link of another kind", next(true), "200\nLink: </x>; rel=prev", "link next"},
		{"malformed link", next(true), "200\nLink: /list; rel=next", "link next"},
		{"link to elsewhere", next(true), "200\nLink: </x>; rel=next", "link next"},

		{"bytes", resp(content(eq("${bytes}"))), "200\n\nabc", ""},
		{"other bytes", resp(content(eq("${bytes}"))), "200\n\nabd", "body"},
		{"empty body", resp(content(eq("${bytes}"))), "200", "body"},
		{"cut body", resp(content(eq("${bytes}"))), "200\nProblem: too short\n\nabc", "body"},
		{"any text", resp(content(text)), "200\n\nabc", ""},
		{"length", &release.Response{Length: eq("${length}")}, "200\n\nabc", ""},
		{"other length", &release.Response{Length: num("4")}, "200\n\nabc", "length of the body"},
		{"length of a cut body", &release.Response{Length: num("3")}, "200\nProblem: too short\n\nabc", "body"},
		{"JSON", resp(content(object("a", object("b", num("1"))))), "200\n\n{\"a\": {\"b\": 1.0, \"c\": 2}}", ""},
		{"other JSON", resp(content(object("a", object("b", num("1"))))), "200\n\n{\"a\": {\"b\": \"1\", \"c\": 2}}", "body.a.b"},
		{"not JSON", resp(content(object("a", num("1")))), "200\n\n{\"a\": 1", "body"},
		{"two values", resp(content(object("a", num("1")))), "200\n\n{\"a\": 1} {}", "body"},
		{"no JSON", resp(content(object("a", num("1")))), "200", "body"},
		{"cut JSON", resp(content(object("a", num("1")))), "200\nProblem: too short\n\n{\"a\": 1}", "body"},
		{"too deep", resp(content(object("a", num("1")))), "200\n\n" + strings.Repeat("[", 300) + strings.Repeat("]", 300), "body"},
		{"optional body", &release.Response{Body: object("a", num("1")), BodyOptional: true}, "200", ""},
		{"optional body, wrong", &release.Response{Body: object("a", num("1")), BodyOptional: true}, "200\n\n{}", "body.a"},
		{"optional body that was cut", &release.Response{Body: object("a", num("1")), BodyOptional: true}, "200\nProblem: too short", "body"},

		{"contains", items(release.ListRule{Contains: []*match.Matcher{eq("b"), eq("a")}}), list(`["a", "b"]`), ""},
		{"contains not", items(release.ListRule{Contains: []*match.Matcher{eq("c")}}), list(`["a", "b"]`), "body.items"},
		{"contains, of objects", items(release.ListRule{Contains: []*match.Matcher{object("d", eq("${digest}"))}}), list(`[{"d": "x"}, {"d": "sha256:12", "e": 1}]`), ""},
		{"lacks", items(release.ListRule{Lacks: []*match.Matcher{eq("c")}}), list(`["a", "b"]`), ""},
		{"lacks not", items(release.ListRule{Lacks: []*match.Matcher{eq("b")}}), list(`["a", "b"]`), "body.items"},
		{"lacks, of nothing", items(release.ListRule{Lacks: []*match.Matcher{eq("b")}}), "200\n\n{}", "body.items"},
		{"lacks, of null", items(release.ListRule{Lacks: []*match.Matcher{eq("b")}}), list("null"), "body.items"},
		{"lacks, of a cut body", items(release.ListRule{Lacks: []*match.Matcher{eq("b")}}), "200\nProblem: too short\n\n{\"items\": []}", "body"},
		{"lacks, of no JSON", items(release.ListRule{Lacks: []*match.Matcher{eq("b")}}), "200", "body"},
		{"each", items(release.ListRule{Each: like("^[ab]$")}), list(`["a", "b"]`), ""},
		{"each not", items(release.ListRule{Each: like("^[ab]$")}), list(`["a", "c", 1]`), "body.items.1 body.items.2"},
		{"each, bounded", items(release.ListRule{Each: eq("x")}), list("[" + strings.Repeat("1,", 500) + "1]"), strings.TrimSpace(func() (s string) {
			for i := range maxWrong {
				s += fmt.Sprintf("body.items.%d ", i)
			}
			return s
		}())},
		{"length of a list", items(release.ListRule{Length: num("2")}), list(`["a", "c"]`), ""},
		{"other length of a list", items(release.ListRule{Length: num("2")}), list(`["a"]`), "body.items"},
		{"sorted", items(release.ListRule{Sorted: []string{release.ByBytes}}), list(`["A", "B", "a"]`), ""},
		{"sorted, caseless", items(release.ListRule{Sorted: []string{release.ByCaseless}}), list(`["A", "a", "B"]`), ""},
		{"sorted, neither", items(release.ListRule{Sorted: []string{release.ByBytes, release.ByCaseless}}), list(`["b", "a"]`), "body.items"},
		{"sorted, either", items(release.ListRule{Sorted: []string{release.ByBytes, release.ByCaseless}}), list(`["a", "B"]`), ""},
		{"sorted by", items(release.ListRule{Sorted: []string{release.ByBytes}, By: "/n"}), list(`[{"n": "a", "z": 2}, {"n": "b", "z": 1}]`), ""},
		{"unique", items(release.ListRule{Unique: true}), list(`["a", "b", "A"]`), ""},
		{"unique not", items(release.ListRule{Unique: true}), list(`["a", "b", "a"]`), "body.items"},
		{"unique, though long and alike", items(release.ListRule{Unique: true}), list(`["` + strings.Repeat("x", 300) + `1", {"a": "` + strings.Repeat("x", 300) + `", "b": 1}, {"a": "` + strings.Repeat("x", 300) + `", "b": 2}]`), ""},
		{"unique by", items(release.ListRule{Unique: true, By: "/n"}), list(`[{"n": "a", "z": 2}, {"n": "a", "z": 1}]`), "body.items"},
		{"the whole body", listAt(release.ListRule{Length: num("1")}), "200\n\n[1]", ""},
		{"what has no value", resp(content(eq("${nothing}"))), "200\n\nabc", "body"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var paths []string
			for _, w := range matchResponse(env, tt.want, got(tt.got)) {
				if w.Want == "" || w.Got == "" || len(w.Want)+len(w.Got) > 1000 {
					t.Errorf("want %q, got %q", w.Want, w.Got)
				}
				paths = append(paths, w.Path)
			}
			if p := strings.Join(paths, " "); p != tt.miss {
				t.Errorf("wrong: %q, want %q", p, tt.miss)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	want := &release.Response{Header: []release.HeaderRule{{Name: "A", Value: &match.Matcher{Op: match.And, Kids: []*match.Matcher{like("^a"), eq("${digest}")}}}}}
	wrong := matchResponse(env, want, got("200"))
	if got, want := describe(wrong), "header A: expected =~\"^a\" & \"sha256:12\", got nothing"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := wayOf(wrong); got != "header A missing" {
		t.Error(got)
	}
	var many []match.Mismatch
	for i := range 30 {
		many = append(many, match.Mismatch{Path: fmt.Sprintf("body.list.%d.v1", i), Want: "a", Got: "b"})
	}
	if got := wayOf(append(many, match.Mismatch{Path: "body.list of page 2", Got: "nothing"})); got != "body.list missing, body.list.v1 wrong" {
		t.Error(got)
	}
	if got := describe(many); strings.Count(got, "\n") != 5 || !strings.HasSuffix(got, "and 25 more") {
		t.Error(got)
	}
}

func TestExpected(t *testing.T) {
	check := func(statuses ...int) *release.Check { return &release.Check{Response: resp(is(statuses...))} }
	not := &release.Check{Response: &release.Response{Status: &match.Matcher{Op: match.NotEqual, Value: []byte("404")}}}
	for _, tt := range []struct {
		checks  []*release.Check
		classes string
	}{
		{nil, "2"},
		{[]*release.Check{{Response: &release.Response{}}}, "2"},
		{[]*release.Check{check(201)}, "2"},
		{[]*release.Check{check(404)}, "4"},
		{[]*release.Check{check(202, 404)}, "24"},
		{[]*release.Check{check(202, 404), check(200)}, "2"},
		{[]*release.Check{check(202), check(404)}, "24"}, // they contradict each other
		{[]*release.Check{not}, "12345"},
		{[]*release.Check{not, check(416)}, "4"},
		{[]*release.Check{{When: resp(is(500)), Response: resp(is(500))}}, "2"},
	} {
		got := ""
		for class := 1; class <= 5; class++ {
			if expected(env, tt.checks, class*100+77) {
				got += fmt.Sprint(class)
			}
		}
		if got != tt.classes {
			t.Errorf("classes %s, want %s", got, tt.classes)
		}
	}
}

func TestElements(t *testing.T) {
	for in, want := range map[string][]any{
		"":                 {},
		" , ,":             {},
		"a":                {"a"},
		"a, b ,\tc":        {"a", "b", "c"},
		`"a, b", c`:        {`"a, b"`, "c"},
		`"a\", b", c`:      {`"a\", b"`, "c"},
		`"open, c`:         {`"open, c`},
		`x="1,2"; q=1, y\`: {`x="1,2"; q=1`, `y\`},
	} {
		if got := elements([]string{in}); !reflect.DeepEqual(got, want) {
			t.Errorf("elements of %q are %q", in, got)
		}
	}
}

func TestPointer(t *testing.T) {
	var doc any
	d := json.NewDecoder(strings.NewReader(`{"a/b": {"~": [1, 2, 3]}, "": 4, "l": [[5]], "n": null}`))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]string{
		"/a~1b/~0/0": "1", "/a~1b/~0/-1": "3", "/a~1b/~0/-3": "1", "/a~1b/~0/3": "", "/a~1b/~0/-4": "", "/a~1b/~0/x": "",
		"/": "4", "/l/0/0": "5", "/l/0/0/0": "", "/n": "null", "/none": "", "/l/": "",
	} {
		v, ok := pointer(doc, p)
		got := ""
		if ok {
			b, _ := json.Marshal(v)
			got = string(b)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", p, got, want)
		}
	}
}

func TestCaptures(t *testing.T) {
	a := got("200\nRange: 0-99\nX: 1\n\n{\"tags\": [\"a\", \"z-12\"], \"n\": 12, \"big\": 1e3, \"o\": {\"b\": [true]}, \"nil\": null}")
	for _, tt := range []struct {
		k    release.Capture
		want any
	}{
		{release.Capture{Pointer: "/tags/-1"}, "z-12"},
		{release.Capture{Pointer: "/tags/-1", Regexp: "[0-9]"}, "1"},
		{release.Capture{Pointer: "/tags/-1", Regexp: "([a-z])-(.)"}, "z"},
		{release.Capture{Pointer: "/tags/-1", Regexp: "(x)?z"}, nil},
		{release.Capture{Pointer: "/tags/-1", Regexp: "q"}, nil},
		{release.Capture{Pointer: "/tags/-1", Regexp: "("}, nil},
		{release.Capture{Pointer: "/tags/-3"}, nil},
		{release.Capture{Pointer: "/n"}, int64(12)},
		{release.Capture{Pointer: "/n", Regexp: ".$"}, "2"},
		{release.Capture{Pointer: "/big"}, "1e3"},
		{release.Capture{Pointer: "/o"}, `{"b":[true]}`},
		{release.Capture{Pointer: "/o/b/0"}, "true"},
		{release.Capture{Pointer: "/nil"}, nil},
		{release.Capture{Header: "Range", Regexp: "-(.*)"}, "99"},
		{release.Capture{Header: "None"}, nil},
		{release.Capture{Regexp: `"n": (\d+)`}, "12"},
	} {
		if v, ok := captured(tt.k, a); ok != (tt.want != nil) || v != tt.want {
			t.Errorf("%+v: %#v %v, want %#v", tt.k, v, ok, tt.want)
		}
	}
	if v, ok := captured(release.Capture{Pointer: "/x"}, got("200\n\nno JSON")); ok {
		t.Errorf("captured %v", v)
	}
}
