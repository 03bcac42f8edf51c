package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/ocispec/ocispec/result"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares output with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", name, d)
	}
}

func render(t *testing.T, f func(io.Writer, *result.Run) error, r *result.Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) { golden(t, f.File, render(t, f.Render, sample())) })
	}
}

func TestTextGolden(t *testing.T) {
	for name, opts := range map[string]TextOptions{
		"width.txt": {Width: 80}, "color.txt": {Color: true}, "verbose.txt": {Detail: Cases, Width: 100},
		"quiet.txt": {Detail: Quiet}, "exchanges.txt": {Detail: Exchanges}, "narrow.txt": {Width: 30},
	} {
		got := render(t, func(w io.Writer, r *result.Run) error { return Text(w, r, opts) }, sample())
		golden(t, name, got)
	}
}

// TestSmallRuns renders a run without failures and an empty run.
func TestSmallRuns(t *testing.T) {
	passed := sample()
	passed.Outcome, passed.Findings, passed.Cases = result.Pass, nil, passed.Cases[:1]
	passed.Requirements = map[string]result.Requirement{"base.ping": {Level: "MUST", Outcome: result.Pass, Checks: 1}}
	golden(t, "passed.txt", render(t, plain, passed))
	golden(t, "empty.txt", render(t, plain, &result.Run{}))
	for _, f := range Formats {
		render(t, f.Render, &result.Run{})
	}
}

// TestHarmless checks that no report contains characters that a terminal or
// viewer interprets, or the password.
func TestHarmless(t *testing.T) {
	for _, f := range Formats {
		out := render(t, f.Render, sample())
		for i, c := range out {
			if c != '\n' && c != '\t' && c != '\u200b' && !unicode.IsPrint(c) {
				t.Errorf("%s: %q in %q", f.Name, c, out[max(0, i-20):i+5])
				break
			}
		}
		if strings.Contains(out, "secret") {
			t.Errorf("%s has the password", f.Name)
		}
		if f.Name != "json" && f.Name != "har" && strings.Contains(out, strings.Repeat("A", 2000)) {
			t.Errorf("%s has a header at full length", f.Name)
		}
	}
}

// TestTextMargin checks that a registry cannot start a line at the margin,
// where the verdict is.
func TestTextMargin(t *testing.T) {
	for d := Quiet; d <= Exchanges; d++ {
		text := render(t, func(w io.Writer, r *result.Run) error { return Text(w, r, TextOptions{Detail: d}) }, sample())
		for l := range strings.Lines(text) {
			if strings.HasPrefix(l, "PASSED") {
				t.Errorf("detail %d: line at the margin: %q", d, l)
			}
		}
	}
}

// TestPure checks that rendering does not modify the run.
func TestPure(t *testing.T) {
	r := sample()
	for _, f := range Formats {
		render(t, f.Render, r)
	}
	if d := cmp.Diff(sample(), r); d != "" {
		t.Error(d)
	}
}

func TestHTMLEscapes(t *testing.T) {
	out := render(t, HTML, sample())
	for _, bad := range []string{"<script>alert", "javascript:alert(1)\"", "href=\"javascript", "src="} {
		if strings.Contains(out, bad) {
			t.Errorf("HTML has %q", bad)
		}
	}
	if !strings.Contains(out, "&lt;script&gt;") {
		t.Error("the hostile text is not shown")
	}
}

func TestMarkdownEscapes(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"prose", prose("a|b `c` <d> *e* #1 @me\nf https://x"), "a\\|b \\`c\\` &lt;d&gt; \\*e\\* \\#1 @\u200bme f https:\u200b//x"},
		{"code", code("a``b"), "```a``b```"},
		{"code at the edge", code("`a"), "`` `a ``"},
		{"cell", cell(code("a|b")), "`a\\|b`"},
		{"no link", clauseLink(result.Clause{Section: "S", URL: "javascript:x"}), "S `javascript:x`"},
		{"link", clauseLink(result.Clause{Section: "S", URL: "https://x/y#z"}), "[S](https://x/y#z)"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestYAMLRejectsUnknownWords(t *testing.T) {
	r := sample()
	r.Rows["data"]["Image"] = "passed"
	if err := YAML(io.Discard, r); err == nil || !strings.Contains(err.Error(), "Image") {
		t.Errorf("error is %v", err)
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	for range 2 { // the second call replaces the files of the first
		if err := Write(dir, sample(), sample()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"junit.xml", "report.html", "results.json", "results.yaml"}
	if d := cmp.Diff(want, names(t, dir)); d != "" {
		t.Error(d)
	}

	// If a format fails, the existing files remain, and no temporary files.
	before, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	bad := sample()
	bad.Seed, bad.Rows["data"]["Image"] = "other", "?"
	if err := Write(dir, bad, bad); err == nil || !strings.Contains(err.Error(), "results.yaml") {
		t.Errorf("error is %v", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("results.json has changed (%v)", err)
	}
	if d := cmp.Diff(want, names(t, dir)); d != "" {
		t.Error(d)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var n []string
	for _, e := range entries {
		n = append(n, e.Name())
	}
	return n
}
