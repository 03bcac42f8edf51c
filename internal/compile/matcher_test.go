package compile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	cuejson "cuelang.org/go/encoding/json"

	"github.com/ocispec/ocispec/engine/release/match"
)

// values are the JSON values with which every constraint is tested.
var values = []string{
	`null`, `true`, `false`, `0`, `1`, `-1`, `2.5`, `200`, `1e3`, `""`, `"a"`, `"ab"`, `"b"`, `"10"`,
	`[]`, `[1]`, `[1,2]`, `["a"]`, `["a","b"]`, `[null]`, `{}`, `{"a":1}`, `{"a":1,"b":"x"}`, `{"a":"x"}`,
	`{"b":"x"}`, `{"a":1,"c":null}`, `{"a":{"b":[1]}}`,
}

// constraints lists the values that each constraint accepts. CUE must agree,
// except for the values in differ.
var constraints = []struct {
	cue    string
	admits []string
	differ []string
}{
	{cue: `_`, admits: values},
	{cue: `null`, admits: []string{`null`}},
	{cue: `true`, admits: []string{`true`}},
	{cue: `1`, admits: []string{`1`}},
	{cue: `2.5`, admits: []string{`2.5`}},
	{cue: `1000.0`, admits: []string{`1e3`}},
	{cue: `"a"`, admits: []string{`"a"`}},
	{cue: `bool`, admits: []string{`true`, `false`}},
	{cue: `int`, admits: []string{`0`, `1`, `-1`, `200`}},
	{cue: `number`, admits: []string{`0`, `1`, `-1`, `2.5`, `200`, `1e3`}},
	{cue: `float`, admits: []string{`2.5`, `1e3`}},
	{cue: `string`, admits: []string{`""`, `"a"`, `"ab"`, `"b"`, `"10"`}},
	{cue: `[...]`, admits: []string{`[]`, `[1]`, `[1,2]`, `["a"]`, `["a","b"]`, `[null]`}},
	{cue: `{...}`, admits: []string{`{}`, `{"a":1}`, `{"a":1,"b":"x"}`, `{"a":"x"}`, `{"b":"x"}`, `{"a":1,"c":null}`, `{"a":{"b":[1]}}`}},
	{cue: `int | string`, admits: []string{`0`, `1`, `-1`, `200`, `""`, `"a"`, `"ab"`, `"b"`, `"10"`}},
	{cue: `null | {a: 1}`, admits: []string{`null`, `{"a":1}`, `{"a":1,"b":"x"}`, `{"a":1,"c":null}`}},
	{cue: `>0`, admits: []string{`1`, `2.5`, `200`, `1e3`, `"10"`}, differ: []string{`"10"`}},
	{cue: `>=1 & <=200`, admits: []string{`1`, `2.5`, `200`, `"10"`}, differ: []string{`"10"`}},
	{cue: `int & >=200 & <300`, admits: []string{`200`}},
	{cue: `<0`, admits: []string{`-1`}},
	{cue: `!=1 & int`, admits: []string{`0`, `-1`, `200`}},
	{cue: `>"a"`, admits: []string{`"ab"`, `"b"`}},
	{cue: `<"a"`, admits: []string{`""`, `"10"`}},
	{cue: `!="a" & string`, admits: []string{`""`, `"ab"`, `"b"`, `"10"`}},
	{cue: `=~"^a"`, admits: []string{`"a"`, `"ab"`}},
	{cue: `!~"^a" & string`, admits: []string{`""`, `"b"`, `"10"`}},
	{cue: `=~"a" & =~"b"`, admits: []string{`"ab"`}},
	{cue: `"a" | "b"`, admits: []string{`"a"`, `"b"`}},
	{cue: `1 | =~"^b"`, admits: []string{`1`, `"b"`}},
	{cue: `[]`, admits: []string{`[]`}},
	{cue: `[1]`, admits: []string{`[1]`}},
	{cue: `[1, ...]`, admits: []string{`[1]`, `[1,2]`}},
	{cue: `[...int]`, admits: []string{`[]`, `[1]`, `[1,2]`}},
	{cue: `[...string]`, admits: []string{`[]`, `["a"]`, `["a","b"]`}},
	{cue: `[string, ...string]`, admits: []string{`["a"]`, `["a","b"]`}},
	{cue: `[...(1 | "a" | null)]`, admits: []string{`[]`, `[1]`, `["a"]`, `[null]`}},
	{cue: `[_]`, admits: []string{`[1]`, `["a"]`, `[null]`}},
	{cue: `{a: 1}`, admits: []string{`{"a":1}`, `{"a":1,"b":"x"}`, `{"a":1,"c":null}`}},
	{cue: `{a: int}`, admits: []string{`{"a":1}`, `{"a":1,"b":"x"}`, `{"a":1,"c":null}`}},
	{cue: `{a?: int}`, admits: []string{`{}`, `{"a":1}`, `{"a":1,"b":"x"}`, `{"b":"x"}`, `{"a":1,"c":null}`}},
	{cue: `{a!: int}`, admits: []string{`{"a":1}`, `{"a":1,"b":"x"}`, `{"a":1,"c":null}`}, differ: []string{`{}`, `{"b":"x"}`}},
	// CUE rejects a struct here, but not a list.
	{cue: `!=null`, admits: values[1:], differ: []string{`{}`, `{"a":1}`, `{"a":1,"b":"x"}`, `{"a":"x"}`, `{"b":"x"}`, `{"a":1,"c":null}`, `{"a":{"b":[1]}}`}},
	{cue: `{a: _}`, admits: []string{`{"a":1}`, `{"a":1,"b":"x"}`, `{"a":"x"}`, `{"a":1,"c":null}`, `{"a":{"b":[1]}}`}},
	{cue: `{a: 1} | {b: "x"}`, admits: []string{`{"a":1}`, `{"a":1,"b":"x"}`, `{"b":"x"}`, `{"a":1,"c":null}`}},
	{cue: `{a: 1, b: "x"}`, admits: []string{`{"a":1,"b":"x"}`}},
	{cue: `{a: 1} & {b?: "y"}`, admits: []string{`{"a":1}`, `{"a":1,"c":null}`}},
	{cue: `{[string]: int}`, admits: []string{`{}`, `{"a":1}`}},
	{cue: `{[string]: string}`, admits: []string{`{}`, `{"a":"x"}`, `{"b":"x"}`}},
	{cue: `{a: 1, [string]: 1 | string}`, admits: []string{`{"a":1}`, `{"a":1,"b":"x"}`}},
	{cue: `{a: b: [...int]}`, admits: []string{`{"a":{"b":[1]}}`}},
	{cue: `{a: {b: [int]}}`, admits: []string{`{"a":{"b":[1]}}`}},
	// Definitions are closed for authors, but not for registries.
	{cue: `close({a: 1})`, admits: []string{`{"a":1}`, `{"a":1,"b":"x"}`, `{"a":1,"c":null}`}, differ: []string{`{"a":1,"b":"x"}`, `{"a":1,"c":null}`}},
}

