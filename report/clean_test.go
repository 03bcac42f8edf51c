package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	tests := []struct {
		in   string
		max  int
		want string
	}{
		{"plain", 0, "plain"},
		{"ümläut 日本 🙂", 0, "ümläut 日本 🙂"},
		{"\x1b[31m", 0, `\x1b[31m`},
		{"a\r\nb\tc", 0, `a\r\nb\tc`},
		{"\x00\x7f\u009b", 0, `\x00\x7f\u009b`},
		{"\u202e\u2066\u200b\ufeff\u00a0", 0, `\u202e\u2066\u200b\ufeff\u00a0`},
		{"\U000e0041", 0, `\U000e0041`},
		{"\xff\ufffd", 0, "\\xff\ufffd"},
		{"abcdef", 3, "abc… (6 bytes)"},
		{"ab\x1b", 3, "ab… (3 bytes)"}, // an escape is not split
		{"abc", 3, "abc"},
	}
	for _, tt := range tests {
		if got := clean(tt.in, tt.max); got != tt.want {
			t.Errorf("clean(%q, %d) = %q, want %q", tt.in, tt.max, got, tt.want)
		}
	}
	if got := cleanBlock("a\n\tb\r\x1b", 0); got != "a\n\tb"+`\r\x1b` {
		t.Errorf("cleanBlock: %q", got)
	}
	const commands = "::add-path::/x\n \t::error::x\na::b\n##[group]x\n# a ::b"
	if got, want := cleanBlock(commands, 0), "\\x3a:add-path::/x\n \t\\x3a:error::x\na::b\n\\x23#[group]x\n# a ::b"; got != want {
		t.Errorf("cleanBlock: %q, want %q", got, want)
	}
}

func TestWithoutUserinfo(t *testing.T) {
	for in, want := range map[string]string{
		"http://h:5000":             "http://h:5000",
		"https://u:p@h/x":           "https://h/x",
		"https://u:p@h:bad port/x":  "https://h:bad port/x",
		"u:p%zz@h:5000":             "h:5000",
		"https://h/v2/a@sha256:abc": "https://h/v2/a@sha256:abc",
		"":                          "",
	} {
		if got := withoutUserinfo(in); got != want {
			t.Errorf("withoutUserinfo(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add(hostile, 10)
	f.Add("plain", 0)
	f.Add("\xed\xa0\x80\U0010ffff\u2028", 100)
	f.Fuzz(func(t *testing.T, s string, max int) {
		got := clean(s, max)
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Fatalf("clean(%q, %d) = %q has %q", s, max, got, r)
			}
		}
		if !utf8.ValidString(got) {
			t.Fatalf("clean(%q, %d) = %q is not UTF-8", s, max, got)
		}
		if max > 0 {
			head, _, _ := strings.Cut(got, "… (")
			if utf8.RuneCountInString(head) > max {
				t.Fatalf("clean(%q, %d) = %q is too long", s, max, got)
			}
			return
		}
		if again := clean(got, 0); again != got {
			t.Fatalf("cleaning %q again returns %q", got, again)
		}
		if one := clean(cleanBlock(s, 0), 0); one != got {
			t.Fatalf("by lines %q, at once %q", one, got)
		}
	})
}

// TestWithoutDisabled counts what is left of the sample.
func TestWithoutDisabled(t *testing.T) {
	r := sample()
	cases, rows := len(r.Cases), len(r.Rows["apis"])
	r.Rows["apis"]["Off"] = "Disabled"
	out := WithoutDisabled(r)
	if len(out.Cases) != cases-1 || out.Rows["apis"]["Off"] != "" || len(out.Rows["apis"]) != rows {
		t.Errorf("%d cases, rows %v", len(out.Cases), out.Rows["apis"])
	}
	if r.Rows["apis"]["Off"] != "Disabled" || len(r.Cases) != cases {
		t.Error("the results have changed")
	}
}
