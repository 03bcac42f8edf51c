package release

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ocispec/ocispec/engine/release/match"
)

func TestParseRef(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Ref{
		"repo":                       {Part: "name", Key: "repo"},
		"":                           {Part: "name"},
		"data.blob.digest":           {Part: "data", Key: "blob.digest"},
		"data.a.b.bytes":             {Part: "data", Key: "a.b.bytes"},
		"data.x":                     {Part: "data", Key: "x"},
		"start.header.Location":      {"start", "header", "Location"},
		"start.header.Docker-X":      {"start", "header", "Docker-X"},
		"push layer 1.capture.last":  {"push layer 1", "capture", "last"},
		"put.status":                 {"put", "status", ""},
		"put.body":                   {"put", "body", ""},
		"put":                        {Part: "name", Key: "put"},
		".header.":                   {"", "header", ""},
		"data.digest.header.X":       {Part: "data", Key: "digest.header.X"},
		"a.capture.b.header.c":       {"a.capture.b", "header", "c"},
		"status":                     {Part: "name", Key: "status"},
		"unique":                     {Part: "name", Key: "unique"},
		"a.header.Content-Type.body": {"a", "header", "Content-Type.body"},
	} {
		if got := ParseRef(name); got != want {
			t.Errorf("%q: %+v, not %+v", name, got, want)
		}
	}
}

func TestDataName(t *testing.T) {
	t.Parallel()
	for key, want := range map[string][2]string{
		"blob.digest": {"blob", "digest"}, "a.b.bytes": {"a.b", "bytes"}, "x": {"x", ""}, "": {"", ""},
	} {
		if name, part := (Ref{Part: "data", Key: key}).DataName(); [2]string{name, part} != want {
			t.Errorf("%q: %q, %q", key, name, part)
		}
	}
}

