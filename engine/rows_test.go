package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// withRows adds a row of each kind, with that id and a switch of the same name.
func withRows(r *release.Release, ids ...string) *release.Release {
	r.RowKinds = []release.RowKind{{ID: "api", Title: "APIs"}, {ID: "data", Title: "Data", OwnFailure: true}}
	for _, id := range ids {
		kind, _, _ := strings.Cut(id, ".")
		r.Rows = append(r.Rows, release.Row{ID: id, Title: id, Kind: kind, Switch: "switch." + id})
	}
	return r
}

func words(r *result.Run) string {
	var all []string
	for _, m := range r.Rows {
		for k, v := range m {
			all = append(all, k+" "+v)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestRows(t *testing.T) {
	ok := func(parts ...stepPart) *release.Step {
		return step("GET /ok", append(parts, expect("must.ok", is(200)))...)
	}
	for _, tt := range []struct {
		name string
		c    *release.Case
		want string
	}{
		{"pass", testCase("a", rows("api.a", "data.a"), ok()), "api.a Pass, data.a Pass"},
		{"warn", testCase("a", rows("api.a", "data.a"), step("GET /ok", expect("should.x", is(201)))), "api.a Pass, data.a Pass"},
		{"fail", testCase("a", rows("api.a", "data.a"), ok(), step("GET /ok", expect("must.x", is(201)))), "api.a FAIL, data.a FAIL"},
		{"nothing", testCase("a", ok()), "api.a Skip, data.a Skip"},
		{"the row of a step has only its checks", testCase("a", rows("data.a"), ok(row("api.a")), step("GET /ok", expect("must.x", is(201)))), "api.a Pass, data.a FAIL"},
		{"blocked fails rows with OwnFailure only", testCase("a", rows("data.a"), step("POST /no", expect("must.x", is(201))), ok(row("api.a"))), "api.a Error, data.a FAIL"},
		{"blocked by a network error is not a failure", testCase("a", rows("data.a"), step("POST /gone", expect("must.x", is(201))), ok(row("api.a"))), "api.a Error, data.a Error"},
		{"inconclusive", testCase("a", rows("api.a", "data.a"), ok(), step("GET /gone", expect("must.x", is(201)))), "api.a Error, data.a Error"},
		{"error", testCase("a", rows("api.a", "data.a"), ok(), step("GET http://[", expect("must.x", is(201)))), "api.a Error, data.a Error"},
		{"not offered", testCase("a", rows("api.a", "data.a"), ok(), step("POST /no", expect("must.x", is(201)), unsupported(is(400)))), "api.a Skip, data.a Skip"},
		{"an unsupported endpoint does not fail the data row",
			testCase("a", rows("data.a"), ok(), step("POST /no", row("api.a"), expect("must.y", is(400)), expect("must.x", is(201)), unsupported(is(400)))), "api.a Skip, data.a Pass"},
		{"the cleanup counts if it was made", testCase("a", rows("api.a"), ok(), cleanup(step("DELETE /no", expect("must.x", is(201))))), "api.a FAIL, data.a Skip"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, map[string]any{"GET /ok": 200, "POST /no": 400, "GET /gone": hangUp, "POST /gone": hangUp, "DELETE /no": 500})
			rel := withRows(releaseOf(tt.c), "api.a", "data.a")
			withRule(rel, "must.rule", nil, is(999)) // fails everywhere, but does not count for rows
			if got := words(run(t, rel, s, Options{})); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// TestRowsOfSteps checks that results say which rows a case and its steps count
// for, so that reports can combine rows.
func TestRowsOfSteps(t *testing.T) {
	ok := step("GET /ok", id("ok"), row("api.a"), expect("must.ok", is(200)))
	rel := withRows(releaseOf(testCase("a", rows("data.a", "data.unknown"), ok)), "api.a", "data.a")
	withRule(rel, "must.rule", nil, is(200))
	c := run(t, rel, serve(t, map[string]any{"GET /ok": 200}), Options{}).Cases[0]
	if got, want := fmt.Sprintf("%v %s", c.Rows, c.Steps[0].Row), "[data.a] api.a"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	for _, k := range c.Steps[0].Checks {
		if k.Rule != (k.Requirement == "must.rule") {
			t.Errorf("check of %s has rule %v", k.Requirement, k.Rule)
		}
	}
}

func TestSettings(t *testing.T) {
	rel := func() *release.Release {
		r := withRows(releaseOf(
			testCase("a", rows("api.a"), provides("a"), step("GET /ok", expect("must.ok", is(200)))),
			testCase("b", needs("a"), step("GET /ok", expect("must.ok", is(200)))),
			testCase("c", rows("data.c"),
				step("PUT /ok", expect("must.put", is(201))),
				step("DELETE /ok", id("del"), row("api.del"), expect("must.del", is(202))),
				step("GET /ok", expect("must.gone", is(404)))),
		), "api.a", "api.del", "data.c", "data.off")
		r.Rows[3].Disabled = true
		return r
	}
	replies := map[string]any{"GET /ok": []any{200, 200, 404}, "PUT /ok": 201, "DELETE /ok": 202}
	out := run(t, rel(), serve(t, replies), Options{})
	if got, want := words(out), "api.a Pass, api.del Pass, data.c Pass, data.off Disabled"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	out = run(t, rel(), serve(t, replies), Options{Settings: map[string]bool{"switch.api.a": false, "switch.api.del": false, "switch.data.off": true}})
	same(t, show(out), `
		a: disabled set by switch.api.a
		  1: must.ok disabled;
		b: disabled by a set by switch.api.a
		  1 by a: must.ok disabled;
		c: disabled set by switch.api.del
		  1: must.put pass;
		  del: must.del disabled;
		  3: must.gone disabled;
		= pass`)
	if got, want := words(out), "api.a Disabled, api.del Disabled, data.c Pass, data.off Skip"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestCategoriesAndRequirements(t *testing.T) {
	rel := releaseOf(testCase("a",
		step("GET /none", expect("must.none", is(404))),
		step("GET /ok", expect("must.ok", is(200)), expect("must.both", is(200))),
		step("GET /no", expect("must.both", is(201)), expect("must.gone", is(200)), unsupported(is(404))),
		step("GET /x", expect("must.never", is(200)))))
	rel.Categories = []release.Category{{ID: "work"}, {ID: "reject"}, {ID: "rest"}, {ID: "none"}}
	for _, q := range rel.Requirements {
		q.Category = map[string]string{"must.none": "reject", "must.gone": "rest", "must.never": "rest"}[q.ID]
		if q.Category == "" {
			q.Category = "work"
		}
	}
	rel.Requirements = append(rel.Requirements,
		&release.Requirement{ID: "again", Level: release.May, Overlaps: []string{"alias", "must.none"}},
		&release.Requirement{ID: "alias", Level: release.May, Overlaps: []string{"must.both", "again"}},
		&release.Requirement{ID: "alone", Level: release.May})
	out := run(t, rel, serve(t, map[string]any{"GET /ok": 200}), Options{})
	if got, want := fmt.Sprint(out.Categories), "map[none:{ none} reject:{pass negative} rest:{unsupported none} work:{pass positive}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	want := "map[again:{MAY pass 2 } alias:{MAY pass 2 } must.both:{MUST pass 1 work} must.gone:{MUST unsupported 0 rest} must.never:{MUST unsupported 0 rest} must.none:{MUST pass 1 reject} must.ok:{MUST pass 1 work}]"
	if got := fmt.Sprint(out.Requirements); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := fmt.Sprint(out.Counts), "{map[unsupported:1] map[pass:5 unsupported:2] map[pass:3 unsupported:3] map[]}"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestObservations(t *testing.T) {
	seen := func(id, url string) *release.Step {
		return step("GET "+url, observe("kind", "small", is(200)), observe("kind", "large", is(200, 404)), observe("other", "x", is(500)))
	}
	for _, parallel := range []int{1, 4} {
		rel := releaseOf(testCase("a", seen("1", "/none"), seen("2", "/ok")), testCase("b", seen("1", "/ok")))
		out := run(t, rel, serve(t, map[string]any{"GET /ok": 200}), Options{Parallel: parallel})
		if got := fmt.Sprint(out.Observations); got != "map[kind:large]" {
			t.Errorf("observed %s", got)
		}
	}
}
