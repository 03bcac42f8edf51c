package match

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

type respPart func(*Response)

func resp(parts ...respPart) *Response {
	r := &Response{}
	for _, p := range parts {
		p(r)
	}
	return r
}

func is(statuses ...int) respPart {
	return func(r *Response) {
		var kids []*Matcher
		for _, s := range statuses {
			kids = append(kids, &Matcher{Op: Equal, Value: []byte(strconv.Itoa(s))})
		}
		r.Status = &Matcher{Op: Or, Kids: kids}
	}
}

func field(name string, value *Matcher) respPart {
	return func(r *Response) { r.Header = append(r.Header, HeaderRule{Name: name, Value: value}) }
}

func content(m *Matcher) respPart { return func(r *Response) { r.Body = m } }

func eq(text string) *Matcher {
	return &Matcher{Op: Equal, Text: Template(text)}
}

func num(n string) *Matcher { return &Matcher{Op: Equal, Value: []byte(n)} }

func like(re string) *Matcher {
	return &Matcher{Op: Regexp, Text: Template(re)}
}

func object(name string, m *Matcher) *Matcher {
	return &Matcher{Op: Object, Fields: []Field{{Name: name, Match: m}}, Rest: &Matcher{Op: Any}}
}

// names is an environment of fixed values.
type names map[string]any

func (n names) Lookup(name string) (any, error) {
	if v, ok := n[name]; ok {
		return v, nil
	}
	return nil, errors.New("unknown")
}

var sampleEnv = names{
	"bytes": []byte("abc"), "digest": "sha256:12", "digests": OneOf(slices.Values([]string{"sha256:12", "sha512:34"})), "length": int64(3),
}

// got builds a response from the text format of the test server.
func got(text string) *Received {
	head, body, _ := strings.Cut(text, "\n\n")
	r := &Received{Status: 200, Header: http.Header{}, Body: []byte(body)}
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
	return r
}

func listAt(l ListRule) *Response {
	return &Response{Lists: []ListRule{l}}
}

func headerRule(h HeaderRule) *Response {
	return &Response{Header: []HeaderRule{h}}
}