// TestMatcher compiles constraints and compares the values that they accept
// with the expected ones, and with CUE.
func TestMatcher(t *testing.T) {
	t.Parallel()
	ctx := cuecontext.New()
	for _, x := range constraints {
		v := ctx.CompileString("x: " + x.cue).LookupPath(cue.ParsePath("x"))
		m := matcherOf(t, v)
		for _, value := range values {
			got := len(m.Match(noEnv{}, decoded(t, value))) == 0
			if want := slices.Contains(x.admits, value); got != want {
				t.Errorf("%s with %s: %v (%v)", x.cue, value, got, m)
			}
			if other := cueAdmits(t, ctx, v, value); (other != got) != slices.Contains(x.differ, value) {
				t.Errorf("%s with %s: %v, CUE says %v", x.cue, value, got, other)
			}
		}
	}
}

func matcherOf(t *testing.T, v cue.Value) *match.Matcher {
	t.Helper()
	c := &compiler{}
	m := c.matcher(v)
	if len(c.errs) > 0 {
		t.Fatal(c.errs)
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m
}

func decoded(t testing.TB, s string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// cueAdmits reports whether CUE accepts a value for a constraint: by
// unification, or for structs by subsumption, since unification would add
// missing fields.
func cueAdmits(t *testing.T, ctx *cue.Context, v cue.Value, value string) bool {
	t.Helper()
	e, err := cuejson.Extract("", []byte(value))
	if err != nil {
		t.Fatal(err)
	}
	x := ctx.BuildExpr(e)
	if v.IncompleteKind()&cue.StructKind == 0 || x.Kind() != cue.StructKind {
		return v.Unify(x).Validate(cue.Concrete(true)) == nil
	}
	return v.Subsume(x, cue.Final()) == nil
}

type noEnv struct{}

func (noEnv) Lookup(name string) (any, error) { return nil, fmt.Errorf("no %s", name) }

// TestMatcherText covers the text of compiled constraints, which package diff
// compares.
func TestMatcherText(t *testing.T) {
	t.Parallel()
	for cueText, want := range map[string]string{
		`_`:                           `_`,
		`200`:                         `200`,
		`"a"`:                         `"a"`,
		`"${repo}"`:                   `"${repo}"`,
		`=~"^/v2/${repo}/"`:           `=~"^/v2/${repo}/"`,
		`>=200 & <300`:                `>=200 & <300`,
		`int | string`:                `int | string`,
		`{a: 1, b?: "x"}`:             `{a: 1, b?: "x", ...}`,
		`{[string]: int}`:             `{[string]: int}`,
		`[1, "a", ...]`:               `[1, "a", ...]`,
		`[...string]`:                 `[...string]`,
		`{errors: [{code: "A"|"B"}]}`: `{errors: [{code: "A" | "B", ...}], ...}`,
		`null`:                        `null`,
		`!=3`:                         `!=3`,
		`!~"x"`:                       `!~"x"`,
	} {
		v := cuecontext.New().CompileString("x: " + cueText).LookupPath(cue.ParsePath("x"))
		if got := matcherOf(t, v).String(); got != want {
			t.Errorf("%s: got %s, want %s", cueText, got, want)
		}
	}
}
