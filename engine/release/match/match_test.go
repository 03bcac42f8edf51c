package match

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
)

// env resolves placeholders from a map.
type env map[string]any

func (e env) Lookup(name string) (any, error) {
	if v, ok := e[name]; ok {
		return v, nil
	}
	return nil, fmt.Errorf("${%s} is not known", name)
}

var testEnv = env{
	"repo":   "a.b/c",
	"size":   int64(10),
	"bytes":  []byte("hello"),
	"either": OneOf(slices.Values([]string{"sha256:a", "sha512:b"})),
	"none":   OneOf(slices.Values([]string{})),
}

func value(t testing.TB, s string) any {
	t.Helper()
	v, err := decode([]byte(s))
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func matcher(t testing.TB, s string) *Matcher {
	t.Helper()
	var m Matcher
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	if err := m.Check(); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return &m
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		matcher string
		yes, no []string
	}{
		{`{"op":"==","text":"${size}"}`, []string{`10`, `10.0`, `1e1`}, []string{`"10"`, `11`, `null`, `[10]`}},
		{`{"op":"==","text":"${size} bytes"}`, []string{`"10 bytes"`}, []string{`10`, `"${size} bytes"`}},
		{`{"op":"==","text":"${either}"}`, []string{`"sha256:a"`, `"sha512:b"`}, []string{`"sha256:b"`, `""`, `null`}},
		{`{"op":"!=","text":"${either}"}`, []string{`"sha256:b"`}, []string{`"sha256:a"`, `"sha512:b"`, `1`}},
		{`{"op":"==","text":"${none}"}`, nil, []string{`""`, `null`}},
		{`{"op":"==","text":"${bytes}"}`, []string{`"hello"`}, []string{`"hell"`}},
		{`{"op":"==","text":"$${repo}"}`, []string{`"${repo}"`}, []string{`"a.b/c"`, `"$${repo}"`}},
		{`{"op":"==","text":"${unknown}"}`, nil, []string{`""`, `"${unknown}"`}},
		{`{"op":"=~","text":"^/v2/${repo}/"}`, []string{`"/v2/a.b/c/x"`}, []string{`"/v2/aXb/c/x"`, `1`, `null`}},
		{`{"op":"=~","text":"^[${unknown}"}`, nil, []string{`"["`}},
		{`{"op":"=~","text":"[${repo}"}`, nil, []string{`"["`}},
		{`{"op":"!~","text":"x"}`, []string{`"a"`, `""`}, []string{`"x"`, `1`}},
		{`{"op":"==","value":1}`, []string{`1`, `1.0`, `1e0`, `10e-1`}, []string{`"1"`, `1.0000000000000001`, `true`}},
		{`{"op":"==","value":1e400}`, nil, []string{`1`, `1e400`}},
		{`{"op":"<","value":1e300}`, []string{`1`, `1e299`}, []string{`1e999999999`, `1e301`, `"1e999999999"`}},
		{`{"op":">=","value":5}`, []string{`5`, `"5"`, `"6.5"`, `123456789012345678901234567890123456789012345`},
			[]string{`4`, `"0x10"`, `"16/3"`, `"1_0"`, `"0x1p99999999"`, `"x"`, `""`, `null`, `[5]`}},
		{`{"op":"<=","text":"b"}`, []string{`"a"`, `"b"`, `""`}, []string{`"ba"`, `1`, `null`}},
		{`{"op":">","value":true}`, nil, []string{`true`, `false`, `1`}},
		{`{"op":"!=","value":null}`, []string{`1`, `"a"`, `[]`}, []string{`null`}},
		{`{"op":"!=","value":true}`, []string{`false`}, []string{`true`, `null`, `"true"`}},
		{`{"op":"!=","value":1}`, []string{`2`}, []string{`1`, `"2"`, `null`}},
		{`{"op":"kind","text":"int|null"}`, []string{`1`, `null`}, []string{`1.5`, `1e3`, `"1"`}},
		{`{"op":"list","kids":[{"op":"any"}]}`, []string{`[1]`, `[null]`}, []string{`[]`, `[1,2]`, `{}`, `null`}},
		{`{"op":"list","rest":{"op":"kind","text":"int"}}`, []string{`[]`, `[1,2]`}, []string{`[1,"a"]`}},
		{`{"op":"object","fields":[{"name":"a","match":{"op":"any"}},{"name":"b","optional":true,"match":{"op":"==","value":1}}]}`,
			[]string{`{"a":null}`, `{"a":1,"b":1}`, `{"a":1,"c":1}`}, []string{`{}`, `{"a":1,"b":2}`, `{"a":1,"b":null}`, `[]`}},
		{`{"op":"object","rest":{"op":"kind","text":"string"}}`, []string{`{}`, `{"a":"x"}`}, []string{`{"a":1}`}},
		{`{"op":"or","kids":[{"op":"==","value":1},{"op":"==","text":"a"}]}`, []string{`1`, `"a"`}, []string{`2`, `null`}},
		{`{"op":"and","kids":[{"op":">","value":1},{"op":"<","value":3}]}`, []string{`2`}, []string{`1`, `3`}},
	} {
		m := matcher(t, x.matcher)
		for _, v := range x.yes {
			if ms := m.Match(testEnv, value(t, v)); len(ms) > 0 {
				t.Errorf("%s with %s: %v", x.matcher, v, ms)
			}
		}
		for _, v := range x.no {
			if ms := m.Match(testEnv, value(t, v)); len(ms) == 0 {
				t.Errorf("%s admits %s", x.matcher, v)
			}
		}
		if len(m.Match(testEnv, Missing)) == 0 {
			t.Errorf("%s matches a missing value", x.matcher)
		}
	}
}

