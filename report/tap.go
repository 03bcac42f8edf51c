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
	r = Cleaned(brief(r))
	clauses := map[string]result.Finding{}
	for _, f := range r.Findings {
		clauses[f.Requirement] = f
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "TAP version 14\n1..%d\n", len(r.Cases))
	for i, c := range r.Cases {
		word, skip := "ok", ""
		switch c.Outcome {
		case result.Pass, result.Warn:
		case result.Unsupported, result.Disabled, result.Blocked:
			skip = " # SKIP " + tapText(skipped(c))
		default:
			word = "not ok"
		}
		fmt.Fprintf(b, "%s %d - %s%s\n", word, i+1, tapText(c.ID+": "+c.Title), skip)
		if text, n, _ := problems(c, c.Outcome, clauses); n > 0 && c.Outcome != result.Pass && skip == "" {
			fmt.Fprintf(b, "  ---\n  outcome: %s\n  message: |\n", c.Outcome)
			for line := range strings.Lines(strings.Trim(text, "\n")) {
				fmt.Fprintf(b, "    %s\n", strings.TrimRight(line, "\n"))
			}
			fmt.Fprintf(b, "  ...\n")
		}
	}
	return b.Flush()
}

// tapText escapes what would begin a directive.
func tapText(s string) string { return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(s) }
