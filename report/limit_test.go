package report

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/result"
)

// many returns a run with n findings, the first of which is a warning.
func many(n int) *result.Run {
	r := sample()
	f := r.Findings[1]
	r.Findings = r.Findings[:1]
	for i := range n - 1 {
		f.Requirement = fmt.Sprintf("many.%03d", i)
		r.Findings = append(r.Findings, f)
	}
	return r
}

// TestMaxFindings checks that failures are printed first, and that the reports
// count those that they leave out.
func TestMaxFindings(t *testing.T) {
	text := render(t, func(w io.Writer, r *result.Run) error { return Text(w, r, TextOptions{MaxFindings: 2}) }, many(5))
	mark := render(t, func(w io.Writer, r *result.Run) error { return Markdown(w, r, MarkdownOptions{MaxFindings: 2}) }, many(5))
	for name, out := range map[string]string{"text": text, "markdown": mark} {
		if n := strings.Count(out, "curl -X PUT"); n != 2 {
			t.Errorf("%s has %d findings", name, n)
		}
		for _, want := range []string{"many.000", "many.001", "3 more findings are left out; results.json has all", "4 findings (MUST), 1 warning (SHOULD)"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
	}
	// Headings count the findings that are left out, too.
	if !strings.Contains(text, "── General: 4 fail\n") || strings.Contains(text, "── Pull") {
		t.Errorf("other headings:\n%s", text)
	}
	if out := render(t, issue, many(5)); strings.Contains(out, "left out") || strings.Count(out, "\n### ") != 5 {
		t.Errorf("findings are left out:\n%s", out)
	}
}

// TestMarkdownFits checks that Markdown can be pasted into an issue, however much
// there is to report.
func TestMarkdownFits(t *testing.T) {
	r := many(500)
	for i := range 500 {
		r.Cases = append(r.Cases, result.Case{ID: fmt.Sprint(i), Outcome: result.Inconclusive, Message: fmt.Sprint(i, strings.Repeat("x", 5000))})
	}
	out := render(t, issue, r)
	if len(out) > IssueBytes || len(out) < IssueBytes/2 {
		t.Errorf("%d bytes", len(out))
	}
	printed := strings.Count(out, "\n### ")
	if want := fmt.Sprintf("%d more findings are left out", 500-printed); printed == 0 || !strings.Contains(out, want) {
		t.Errorf("%d findings; no %q", printed, want)
	}
	if !strings.Contains(out, "more messages are left out") {
		t.Error("no messages are left out")
	}
}
