package engine

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

// TestEvidence checks the evidence of a finding: earlier steps, redirects,
// relevant headers, the registry's error and the curl command line.
func TestEvidence(t *testing.T) {
	srv := serve(t, map[string]any{
		"PUT /item":    201,
		"DELETE /item": 202,
		"PUT /other": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/moved")
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"PUT /moved": "409\nContent-Type: application/json\nX-Asked: yes\nX-Noise: no\n\n" + `{"errors": [{"code": "DENIED", "message": "not now"}]}`,
	})
	c := testCase("a",
		random("blob", 5000),
		step("PUT /item", id("push"), sends("x"), expect("must.a", is(201))),
		step("DELETE /item", id("delete"), expect("must.b", is(202))),
		step("PUT /other", id("push again"), sends("${data.blob.bytes}"), noGate(),
			expect("must.c", is(201), field("X-Asked", eq("no")))),
	)
	rel := releaseOf(c)
	rel.Error = &release.ErrorAt{Code: "/errors/0/code", Message: "/errors/0/message"}
	r := run(t, rel, srv, Options{Seed: "s 1"})
	if len(r.Findings) != 1 {
		t.Fatal(show(r))
	}
	e := r.Findings[0].Example
	if e.Case != "a" || e.Step != "push again" || !slices.Equal(e.After, []string{"push", "delete"}) {
		t.Errorf("%s/%s after %v", e.Case, e.Step, e.After)
	}
	if len(e.Hops) != 1 || e.Hops[0] != (result.Hop{Status: 307, Location: "/moved"}) || e.Status != 409 {
		t.Errorf("hops %v, status %d", e.Hops, e.Status)
	}
	if e.Header.Get("X-Asked") != "yes" || e.Header.Get("Content-Type") == "" || e.Header.Get("X-Noise") != "" {
		t.Errorf("header %v", e.Header)
	}
	if e.Error == nil || *e.Error != (result.RegistryError{Code: "DENIED", Message: "not now"}) {
		t.Errorf("error %v", e.Error)
	}
	if e.Expected != `status 201; header X-Asked "no"` || e.Actual != `status 409; header X-Asked "yes"` {
		t.Errorf("expected %q, actual %q", e.Expected, e.Actual)
	}
	if want := "ocispec data --spec v1.0 --seed 's 1' a blob | curl "; !strings.HasPrefix(e.Curl, want) || !strings.Contains(e.Curl, " --data-binary @- ") {
		t.Errorf("curl %q, want %q…", e.Curl, want)
	}
	b, err := Content(rel, Target{}, "s 1", "a", "blob")
	if err != nil || len(b) != 5000 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	for _, name := range [][2]string{{"b", "blob"}, {"a", "none"}} {
		if _, err := Content(rel, Target{}, "s 1", name[0], name[1]); err == nil {
			t.Errorf("content %v: no error", name)
		}
	}
}

func TestContrast(t *testing.T) {
	for _, tt := range []struct {
		wrong            []match.Mismatch
		expected, actual string
	}{
		{nil, "", ""},
		{[]match.Mismatch{{Path: "header A", Want: "a", Got: "nothing"}}, "header A a", "no header A"},
		{[]match.Mismatch{{Path: "body", Want: "a\nb", Got: "c"}}, "body a b", "body c"},
		{[]match.Mismatch{{Path: "a", Want: "1", Got: "2"}, {Path: "b", Want: "1", Got: "2"}, {Path: "c", Want: "1", Got: "2"}, {Path: "d", Want: "1", Got: "2"}},
			"a 1; b 1; c 1; and 1 more", "a 2; b 2; c 2; and 1 more"},
	} {
		if expected, actual := contrast(tt.wrong); expected != tt.expected || actual != tt.actual {
			t.Errorf("%v: %q, %q", tt.wrong, expected, actual)
		}
	}
}