func TestMatchText(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		matcher, text string
		want          bool
	}{
		{`{"op":"==","text":"${size}"}`, "10", true},
		{`{"op":"==","text":"${size}"}`, "10.0", false},
		{`{"op":"==","value":10}`, "10", true},
		{`{"op":"!=","value":10}`, "11", true},
		{`{"op":"!=","value":10}`, "10", false},
		{`{"op":">=","value":10}`, "11", true},
		{`{"op":">=","value":10}`, "9", false},
		{`{"op":">=","value":10}`, "many", false},
		{`{"op":"==","value":true}`, "true", true},
		{`{"op":"kind","text":"string"}`, "", true},
		{`{"op":"object"}`, "{}", false},
		{`{"op":"list"}`, "[]", false},
	} {
		if got := len(matcher(t, x.matcher).MatchText(testEnv, x.text)) == 0; got != x.want {
			t.Errorf("%s with %q: %v", x.matcher, x.text, got)
		}
	}
}

// TestMismatches checks the text of mismatches.
func TestMismatches(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ matcher, value, want string }{
		{`{"op":"==","value":200}`, `404`, `want 200, got 404`},
		{`{"op":"==","text":"${size}"}`, `"a"`, `want 10, got "a"`},
		{`{"op":"object","fields":[{"name":"errors","match":{"op":"list","kids":[{"op":"object","fields":[{"name":"code","match":{"op":"==","text":"A"}}]}],"rest":{"op":"any"}}}]}`,
			`{"errors":[{"code":"B"}]}`, `errors.0.code: want "A", got "B"`},
		{`{"op":"object","fields":[{"name":"a","match":{"op":"==","value":1}},{"name":"b","match":{"op":"any"}}]}`, `{"a":2}`,
			`a: want 1, got 2; b: want _, got nothing`},
		{`{"op":"or","kids":[{"op":"==","value":1},{"op":"==","value":2}]}`, `3`, `want 1 | 2, got 3`},
		{`{"op":"==","text":"${unknown}"}`, `1`, `want "${unknown}" (${unknown} is not known), got 1`},
	} {
		var got []string
		for _, m := range matcher(t, x.matcher).Match(testEnv, value(t, x.value)) {
			s := "want " + m.Want + ", got " + m.Got
			if m.Path != "" {
				s = m.Path + ": " + s
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "; "); s != x.want {
			t.Errorf("%s with %s:\n got %s\nwant %s", x.matcher, x.value, s, x.want)
		}
	}
}

// TestMismatchesAreBounded checks that mismatches of a large value are bounded.
func TestMismatchesAreBounded(t *testing.T) {
	t.Parallel()
	var l []any
	for range 100_000 {
		l = append(l, strings.Repeat("x", 100))
	}
	ms := matcher(t, `{"op":"list","rest":{"op":"kind","text":"int"}}`).Match(testEnv, l)
	if len(ms) != maxMismatches {
		t.Errorf("%d mismatches", len(ms))
	}
	for _, m := range ms {
		if len(m.Got) > shown+10 {
			t.Errorf("%d bytes of value", len(m.Got))
		}
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		template Template
		names    string
		want     string // "!" is an error
	}{
		{"", "", ""},
		{"plain", "", "plain"},
		{"${repo}", "repo", "a.b/c"},
		{"/v2/${repo}/${size}", "repo size", "/v2/a.b/c/10"},
		{"${repo", "", "${repo"},
		{"a}${", "", "a}${"},
		{"$${repo}", "", "${repo}"},
		{"$${${repo}", "repo", "${a.b/c"},
		{"${repo}$${x}${size}", "repo size", "a.b/c${x}10"},
		{"$$${repo}", "", "$${repo}"},
		{"${}", "", "!"},
		{"${ repo }", " repo ", "!"},
		{"${either}", "either", "sha256:a"},
		{"x${none}", "none", "x"},
		{"${bytes}", "bytes", "hello"},
		{"$", "", "$"},
		{"$repo", "", "$repo"},
	} {
		if got := strings.Join(x.template.Names(), " "); got != x.names {
			t.Errorf("%s: names %q", x.template, got)
		}
		got, err := x.template.Expand(testEnv)
		if err != nil {
			got = "!"
		}
		if got != x.want {
			t.Errorf("%s: %q, not %q", x.template, got, x.want)
		}
	}
}