// sample returns a release with an element of every kind.
func sample() *Release {
	size, text := int64(10), match.Template("a ${data.blob.digest}")
	status := func(n string) *match.Response {
		return &match.Response{Status: &match.Matcher{Op: match.Equal, Value: json.RawMessage(n)}}
	}
	after := []string{"start"}
	none := []string{}
	body := &match.Matcher{Op: match.Object, Fields: []match.Field{{Name: "tags", Optional: true, Match: &match.Matcher{Op: match.List, Rest: &match.Matcher{Op: match.Any}}}}}
	return &Release{
		Version: "v1.1", Title: "T", Probe: "/v2/",
		History: []string{"v1.0.0", "v1.0.1", "v1.1.0", "v1.1.1"}, Patches: []string{"v1.1.0", "v1.1.1"}, Lineage: []string{"v1.0", "v1.1"},
		Requirements: []*Requirement{
			{ID: "always", Text: "x <y>", Level: Must, Since: "v1.0.0", Clause: Clause{"S", "u"}, Actor: "registry", Testable: "yes"},
			{ID: "later", Level: May, Since: "v1.1.1"},
			{ID: "ended", Level: Should, Since: "v1.0.0", Until: "v1.1.0"},
		},
		Capabilities: []Capability{{"push", "p"}},
		Rows:         []Row{{ID: "r", Title: "R", Kind: "api", Switch: "s", Disabled: true}},
		Categories:   []Category{{ID: "c", Endpoints: []string{"end-1"}}},
		Sets:         []Set{{ID: "s", Title: "S", Data: []string{"d"}}},
		Rules: []*Rule{
			{ID: "all", When: status("400"), Checks: []*Check{{Requirement: "always", Response: status("1")}, {Requirement: "later", Response: status("2")}}},
			{ID: "late", Checks: []*Check{{Requirement: "later", Response: status("3")}}},
		},
		Cases: []*Case{{
			Summary: Summary{ID: "one", Title: "1", Release: "v1.0", Checks: []string{"always", "later", "ended"}, Needs: []string{"push"}, Quiet: true, Pos: "a.cue:1:2"},
			Data: []*Data{
				{Name: "blob", Random: &size, MediaType: "m", Algorithm: "sha512"},
				{Name: "text", Text: &text, Gzip: true, Size: 20},
				{Name: "json", JSON: json.RawMessage(`{"b":"${fill}","a":1}`)},
				{Name: "both", Concat: []match.Template{"${data.blob.bytes}"}},
				{Name: "tar", Tar: []File{{"f", 3}}},
			},
			Steps: []*Step{{
				ID: "start", Method: "POST", URL: "/v2/${repo}/", Header: []Param{{"A", "b"}}, Body: &Body{JSON: json.RawMessage(`{"x":"${data.json.digest}"}`)},
				Checks: []*Check{{Requirement: "ended", Response: status("202")}, {Requirement: "always", When: status("200"), Response: &match.Response{
					Header: []match.HeaderRule{{Name: "X", Value: body}, {Name: "Y", Optional: true, List: &match.ListRule{Contains: []*match.Matcher{body}, Unique: true}}},
					Absent: []string{"Z"}, Link: []match.LinkRule{{Rel: "next", Optional: true, Target: body}}, Body: body, BodyOptional: true,
					Lists: []match.ListRule{{At: "/tags", Sorted: []string{match.ByBytes, match.ByCaseless}, Each: body, By: "/x"}},
				}}},
				Captures: []Capture{{"last", "/tags/0", "", "(.)", 0}}, After: &none,
			}, {
				ID: "2", Method: "PUT", URL: "${start.header.Location}", Query: []Param{{"digest", "${data.blob.digest}"}}, Body: &Body{Text: "${data.blob.bytes}"},
				When: []Condition{{"start", status("202")}}, After: &after, Gate: status("201"), Unsupported: status("405"),
				Observe: []Observe{{"o", "v", status("200")}}, Pages: &Pages{"next", 5}, Repeat: &Repeat{status("200"), 3, time.Second}, Together: 1,
				Checks: []*Check{{Requirement: "later", Response: &match.Response{Pages: []match.ListRule{{Lacks: []*match.Matcher{{Op: match.Equal, Text: "${start.capture.last}"}}}}}}},
			}},
			Cleanup: []*Step{{ID: "3", Method: "DELETE", URL: "/v2/${other}/", NoGate: true, Chunked: true, Row: "r"}},
		}, {
			Summary: Summary{ID: "two", Title: "2", Since: "v1.1.1", Checks: []string{"always"}},
			Steps:   []*Step{{ID: "1", Method: "GET", URL: "/"}},
		}, {
			Summary: Summary{ID: "zero", Title: "0", Until: "v1.0.1", Checks: []string{"always"}},
			Steps:   []*Step{{ID: "1", Method: "GET", URL: "/"}},
		}},
	}
}

// TestRoundTrip encodes a release and decodes it.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	b, err := Encode(sample(), "digest")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "\n"); n != 4 {
		t.Errorf("%d lines", n)
	}
	c, err := Parse(b)
	if err != nil || c.Digest != "digest" || len(c.Index) != 3 {
		t.Fatal(c, err)
	}
	for _, patch := range []string{"", "v1.1.0", "v1.1.1"} {
		got, err := c.Decode(patch)
		if err != nil {
			t.Fatal(err)
		}
		want, err := sample().At(patch)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			g, _ := json.Marshal(got)
			w, _ := json.Marshal(want)
			t.Errorf("%s: got\n%s\nwant\n%s", patch, g, w)
		}
	}
	again, err := Encode(sample(), "digest")
	if err != nil || string(again) != string(b) {
		t.Errorf("not the same bytes: %v", err)
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	for patch, want := range map[string]string{
		"v1.1.0": "always ended; all 1; one always ended 2 0",
		"v1.1.1": "always later; all 2 late 1; one always later 1 1; two always 0",
		"":       "always later; all 2 late 1; one always later 1 1; two always 0",
	} {
		r, err := sample().At(patch)
		if err != nil {
			t.Fatal(err)
		}
		if got := outline(r); got != want {
			t.Errorf("%s: %s, not %s", patch, got, want)
		}
		if patch != "" && r.Patch != patch {
			t.Errorf("patch %q", r.Patch)
		}
	}
	for _, patch := range []string{"v1.0.0", "v1.1", "dev"} {
		if r, err := sample().At(patch); err == nil {
			t.Errorf("%s: %v", patch, r.Version)
		}
	}
}

