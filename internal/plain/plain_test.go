package plain

import "testing"

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"a  b\n\tc": "a b c", "a\x1b[3\u202eb": "a\uFFFD[3\uFFFDb", "grün": "grün",
		"1234567890123": "123456789012…", "12345678901ü": "12345678901…",
	} {
		if got := Line(in, 12); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Block(" a\r\n\tb\x00 ", 100); got != "a\n\tb\uFFFD" {
		t.Errorf("%q", got)
	}
}

func TestMarkdown(t *testing.T) {
	for in, want := range map[string]string{"": "", " ": "", "a": "`a`", "a`b": "``a`b``", "``": "``` `` ```", "a\nb": "`a b`"} {
		if got := Code(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	if got, want := Prose("a_b <i>@x [y](z)|"), "a\\_b &lt;i>@\u200bx \\[y\\](z)\\|"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
