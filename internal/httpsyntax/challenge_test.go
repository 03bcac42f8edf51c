package httpsyntax

import (
	"fmt"
	"testing"
)

func TestParseChallenges(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		want  string
	}{
		{nil, "[]"},
		{[]string{`Basic realm="a, b"`}, "[{basic [{realm a, b}]}]"},
		{[]string{`Bearer realm="https://x/t",service="",scope="repository:a:pull,push"`}, "[{bearer [{realm https://x/t} {service } {scope repository:a:pull,push}]}]"},
		{[]string{`Newauth realm="a\"b", type = 1, Basic realm=c`, "Bearer"}, `[{newauth [{realm a"b} {type 1}]} {basic [{realm c}]} {bearer []}]`},
		{[]string{`Negotiate abc==`, `, ,Basic`}, "[{negotiate [{abc }]} {basic []}]"},
		{[]string{`Basic realm="open`, `=`, `"x"`}, "[{basic []}]"},
	} {
		if got := fmt.Sprint(ParseChallenges(tt.lines)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.lines, got, tt.want)
		}
	}
}

func FuzzParseChallenges(f *testing.F) {
	for _, s := range []string{`Basic realm="a"`, `Bearer a=b, c="d\"", Basic`, `x y==,z`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range ParseChallenges([]string{s}) {
			if !IsToken(c.Scheme) {
				t.Errorf("scheme %q", c.Scheme)
			}
			for _, p := range c.Params {
				if !IsToken(p.Name) {
					t.Errorf("parameter %q", p.Name)
				}
			}
		}
	})
}
