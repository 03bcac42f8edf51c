package weaken

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

// TestResponse has what each kind of constraint is weakened to.
func TestResponse(t *testing.T) {
	for _, tt := range []struct {
		response string
		want     []string
	}{
		{`{"status":{"op":"==","value":201}}`, []string{"status: any 2xx"}},
		{`{"status":{"op":"or","kids":[{"op":"==","value":400},{"op":"==","value":300}]}}`, []string{"status: any 3xx", "status: any 4xx"}},
		{`{"status":{"op":"<","value":400}}`, []string{"status: any"}},
		{`{"status":{"op":"==","value":200},"body":{"op":"==","text":"${blob}"}}`, []string{"body =="}},
		{`{"header":[{"name":"A","value":{"op":"any"}}]}`, []string{"header A: may be absent"}},
		{`{"header":[{"name":"A","optional":true,"value":{"op":"==","text":"a"}}]}`, []string{"header A =="}},
		{`{"header":[{"name":"A","value":{"op":"=~","text":"^[a-z]{3}$"}}]}`, []string{
			"header A: may be absent", "header A =~ anywhere", "header A =~ any characters", "header A =~ any count"}},
		{`{"header":[{"name":"A","list":{"length":{"op":">","value":0}}}]}`, []string{"header A: may be absent", "header A: any length"}},
		{`{"header":[{"name":"A","list":{"length":{"op":">=","value":0}}}]}`, []string{"header A: may be absent"}},
		{`{"absent":["A"]}`, []string{"header A: may be there"}},
		{`{"link":[{"rel":"next","target":{"op":"=~","text":"."}}]}`, []string{"link next: may be absent", "link next =~"}},
		{`{"body":{"op":"object","fields":[{"name":"a","match":{"op":"any"}},{"name":"b","optional":true,"match":{"op":"kind","text":"string"}}]}}`,
			[]string{"body.a absent", "body.b kind"}},
		{`{"body":{"op":"list","kids":[{"op":"==","text":"a"}],"rest":{"op":"kind","text":"string"}}}`, []string{"body[] ==", "body[…] kind"}},
		{`{"lists":[{"at":"/tags","contains":[{"op":"==","text":"a"}],"lacks":[{"op":"==","text":"b"}],"sorted":["bytes"],"unique":true}]}`,
			[]string{"list /tags: contains nothing", "list /tags: may contain what it should not", "list /tags: any order", "list /tags: not unique"}},
		{`{"pages":[{"contains":[{"op":"object","fields":[{"name":"a","match":{"op":"==","text":"x"}}]}],"each":{"op":"!=","text":"a"}}]}`,
			[]string{"pages : contains.a ==", "pages : each !="}},
		{`{"length":{"op":"<=","value":3},"redirects":{"op":"==","value":0}}`, []string{"length <=", "redirects =="}},
	} {
		var r match.Response
		if err := json.Unmarshal([]byte(tt.response), &r); err != nil {
			t.Fatal(err)
		}
		before, _ := json.Marshal(r)
		var got []string
		for _, w := range response(&r) {
			got = append(got, w.what)
			if weaker, _ := json.Marshal(w.to); string(weaker) == string(before) {
				t.Errorf("%s: %s is no weakening", tt.response, w.what)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, not %q", tt.response, got, tt.want)
		}
		if after, _ := json.Marshal(r); string(after) != string(before) {
			t.Errorf("%s has become %s", before, after)
		}
	}
}

// TestAdd has results by which a weakening shows, and others.
func TestAdd(t *testing.T) {
	var is match.Response
	if err := json.Unmarshal([]byte(`{"status":{"op":"==","value":201}}`), &is); err != nil {
		t.Fatal(err)
	}
	rel := &release.Release{
		Requirements: []*release.Requirement{{ID: "a", Level: release.Must}, {ID: "b", Level: release.Should}},
		Cases: []*release.Case{{Steps: []*release.Step{{Checks: []*release.Check{
			{Requirement: "a", Response: &is, Pos: "f.cue:1:1"}, {Requirement: "b", Response: &is, Pos: "f.cue:2:1"},
		}}}}},
	}
	w := All(rel)
	var names []string
	for _, x := range w.Weakenings {
		names = append(names, x.String())
	}
	if want := []string{"f.cue:1:1 a: status: any 2xx", "f.cue:2:1 b: status: any 2xx", " a: level: SHOULD"}; !slices.Equal(names, want) {
		t.Fatalf("%q, not %q", names, want)
	}
	add := func(fault string, outcomes ...result.Outcome) {
		var s result.Step
		for i, k := range w.Release.Cases[0].Steps[0].Checks {
			s.Checks = append(s.Checks, result.Check{Requirement: k.Requirement, Pos: string(k.Pos), Outcome: outcomes[i]})
		}
		w.Add(fault, &result.Run{Cases: []result.Case{{Steps: []result.Step{s}}}})
	}
	// In the order of the release: a, b, and weakened a and b.
	add("200", result.Fail, result.Blocked, result.Pass, result.Pass)
	add("404", result.Fail, result.Pass, result.Blocked, result.Pass)
	add("warning", result.Pass, result.Warn, result.Pass, result.Warn)
	for i, want := range [][]string{{"200"}, nil, {"200", "404"}} {
		if got := w.Weakenings[i].Faults; !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", w.Weakenings[i], got, want)
		}
	}
	weaker := Apply(rel, w.Weakenings[0]).Cases[0].Steps[0].Checks
	if weaker[0].Response.Status.Op != "or" || weaker[1].Response != &is || is.Status.Op != "==" {
		t.Error("not what was to be weakened has been")
	}
	if Apply(rel, w.Weakenings[2]).Requirements[0].Level != release.Should || rel.Requirements[0].Level != release.Must {
		t.Error("the level has not been weakened, or for good")
	}
}
