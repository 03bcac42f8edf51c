package show

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

func TestTemplate(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"/v2/":                       "/v2/",
		"/v2/${repo}/blobs/uploads/": "/v2/<repository>/blobs/uploads/",
		"${start.header.Location}":   "<Location of step start>",
		"${push a.status}":           "<status of step push a>",
		"${get.body}":                "<body of step get>",
		"${page1.capture.last}":      "<last as captured in step page1>",
		"${data.blob.bytes}":         "<bytes of blob>",
		"${data.a.b.digest}":         "<digest of a.b>",
		"${data.blob.digests}":       "<digest (any algorithm) of blob>",
		"${data.blob.other}":         "<digest of other content than blob>",
		"0-${data.blob.last}":        "0-<position of the last byte of blob>",
		"${tag}-a":                   "<tag>-a",
		"$${literal}":                "${literal}",
		"${unheard-of}":              "<unheard-of>",
	} {
		if got := Template(match.Template(in)); got != want {
			t.Errorf("%q is %q, not %q", in, got, want)
		}
	}
}

func TestMatcher(t *testing.T) {
	digest := &match.Matcher{Op: match.Equal, Text: "${data.blob.digest}"}
	for _, x := range []struct {
		m    *match.Matcher
		want string
	}{
		{nil, "_"},
		{digest, "<digest of blob>"},
		{&match.Matcher{Op: match.Equal, Text: "<digest>"}, `"<digest>"`},
		{&match.Matcher{Op: match.Equal, Text: "a ${tag}"}, `"a <tag>"`},
		{&match.Matcher{Op: match.Kind, Text: "int|string"}, "int | string"},
		{&match.Matcher{Op: match.Object, Fields: []match.Field{{Name: "digest", Match: digest}}, Rest: &match.Matcher{Op: match.Any}}, "{digest: <digest of blob>, ...}"},
		{&match.Matcher{Op: match.List, Kids: []*match.Matcher{digest}}, "[<digest of blob>]"},
		{&match.Matcher{Op: match.NotEqual, Text: "${data.blob.digest}"}, "!=<digest of blob>"},
	} {
		before, _ := json.Marshal(x.m)
		if got := Matcher(x.m); got != x.want {
			t.Errorf("%s, not %s", got, x.want)
		}
		if after, _ := json.Marshal(x.m); string(after) != string(before) {
			t.Errorf("the matcher has changed: %s, %s before", after, before)
		}
	}
}

func number(op match.Op, n string) *match.Matcher {
	return &match.Matcher{Op: op, Value: json.RawMessage(n)}
}