func TestMatchResponse(t *testing.T) {
	text := &Matcher{Op: Kind, Text: "string"}
	items := func(l ListRule) *Response { l.At = "/items"; return listAt(l) }
	list := func(s string) string { return "200\n\n{\"items\": " + s + "}" }
	next := func(optional bool) *Response {
		return &Response{Link: []LinkRule{{Rel: "next", Optional: optional, Target: like("^/list")}}}
	}
	for _, tt := range []struct {
		name string
		want *Response
		got  string
		miss string // paths of the mismatches
	}{
		{"status", resp(is(200, 201)), "201", ""},
		{"other status", resp(is(200, 201)), "404", "status"},
		{"header", resp(field("A", eq("x"))), "200\nA: x", ""},
		{"other header", resp(field("A", eq("x"))), "200\nA: y", "header A"},
		{"no header", resp(field("A", eq("x"))), "200", "header A"},
		{"any header", resp(field("A", nil)), "200\nA: y", ""},
		{"any header, missing", resp(field("A", nil)), "200", "header A"},
		{"empty header", resp(field("A", like("."))), "200\nA: ", "header A"},
		{"header twice", resp(field("A", eq("x"))), "200\nA: x\nA: x", ""},
		{"header twice, differently", resp(field("A", eq("x"))), "200\nA: x\nA: y", "header A"},
		{"header by one of several digests", resp(field("A", eq("${digests}"))), "200\nA: sha512:34", ""},
		{"header by none of several digests", resp(field("A", eq("${digests}"))), "200\nA: sha512:35", "header A"},
		{"header with a number", resp(field("A", eq("${length}"))), "200\nA: 3", ""},
		{"optional header", headerRule(HeaderRule{Name: "A", Optional: true, Value: eq("x")}), "200", ""},
		{"optional header, wrong", headerRule(HeaderRule{Name: "A", Optional: true, Value: eq("x")}), "200\nA: y", "header A"},
		{"absent header", &Response{Absent: []string{"A"}}, "200", ""},
		{"absent header, present", &Response{Absent: []string{"A"}}, "200\nA: ", "header A"},
		{"list header", headerRule(HeaderRule{Name: "A", List: &ListRule{Contains: []*Matcher{eq("c"), eq("a")}}}), "200\nA: a, \"b,x\"\nA: c", ""},
		{"list header without", headerRule(HeaderRule{Name: "A", List: &ListRule{Contains: []*Matcher{eq("x\"")}}}), "200\nA: a, \"b,x\"\nA: c", "header A"},
		{"list header, length", headerRule(HeaderRule{Name: "A", List: &ListRule{Length: num("3")}}), "200\nA: a,, \"b,x\"\nA: c,", ""},

		{"link", next(false), "200\nLink: </x>; rel=prev, </list?p>; rel=\"other next\"", ""},
		{"no link", next(false), "200", "link next"},
		{"optional link", next(true), "200", ""},
		{"link with another relation", next(true), "200\nLink: </x>; rel=prev", "link next"},
		{"malformed link", next(true), "200\nLink: /list; rel=next", "link next"},
		{"link with another target", next(true), "200\nLink: </x>; rel=next", "link next"},

		{"bytes", resp(content(eq("${bytes}"))), "200\n\nabc", ""},
		{"other bytes", resp(content(eq("${bytes}"))), "200\n\nabd", "body"},
		{"empty body", resp(content(eq("${bytes}"))), "200", "body"},
		{"cut body", resp(content(eq("${bytes}"))), "200\nProblem: too short\n\nabc", "body"},
		{"any text", resp(content(text)), "200\n\nabc", ""},
		{"length", &Response{Length: eq("${length}")}, "200\n\nabc", ""},
		{"other length", &Response{Length: num("4")}, "200\n\nabc", "length of the body"},
		{"length of a cut body", &Response{Length: num("3")}, "200\nProblem: too short\n\nabc", "body"},
		{"JSON", resp(content(object("a", object("b", num("1"))))), "200\n\n{\"a\": {\"b\": 1.0, \"c\": 2}}", ""},
		{"other JSON", resp(content(object("a", object("b", num("1"))))), "200\n\n{\"a\": {\"b\": \"1\", \"c\": 2}}", "body.a.b"},
		{"not JSON", resp(content(object("a", num("1")))), "200\n\n{\"a\": 1", "body"},
		{"two values", resp(content(object("a", num("1")))), "200\n\n{\"a\": 1} {}", "body"},
		{"no JSON", resp(content(object("a", num("1")))), "200", "body"},
		{"cut JSON", resp(content(object("a", num("1")))), "200\nProblem: too short\n\n{\"a\": 1}", "body"},
		{"too deep", resp(content(object("a", num("1")))), "200\n\n" + strings.Repeat("[", 300) + strings.Repeat("]", 300), "body"},
		{"optional body", &Response{Body: object("a", num("1")), BodyOptional: true}, "200", ""},
		{"optional body, wrong", &Response{Body: object("a", num("1")), BodyOptional: true}, "200\n\n{}", "body.a"},
		{"optional body, incomplete", &Response{Body: object("a", num("1")), BodyOptional: true}, "200\nProblem: too short", "body"},

		{"contains", items(ListRule{Contains: []*Matcher{eq("b"), eq("a")}}), list(`["a", "b"]`), ""},
		{"contains not", items(ListRule{Contains: []*Matcher{eq("c")}}), list(`["a", "b"]`), "body.items"},
		{"contains, of objects", items(ListRule{Contains: []*Matcher{object("d", eq("${digest}"))}}), list(`[{"d": "x"}, {"d": "sha256:12", "e": 1}]`), ""},
		{"lacks", items(ListRule{Lacks: []*Matcher{eq("c")}}), list(`["a", "b"]`), ""},
		{"lacks not", items(ListRule{Lacks: []*Matcher{eq("b")}}), list(`["a", "b"]`), "body.items"},
		{"lacks, missing array", items(ListRule{Lacks: []*Matcher{eq("b")}}), "200\n\n{}", "body.items"},
		{"lacks, of null", items(ListRule{Lacks: []*Matcher{eq("b")}}), list("null"), "body.items"},
		{"lacks, of a cut body", items(ListRule{Lacks: []*Matcher{eq("b")}}), "200\nProblem: too short\n\n{\"items\": []}", "body"},
		{"lacks, of no JSON", items(ListRule{Lacks: []*Matcher{eq("b")}}), "200", "body"},
		{"each", items(ListRule{Each: like("^[ab]$")}), list(`["a", "b"]`), ""},
		{"each not", items(ListRule{Each: like("^[ab]$")}), list(`["a", "c", 1]`), "body.items.1 body.items.2"},
		{"each, bounded", items(ListRule{Each: eq("x")}), list("[" + strings.Repeat("1,", 500) + "1]"), strings.TrimSpace(func() (s string) {
			for i := range maxEach {
				s += fmt.Sprintf("body.items.%d ", i)
			}
			return s
		}())},
		{"length of a list", items(ListRule{Length: num("2")}), list(`["a", "c"]`), ""},
		{"other length of a list", items(ListRule{Length: num("2")}), list(`["a"]`), "body.items"},
		{"sorted", items(ListRule{Sorted: []string{ByBytes}}), list(`["A", "B", "a"]`), ""},
		{"sorted, caseless", items(ListRule{Sorted: []string{ByCaseless}}), list(`["A", "a", "B"]`), ""},
		{"sorted, neither", items(ListRule{Sorted: []string{ByBytes, ByCaseless}}), list(`["b", "a"]`), "body.items"},
		{"sorted, either", items(ListRule{Sorted: []string{ByBytes, ByCaseless}}), list(`["a", "B"]`), ""},
		{"sorted by", items(ListRule{Sorted: []string{ByBytes}, By: "/n"}), list(`[{"n": "a", "z": 2}, {"n": "b", "z": 1}]`), ""},
		{"unique", items(ListRule{Unique: true}), list(`["a", "b", "A"]`), ""},
		{"unique not", items(ListRule{Unique: true}), list(`["a", "b", "a"]`), "body.items"},
		{"unique, though long and alike", items(ListRule{Unique: true}), list(`["` + strings.Repeat("x", 300) + `1", {"a": "` + strings.Repeat("x", 300) + `", "b": 1}, {"a": "` + strings.Repeat("x", 300) + `", "b": 2}]`), ""},
		{"unique by", items(ListRule{Unique: true, By: "/n"}), list(`[{"n": "a", "z": 2}, {"n": "a", "z": 1}]`), "body.items"},
		{"the whole body", listAt(ListRule{Length: num("1")}), "200\n\n[1]", ""},
		{"unknown placeholder", resp(content(eq("${nothing}"))), "200\n\nabc", "body"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var paths []string
			for _, w := range tt.want.Match(sampleEnv, got(tt.got)) {
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
		v, ok := Pointer(doc, p)
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
