package datagen

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/release/match"
)

func TestExpandJSON(t *testing.T) {
	env := vars{
		"s": "a\"b\\\n<é\u2028\x01", "n": int64(-5), "b": []byte("raw"), "of": match.OneOf(slices.Values([]string{"x", "y"})), "none": match.OneOf(slices.Values([]string{})),
		"bad": []byte{0xff}, "other": 1.5,
	}
	for _, x := range []struct{ in, want, err string }{
		{in: `"${n}"`, want: `-5`},
		{in: `"${n}${n}"`, want: `"-5-5"`},
		{in: `[ "${b}" , "${of}", "${none}", "=${of}" ]`, want: `["raw","x","","=x"]`},
		{in: `"${s}"`, want: `"a\"b\\\n<é` + "\u2028" + `\u0001"`},
		{in: `"\b\f\t\r\/\u001f"`, want: `"\b\f\t\r/\u001f"`},
		{in: `{"${n}": "$${n}", "a\"": {"b": -0, "c": 12345678901234567890.10}}`, want: `{"${n}":"${n}","a\"":{"b":-0,"c":12345678901234567890.10}}`},
		{in: `{"a":1,"a":"${n}"}`, want: `{"a":1,"a":-5}`},
		{in: `"\u0024{n}"`, want: `-5`},
		{in: `"\\"`, want: `"\\"`},
		{in: `"${n"`, want: `"${n"`},
		{in: ` null `, want: `null`},
		{in: ``, err: "unexpected end"},
		{in: `{} {}`, err: "invalid character"},
		{in: `"${unknown}"`, err: "unknown placeholder ${unknown}"},
		{in: `"${bad}"`, err: "not UTF-8"},
		{in: `"a${bad}"`, err: "not UTF-8"},
		{in: `"${other}"`, err: "type float64"},
	} {
		got, err := ExpandJSON([]byte(x.in), env)
		if x.err != "" {
			if err == nil || !strings.Contains(err.Error(), x.err) {
				t.Errorf("%s: got %s, %v; want an error with %q", x.in, got, err, x.err)
			}
		} else if err != nil || string(got) != x.want {
			t.Errorf("%s: got %s, %v; want %s", x.in, got, err, x.want)
		}
	}
}

// echo resolves every placeholder to its name.
type echo struct{}

func (echo) Lookup(name string) (any, error) { return name, nil }

func FuzzExpandJSON(f *testing.F) {
	for _, s := range []string{`{"a":["${b}",1.0,null,true,{"${c}":"$${d}\u00e9\ud800"}]}`, `"\\\"${"`, ` [ ] `, `{"":""}`, `1e400`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := ExpandJSON(src, echo{})
		if (err == nil) != json.Valid(src) {
			t.Fatalf("%q: valid is %v, but the error %v", src, json.Valid(src), err)
		}
		if err != nil {
			return
		}
		if got, want := decode(t, out), expand(decode(t, src)); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q became %q, want %v", src, out, want)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, out); err != nil || compact.String() != string(out) {
			t.Fatalf("%q became %q, which is not compact", src, out)
		}
	})
}

func decode(t *testing.T, b []byte) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	return v
}

// expand is ExpandJSON for decoded JSON.
func expand(v any) any {
	switch v := v.(type) {
	case string:
		s, err := match.Template(v).Expand(echo{})
		if err != nil {
			panic(err)
		}
		return s
	case []any:
		for i := range v {
			v[i] = expand(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = expand(v[k])
		}
	}
	return v
}