func TestValueKeepsType(t *testing.T) {
	t.Parallel()
	for template, want := range map[Template]string{
		"${size}": "int64 10", "${bytes}": "[]uint8 [104 101 108 108 111]", "${repo}": "string a.b/c",
		"${size}0": "string 100", "${either}": "[]string [sha256:a sha512:b]",
	} {
		v, err := template.Value(testEnv)
		if one, ok := v.(OneOf); ok {
			v = slices.Collect(iter.Seq[string](one))
		}
		if got := fmt.Sprintf("%T %v", v, v); got != want || err != nil {
			t.Errorf("%s: %s, %v", template, got, err)
		}
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1000)
	for _, x := range []struct {
		v    any
		want string
	}{
		{Missing, "nothing"},
		{nil, "null"},
		{"a\n", `"a\n"`},
		{[]byte("abc"), `"abc"`},
		{[]byte{0xff}, "1 bytes with sha256:a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89"},
		{json.Number("1e3"), "1e3"},
		{OneOf(slices.Values([]string{"a", "b"})), "a or b"},
		{map[string]any{"a": []any{true}}, `{"a":[true]}`},
		{make(chan int), "chan int"},
	} {
		if got := Show(x.v); got != x.want {
			t.Errorf("%v: %s", x.v, got)
		}
	}
	for _, v := range []any{long, []byte(long), []any{long}} {
		if got := Show(v); len(got) > shown+10 {
			t.Errorf("%d bytes: %s", len(got), got)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	short := strings.Repeat("a", shown)
	if Cut(short) != short {
		t.Error("truncated a short string")
	}
	if got := Cut(strings.Repeat("a", shown-1) + "éé"); got != strings.Repeat("a", shown-1)+"…" {
		t.Errorf("cut within a rune: %q", got)
	}
	if got := Cut(strings.Repeat("\x80", shown+1)); got != "…" {
		t.Errorf("%q", got)
	}
}

// TestCheck checks that invalid matchers are rejected.
func TestCheck(t *testing.T) {
	t.Parallel()
	deep := &Matcher{Op: Any}
	for range maxDepth + 1 {
		deep = &Matcher{Op: And, Kids: []*Matcher{deep}}
	}
	for name, m := range map[string]*Matcher{
		"nil":              nil,
		"zero":             {},
		"unknown":          {Op: "~"},
		"and without kids": {Op: And},
		"or without kids":  {Op: Or},
		"nil kid":          {Op: Or, Kids: []*Matcher{nil}},
		"nil field":        {Op: Object, Fields: []Field{{Name: "a"}}},
		"broken regexp":    {Op: Regexp, Text: "("},
		"unknown kind":     {Op: Kind, Text: "int|text"},
		"no kind":          {Op: Kind},
		"broken value":     {Op: Equal, Value: json.RawMessage(`{`)},
		"composite value":  {Op: Equal, Value: json.RawMessage(`[1]`)},
		"text value":       {Op: Equal, Value: json.RawMessage(`"a"`)},
		"bad rest":         {Op: List, Rest: &Matcher{}},
		"deep":             deep,
	} {
		if m.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestIsText(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		`{"op":"=="}`:                                 true,
		`{"op":"==","value":1}`:                       false,
		`{"op":"=~","text":"a"}`:                      true,
		`{"op":"kind","text":"string"}`:               true,
		`{"op":"kind","text":"int"}`:                  false,
		`{"op":"object"}`:                             false,
		`{"op":"list"}`:                               false,
		`{"op":"any"}`:                                false,
		`{"op":"or","kids":[{"op":"!~","text":"a"}]}`: true,
	} {
		if got := matcher(t, s).IsText(); got != want {
			t.Errorf("%s: %v", s, got)
		}
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	m := matcher(t, `{"op":"and","kids":[{"op":">=","value":200},{"op":"<","value":300}]}`)
	var got []int
	for n := 100; n < 600; n += 50 {
		if m.Allows(n) {
			got = append(got, n)
		}
	}
	if !slices.Equal(got, []int{200, 250}) {
		t.Errorf("%v", got)
	}
	if matcher(t, `{"op":"==","text":"${size}"}`).Allows(10) {
		t.Error("a placeholder has no value")
	}
}

func TestMatcherTemplates(t *testing.T) {
	t.Parallel()
	m := matcher(t, `{"op":"object","fields":[{"name":"x","match":{"op":"==","text":"${a}"}}],"rest":{"op":"list","kids":[{"op":"=~","text":"${b}"}],"rest":{"op":"kind","text":"int"}}}`)
	var got []string
	m.Templates(func(x Template) { got = append(got, string(x)) })
	if strings.Join(got, " ") != "${a} ${b}" {
		t.Errorf("%v", got)
	}
}
