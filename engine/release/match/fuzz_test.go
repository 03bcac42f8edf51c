package match

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// FuzzMatch matches arbitrary JSON with any valid matcher.
func FuzzMatch(f *testing.F) {
	for _, m := range []string{
		`{"op":"==","text":"${size}"}`,
		`{"op":"!=","value":null}`,
		`{"op":">=","value":1e5}`,
		`{"op":"=~","text":"^${repo}[a-z]+$"}`,
		`{"op":"or","kids":[{"op":"kind","text":"int|list"},{"op":"any"}]}`,
		`{"op":"object","fields":[{"name":"a","optional":true,"match":{"op":"<","text":"b"}}],"rest":{"op":"and","kids":[{"op":"any"}]}}`,
		`{"op":"list","kids":[{"op":"==","text":"${either}"}],"rest":{"op":"kind","text":"null"}}`,
	} {
		for _, v := range []string{`1e999999999`, `{"a":[1,null,"x"]}`, `["a"]`, `"0x1p999999"`, `true`} {
			f.Add(m, v)
		}
	}
	f.Fuzz(func(t *testing.T, m, v string) {
		var x Matcher
		if json.Unmarshal([]byte(m), &x) != nil || x.Check() != nil {
			return
		}
		value, err := decode([]byte(v))
		if err != nil {
			return
		}
		start := time.Now()
		for _, miss := range append(x.Match(testEnv, value), x.MatchText(testEnv, v)...) {
			if len(miss.Got) > shown+100 {
				t.Errorf("%d bytes of a value", len(miss.Got))
			}
		}
		_, _ = x.String(), x.IsText()
		x.Match(testEnv, []byte(v))
		x.Match(testEnv, Missing)
		x.Allows(200)
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%v", d)
		}
	})
}

// FuzzTemplate parses and expands arbitrary templates.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"${repo}", "$${repo}", "${", "a${size}b$${${", "$$${}", "}${x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		names := Template(s).Names()
		for _, n := range names {
			if strings.Contains(n, "}") {
				t.Errorf("name %q", n)
			}
		}
		got, err := Template(s).Expand(constant{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(s, "${") && got != s {
			t.Errorf("%q became %q", s, got)
		}
		if want := strings.Count(s, "${") - strings.Count(s, "$${"); len(names) > want && !strings.Contains(s, "$${") {
			t.Errorf("%d names in %q", len(names), s)
		}
	})
}

// constant resolves every placeholder to the same value.
type constant struct{}

func (constant) Lookup(string) (any, error) { return "x", nil }