// outline summarizes a release: requirements; rules with their number of
// checks; cases with their requirements and the number of checks of each step.
func outline(r *Release) string {
	var parts, words []string
	for _, q := range r.Requirements {
		words = append(words, q.ID)
	}
	parts, words = append(parts, strings.Join(words, " ")), nil
	for _, x := range r.Rules {
		words = append(words, fmt.Sprint(x.ID, " ", len(x.Checks)))
	}
	parts = append(parts, strings.Join(words, " "))
	for _, c := range r.Cases {
		words = append([]string{c.ID}, c.Checks...)
		for _, s := range c.Steps {
			words = append(words, fmt.Sprint(len(s.Checks)))
		}
		parts = append(parts, strings.Join(words, " "))
	}
	return strings.Join(parts, "; ")
}

// TestAtChangesNothing checks that selecting a patch release does not modify
// the release.
func TestAtChangesNothing(t *testing.T) {
	t.Parallel()
	r := sample()
	if _, err := r.At("v1.1.0"); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r, sample()) {
		t.Error("changed")
	}
}

func TestInForce(t *testing.T) {
	t.Parallel()
	r := &Release{History: []string{"v1.0.0", "v1.0.1", "v1.1.0", "v1.1.1", "dev"}}
	for _, x := range []struct{ since, until, in string }{
		{"", "", "v1.0.0 v1.0.1 v1.1.0 v1.1.1 dev"},
		{"v1.0.1", "", "v1.0.1 v1.1.0 v1.1.1 dev"},
		{"", "v1.0.1", "v1.0.0 v1.0.1"},
		{"v1.1.0", "v1.1.0", "v1.1.0"},
		{"v1.1.0", "v1.0.0", ""},
		{"dev", "", "dev"},
		// Until names a patch release that is not in the history: still in force.
		{"v1.1.1", "v2.0.0", "v1.1.1 dev"},
	} {
		var in []string
		for _, p := range append([]string{"v0.9", ""}, r.History...) {
			if r.InForce(x.since, x.until, p) {
				in = append(in, p)
			}
		}
		if got := strings.Join(in, " "); got != x.in {
			t.Errorf("%s to %s: %s", x.since, x.until, got)
		}
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	c := sample().Cases[0]
	if got := c.Steps[1].Takes(); !slices.Equal(got, []string{"start"}) {
		t.Errorf("steps %v", got)
	}
	if got := c.Steps[0].Takes(); len(got) > 0 {
		t.Errorf("steps %v", got)
	}
	after := []string{"five"}
	m := func(s match.Template) *match.Response {
		return &match.Response{Body: &match.Matcher{Op: match.Equal, Text: s}}
	}
	s := &Step{
		URL: "${one.header.Location}", Header: []Param{{"A", "${two.capture.x} ${one.status}"}}, Body: &Body{JSON: json.RawMessage(`{"${three.body}":["${four.body}"]}`)},
		Checks: []*Check{{When: m("${six.body}"), Response: m("${seven.body}")}}, When: []Condition{{"eight", m("${nine.body}")}},
		Unsupported: m("${ten.body}"), Observe: []Observe{{Response: m("${eleven.body}")}}, Gate: m("${twelve.body}"),
		Repeat: &Repeat{Until: m("${thirteen.body}")}, After: &after,
	}
	if got := strings.Join(s.Takes(), " "); got != "one two three four" {
		t.Errorf("steps %s", got)
	}
	got := s.References()
	slices.Sort(got)
	if want := "eight eleven five four nine one seven six ten thirteen three twelve two"; strings.Join(got, " ") != want {
		t.Errorf("references %v", got)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	b, err := Encode(sample(), "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Summary("v1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	if got := outline(r); got != "always ended; all 1; one always ended" {
		t.Error(got)
	}
	if r.Cases[0].Title != "1" || !r.Cases[0].Quiet {
		t.Errorf("%+v", r.Cases[0])
	}
	if _, err := c.Summary("v3"); err == nil {
		t.Error("no such patch release")
	}
}

func TestFindByID(t *testing.T) {
	t.Parallel()
	r := sample()
	if r.Requirement("later") == nil || r.Requirement("x") != nil || r.Case("two") == nil || r.Case("x") != nil {
		t.Error("a requirement or case is not found, or an unknown one is")
	}
	if r.Last() != "v1.1.1" || (&Release{}).Last() != "" {
		t.Error("last")
	}
	if !Must.Binding() || !MustNot.Binding() || Should.Binding() || ShouldNot.Binding() || May.Binding() {
		t.Error("binding")
	}
	if (&Step{Method: "POST"}).Safe() || !(&Step{Method: "HEAD"}).Safe() {
		t.Error("safe")
	}
}

// invalid returns compiled releases that are not valid.
func invalid(t testing.TB) map[string]string {
	t.Helper()
	good, err := Encode(sample(), "d")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(good), "\n")
	whole := func(ls ...string) string { return strings.Join(ls, "") }
	edit := func(old, new string) string {
		s := strings.Replace(string(good), old, new, 1)
		if s == string(good) {
			t.Fatalf("no %s", old)
		}
		return s
	}
	return map[string]string{
		"empty":             "",
		"no JSON":           "x\n",
		"null":              "null\n",
		"other format":      edit(`"format":2`, `"format":99`),
		"no release":        `{"format":2}` + "\n",
		"null release":      `{"format":2,"release":null}` + "\n",
		"empty release":     `{"format":2,"release":{}}` + "\n",
		"a case less":       whole(lines[:3]...),
		"a case more":       whole(append(slices.Clone(lines[:4]), lines[3])...),
		"cut off":           string(good[:len(good)-1]),
		"cases exchanged":   whole(lines[0], lines[2], lines[1], lines[3]),
		"null requirement":  edit(`"requirements":[`, `"requirements":[null,`),
		"null rule":         edit(`"rules":[`, `"rules":[null,`),
		"null rule check":   edit(`"id":"late","checks":[`, `"id":"late","checks":[null,`),
		"rule matcher":      edit(`{"op":"==","value":3}`, `{"op":"?"}`),
		"null step":         edit(`"steps":[`, `"steps":[null,`),
		"no method":         edit(`"method":"POST"`, `"method":""`),
		"null data":         edit(`"data":[{"name"`, `"data":[null,{"name"`),
		"null check":        edit(`"checks":[{"requirement":"ended"`, `"checks":[null,{"requirement":"ended"`),
		"null response":     edit(`"response":{"status":{"op":"==","value":202}}`, `"response":null`),
		"null matcher":      edit(`"match":{"op":"list"`, `"match":null,"x":{"op":"list"`),
		"null contains":     edit(`"contains":[`, `"contains":[null,`),
		"null lacks":        edit(`"lacks":[`, `"lacks":[null,`),
		"null target":       edit(`"target":{`, `"target":null,"x":{`),
		"empty header rule": edit(`"header":[{"name":"X","value":`, `"header":[{"name":"X","xalue":`),
		"unknown order":     edit(`"sorted":["bytes"`, `"sorted":["size"`),
		"null until":        edit(`"until":{"status"`, `"until":null,"x":{"status"`),
		"no times":          edit(`"times":3`, `"times":0`),
		"no pages":          edit(`"max":5`, `"max":0`),
		"null condition":    edit(`"step":"start","response":{`, `"step":"start","response":null,"x":{`),
		"broken capture":    edit(`"regexp":"(.)"`, `"regexp":"("`),
		"negative size":     edit(`"random":10`, `"random":-10`),
		"large count":       edit(`"method":"POST"`, `"count":1001,"method":"POST"`),
		"n without count":   edit(`"method":"POST"`, `"title":"","query":[{"name":"n","value":"${n}"}],"method":"POST"`),
		"small most":        edit(`"random":10`, `"random":10,"announced":{"as":"x","most":9}`),
		"announced, gzip":   edit(`"random":10`, `"random":10,"gzip":true,"announced":{"as":"x","most":11}`),
		"two kinds":         edit(`"random":10`, `"random":10,"text":"x"`),
	}
}

func TestParseRejects(t *testing.T) {
	t.Parallel()
	for name, s := range invalid(t) {
		if err := openAndDecode([]byte(s)); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: several lines: %v", name, err)
		}
	}
	good, err := Encode(sample(), "d")
	if err != nil {
		t.Fatal(err)
	}
	if err := openAndDecode(good); err != nil {
		t.Error(err)
	}
}

// openAndDecode exercises all functions of a compiled release.
func openAndDecode(b []byte) error {
	c, err := Parse(b)
	if err != nil {
		return err
	}
	if _, err := c.Summary(""); err != nil {
		return err
	}
	for _, p := range c.Release.Patches {
		if _, err := c.Decode(p); err != nil {
			return err
		}
	}
	return nil
}

// TestEveryMatcher checks that validation and the search for placeholders cover
// every matcher of a constraint.
func TestEveryMatcher(t *testing.T) {
	t.Parallel()
	for _, of := range []any{match.Response{}, match.ListRule{}} {
		typ := reflect.TypeOf(of)
		for i := range typ.NumField() {
			if typ.Field(i).Type != reflect.TypeFor[*match.Matcher]() {
				continue
			}
			name := typ.Name() + "." + typ.Field(i).Name
			if with(typ, i, &match.Matcher{Op: "?"}).Check() == nil {
				t.Errorf("%s is not checked", name)
			}
			n := 0
			with(typ, i, &match.Matcher{Op: match.Equal, Text: "${x}"}).Templates(func(match.Template) { n++ })
			if n != 1 {
				t.Errorf("the placeholders of %s are not found", name)
			}
		}
	}
}

// with returns a constraint whose only matcher is field i of a response, or of
// a rule for a list in it.
func with(typ reflect.Type, i int, m *match.Matcher) *match.Response {
	x := reflect.New(typ)
	x.Elem().Field(i).Set(reflect.ValueOf(m))
	if r, ok := x.Interface().(*match.Response); ok {
		return r
	}
	return &match.Response{Lists: []match.ListRule{*x.Interface().(*match.ListRule)}}
}

func TestCompiledFrom(t *testing.T) {
	t.Parallel()
	of := func(digest string) *fstest.MapFile {
		b, err := Encode(&Release{Version: "v1", Patches: []string{"v1"}, Lineage: []string{"v1"}}, digest)
		if err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: b}
	}
	for name, x := range map[string]struct {
		files fstest.MapFS
		want  bool
	}{
		"all":       {fstest.MapFS{"a.jsonl": of("x"), "b.jsonl": of("x")}, true},
		"one":       {fstest.MapFS{"a.jsonl": of("x"), "b.jsonl": of("y")}, false},
		"truncated": {fstest.MapFS{"a.jsonl": {Data: []byte(`{"format":`)}}, false},
		"none":      {fstest.MapFS{}, false},
	} {
		if got := From(x.files).CompiledFrom("x"); got != x.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
