package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/ocispec/ocispec/result"
)

// TAP writes a test point for each case, by version 14 of the Test Anything
// Protocol. Unsupported, disabled and blocked cases are skipped.
func TAP(w io.Writer, r *result.Run) error {
	all := r.Cases // with exchanges, whose errors can be the reason of an outcome
	r = Cleaned(brief(r))
	findings := map[string]result.Finding{}
	for _, f := range r.Findings {
		findings[f.Requirement] = f
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "TAP version 14\n1..%d\n", len(r.Cases))
	for i, c := range r.Cases {
		point := fmt.Sprintf("ok %d - %s", i+1, tapText(c.ID+": "+c.Title))
		switch c.Outcome {
		case result.Pass:
			fmt.Fprintln(b, point)
		case result.Unsupported, result.Disabled, result.Blocked:
			fmt.Fprintf(b, "%s # SKIP %s\n", point, tapText(skipped(c)))
		case result.Warn:
			fmt.Fprintln(b, point)
			diagnose(b, c, all[i], findings)
		default:
			fmt.Fprintln(b, "not "+point)
			diagnose(b, c, all[i], findings)
		}
	}
	return b.Flush()
}

// diagnose writes the outcome of a case and its problems as the YAML block of its
// test point. all is the case with its exchanges.
func diagnose(w io.Writer, c, all result.Case, findings map[string]result.Finding) {
	text, n, _ := problems(c, c.Outcome, findings)
	if n == 0 {
		_, msg := reason(all)
		text = cleanBlock(msg, maxBlock)
	}
	fmt.Fprintf(w, "  ---\n  outcome: %s\n  message: |\n", c.Outcome)
	for line := range strings.Lines(strings.Trim(text, "\n")) {
		fmt.Fprintln(w, strings.TrimRight("    "+line, " \n"))
	}
	fmt.Fprintln(w, "  ...")
}

// tapText escapes what would begin a directive.
func tapText(s string) string { return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(s) }