func TestResponse(t *testing.T) {
	a := &match.Matcher{Op: match.Equal, Text: "a"}
	anInt := &match.Matcher{Op: match.Kind, Text: "int"}
	r := &match.Response{
		Status: &match.Matcher{Op: match.And, Kids: []*match.Matcher{number(match.AtLeast, "400"), anInt}},
		Header: []match.HeaderRule{
			{Name: "Location", Value: a},
			{Name: "Range", Optional: true, Value: a},
			{Name: "Allow", List: &match.ListRule{Contains: []*match.Matcher{a}, Unique: true}},
		},
		Absent:       []string{"Link"},
		Link:         []match.LinkRule{{Rel: "next", Target: a}, {Rel: "prev", Optional: true, Target: a}},
		Body:         a,
		BodyOptional: true,
		Length:       number(match.AtMost, "10"),
		Lists: []match.ListRule{
			{At: "/tags", Lacks: []*match.Matcher{a}, Each: anInt, Length: number(match.Equal, "2")},
			{At: "/", Sorted: []string{match.ByBytes, match.ByCaseless}, Unique: true, By: "/name"},
		},
		Pages: []match.ListRule{{At: "/tags", Sorted: []string{match.ByBytes}}},
	}
	want := `status: >=400
header Location: "a"
header Range (if present): "a"
header Allow, its elements: contains "a"; without duplicates
header Link: absent
link next: "a"
link prev (if present): "a"
body (may be empty): "a"
body length in bytes: <=10
list /tags: does not contain "a"; every element is int; number of elements 2
list (the whole body): sorted in /name by bytes or regardless of case; without duplicates in /name
list /tags of all pages: sorted by bytes`
	if got := strings.Join(Response(r), "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if Response(nil) != nil || inline(&match.Response{}) != "anything" {
		t.Error("nothing is asked, but something is said")
	}
	for in, want := range map[*match.Matcher]string{
		anInt: "int",
		{Op: match.And, Kids: []*match.Matcher{anInt}}: "int",
	} {
		if got := integer(in); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestContent(t *testing.T) {
	n := int64(5)
	text := match.Template("tag ${tag}")
	for want, d := range map[string]*release.Data{
		"5 random bytes":       {Random: &n, MediaType: defaultType, Algorithm: defaultAlgorithm},
		`the text "tag <tag>"`: {Text: &text},
		`the JSON {"digest":<digest of a>,"x":"<padding>y"}, padded to 9 bytes, of type text/x, with a sha512 digest`: {
			JSON: json.RawMessage(`{"digest":"${data.a.digest}","x":"${fill}y"}`), Size: 9, MediaType: "text/x", Algorithm: "sha512"},
		"<bytes of a> followed by <bytes of b>, compressed with gzip":  {Concat: []match.Template{"${data.a.bytes}", "${data.b.bytes}"}, Gzip: true},
		"a tar archive of f (5 random bytes), shared by the set image": {Tar: []release.File{{Name: "f", Size: 5}}, Scope: "image"},
		"nothing": {},
	} {
		if got := Content(d); got != want {
			t.Errorf("%s\nnot\n%s", got, want)
		}
	}
}

func TestExchange(t *testing.T) {
	ok := &match.Response{Status: number(match.Equal, "200")}
	s := &release.Step{
		ID: "put", Method: "PUT", URL: "${start.header.Location}",
		Query:       []release.Param{{Name: "digest", Value: "${data.blob.digest}"}, {Name: "x", Value: "y"}},
		Header:      []release.Param{{Name: "Accept", Value: "*/*"}},
		Body:        &release.Body{JSON: json.RawMessage(`{"a":"${tag}"}`)},
		Chunked:     true,
		Row:         "push",
		When:        []release.Condition{{Step: "start", Response: ok}},
		After:       &[]string{},
		Together:    2,
		Gate:        ok,
		Unsupported: ok,
		Captures:    []release.Capture{{Name: "a", Pointer: "/a"}, {Name: "b", Header: "B", Regexp: "(b)"}, {Name: "c", Regexp: "(c)"}},
		Observe:     []release.Observe{{Name: "o", Value: "yes", Response: ok}},
		Pages:       &release.Pages{Rel: "next", Max: 3},
		Repeat:      &release.Repeat{Until: ok, Times: 4, Every: time.Second},
	}
	want := `PUT <Location of step start> with the parameters digest=<digest of blob>&x=y
Accept: */*
Transfer-Encoding: chunked (and no Content-Length)
body: {"a":<tag>}
row: push
only if the response of step "start" has status: 200
sent concurrently with the other steps of group 2
sent even if earlier steps failed, unless it uses their values
repeated up to 4 times, every 1s, until the response has status: 200
follows the Link with relation "next", up to 3 times
unsupported, if the response has status: 200
captured as a: the value at /a in the body
captured as b: the first group of "(b)" in the header B
captured as c: the first group of "(c)" in the body
observed as o "yes" if the response has status: 200
later steps are sent if the response has status: 200`
	if got := strings.Join(Exchange(s), "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	plain := &release.Step{Method: "GET", URL: "/v2/", Query: s.Query, NoGate: true, After: &[]string{"a", "b"}, Body: &release.Body{Text: "x"}}
	got := Exchange(plain)
	for _, want := range []string{"GET /v2/?digest=<digest of blob>&x=y", "body: x", "sent if these steps succeeded: \"a\" \"b\"", "later steps are sent for any response"} {
		if !slices.Contains(got, want) {
			t.Errorf("no line %q in %q", want, got)
		}
	}
}

func TestText(t *testing.T) {
	rel := &release.Release{
		Version: "v1", History: []string{"v1"}, Patches: []string{"v1"}, Patch: "v1",
		Requirements: []*release.Requirement{{ID: "q", Level: release.Must, Text: "Is so.", Since: "v1"}},
		Capabilities: []release.Capability{{ID: "can", Title: "it can"}},
		Rows:         []release.Row{{ID: "row", Title: "A row", Switch: "rows.row", Disabled: true}},
		Sets:         []release.Set{{ID: "set", Title: "A set"}},
		Rules:        []*release.Rule{{ID: "rule", Checks: []*release.Check{{Requirement: "q", Response: &match.Response{Absent: []string{"X"}}}}}},
		Cases: []*release.Case{{
			Summary: release.Summary{ID: "case", Title: "A case", Quiet: true, Since: "v1", Until: "v1", Release: "v1", Needs: []string{"can"}, Provides: []string{"can"}, Rows: []string{"row"}, Checks: []string{"q"}, Pos: "a.cue:1:2"},
			Data:    []*release.Data{{Name: "d", Scope: "set"}},
			Steps:   []*release.Step{{ID: "1", Title: "a step", Method: "GET", URL: "/", Checks: []*release.Check{{Requirement: "q", When: &match.Response{Absent: []string{"Y"}}, Response: &match.Response{Absent: []string{"X"}}}}}},
			Cleanup: []*release.Step{{ID: "2", Method: "DELETE", URL: "/"}},
		}},
	}
	e := &Explainer{Release: rel, All: []*release.Release{rel}, Place: func(p release.Pos) string { return "my/" + string(p) }}
	var b strings.Builder
	var all []any
	for _, id := range e.IDs() {
		found := e.Find(id)
		if len(found) != 1 {
			t.Errorf("%d things of the id %q", len(found), id)
		}
		all = append(all, found...)
	}
	if err := Text(&b, all); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"case case\n  A case\n", "written in  my/a.cue:1:2", "v1, since v1, until v1", "repository  its own",
		"needs       can (it can), provided by case", "data        d: nothing", "step 1: a step", "cleanup 2",
		"if the response has\n", "header Y: absent", "checked by the rules rule",
		"requirement q\n  Is so.", "    case case  step \"1\"\n", "    rule rule\n",
		"rule rule\n", "applies to every response", "row row\n", "only if the switch is true",
		"capability can\n", "provided by case", "needed by   case", "data set\n  A set\n", "cases       case",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if found := e.Find("nothing"); found != nil {
		t.Errorf("found %v", found)
	}
	setting := strings.Join(Setting(rel.Cases[0]), "\n")
	if want := "row: row\nneeds: can\nprovides: can\nrepository: its own\ndata d: nothing, shared by the set set\nsteps: 1\ncleanup: 2"; setting != want {
		t.Errorf("the setting is\n%s", setting)
	}
}
