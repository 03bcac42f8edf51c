package engine

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
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
	"bytes": []byte("abc"), "digest": "sha256:12", "digests": match.OneOf(slices.Values([]string{"sha256:12", "sha512:34"})), "length": int64(3),
}

// got builds a response from the text format of the test server.
func got(text string) *response {
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
	return newResponse(r)
}

func TestDescribe(t *testing.T) {
	want := &match.Response{Header: []match.HeaderRule{{Name: "A", Value: &match.Matcher{Op: match.And, Kids: []*match.Matcher{like("^a"), eq("${digest}")}}}}}
	wrong := want.Match(env, got("200").got)
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
	not := &release.Check{Response: &match.Response{Status: &match.Matcher{Op: match.NotEqual, Value: []byte("404")}}}
	for _, tt := range []struct {
		checks  []*release.Check
		classes string
	}{
		{nil, "2"},
		{[]*release.Check{{Response: &match.Response{}}}, "2"},
		{[]*release.Check{check(201)}, "2"},
		{[]*release.Check{check(404)}, "4"},
		{[]*release.Check{check(202, 404)}, "24"},
		{[]*release.Check{check(202, 404), check(200)}, "2"},
		{[]*release.Check{check(202), check(404)}, "24"}, // contradictory checks
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
