package httpsyntax

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestParseLinks(t *testing.T) {
	type P = []Param
	for _, test := range []struct {
		in   []string
		want []Link
	}{
		{nil, nil},
		{[]string{"", " , ,"}, nil},
		{[]string{`</a?n=1&last=b>; rel="next"`}, []Link{{"/a?n=1&last=b", P{{"rel", "next"}}}}},
		{[]string{`<a>;rel=next`, "<b>"}, []Link{{"a", P{{"rel", "next"}}}, {"b", nil}}},
		{[]string{`<a,b;c>; REL = "Next  prev" ;title="a,b;\"<c>\\" , <d> ; x`}, []Link{
			{"a,b;c", P{{"rel", "Next  prev"}, {"title", `a,b;"<c>\`}}}, {"d", P{{"x", ""}}}}},
		{[]string{`<>; ; rel="";`}, []Link{{"", P{{"rel", ""}}}}},
		{[]string{`<a>; title*=UTF-8''%e4; rel=x; rel=y`}, []Link{{"a", P{{"title*", "UTF-8''%e4"}, {"rel", "x"}, {"rel", "y"}}}}},
	} {
		got, err := ParseLinks(test.in)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: got %q, %v, want %q", test.in, got, err, test.want)
		}
	}
	for in, message := range map[string]string{
		"/a": "does not start with <", "<a": "without a closing >", "<a> rel=x": "expected ; or ,", "<a>; =x": "name is missing", "<a>; rel=": "expected a token",
		`<a>; rel="x`: "not terminated", `<a>; rel="x\`: "a character is missing", "<a>; rel=\"\x01\"": "control character",
		"<a b>": "not allowed in a URI", "<a<b>": "not allowed in a URI", "<a>; rel=a/b": "expected ; or ,", `<a>; rel="x"y`: "expected ; or ,",
		"<a>" + strings.Repeat(";a", 33): "32 parameters", strings.Repeat("<a>,", 257): "256 links", strings.Repeat(",", 70000): "65536 bytes",
	} {
		if got, err := ParseLinks([]string{in}); err == nil || !strings.Contains(err.Error(), message) || got != nil {
			t.Errorf("%.40q: got %q, %v, want %q", in, got, err, message)
		}
	}
}

func TestRels(t *testing.T) {
	l := Link{Params: []Param{{"title", "x"}, {"rel", "Next  HTTP://X/y\tprev"}, {"rel", "last"}}}
	for rel, want := range map[string]bool{"next": true, "NEXT": true, "prev": true, "http://x/Y": true, "last": false, "nex": false, "": false} {
		equal(t, rel, l.Has(rel), want)
	}
}

func FuzzParseLinks(f *testing.F) {
	for _, s := range []string{
		`</a?n=1>; rel="next"`, `<a>;rel=next, <b>; rel="prev \"x\\"`, `<a,b>; title*=UTF-8''%e4;;, ,`, "<", `<>;a="`, "<a>;\tb = c",
	} {
		f.Add(s, "")
		f.Add("<x>", s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		links, err := ParseLinks([]string{a, b})
		if err != nil {
			if links != nil {
				t.Error("got both links and an error")
			}
			return
		}
		var again []string
		for _, l := range links {
			l.Rels()
			again = append(again, format(l))
		}
		if size := len(strings.Join(again, "")); size > maxLinkBytes {
			return
		}
		for _, values := range [][]string{again, {strings.Join(again, ", ")}} {
			if len(values) > 0 && len(values[0]) > maxLinkBytes {
				continue
			}
			got, err := ParseLinks(values)
			// format writes an empty value for a parameter without a value.
			if err != nil || !reflect.DeepEqual(got, links) {
				t.Errorf("%q became %q, %v", links, got, err)
			}
		}
	})
}

// format returns the link as a value of a Link header.
func format(l Link) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<%s>", l.Target)
	for _, p := range l.Params {
		b.WriteString("; " + p.Name + `="`)
		for i := range len(p.Value) {
			if c := p.Value[i]; c == '"' || c == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(p.Value[i])
		}
		b.WriteByte('"')
	}
	return b.String()
}
