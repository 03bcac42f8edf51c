package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/ocispec/ocispec/result"
)

// maxAnnotations is the number of annotations of each kind that GitHub shows for a
// step.
const maxAnnotations = 10

// GitHub writes the findings as workflow commands, which GitHub Actions shows as
// annotations of the spec files, and one line that says how many it does not show.
func GitHub(w io.Writer, r *result.Run) error {
	r = Cleaned(brief(r))
	b := bufio.NewWriter(w)
	written := map[string]int{}
	for _, f := range r.Findings {
		kind := sarifLevel(f.Outcome)
		if written[kind]++; written[kind] > maxAnnotations {
			continue
		}
		place := ""
		if at := positions(r, f); len(at) > 0 {
			if file, line, column, ok := splitPos(at[0]); ok {
				place = fmt.Sprintf("file=%s,line=%d,col=%d,", property(file), line, column)
			}
		}
		text := cmp.Or(f.Message, f.Text) + "\n" + f.Clause.URL
		fmt.Fprintf(b, "::%s %stitle=%s::%s\n", kind, place, property(fmt.Sprintf("%s (%s)", f.Requirement, f.Level)), message(text))
	}
	for _, kind := range []string{"error", "warning"} {
		if more := written[kind] - maxAnnotations; more > 0 {
			fmt.Fprintf(b, "::notice title=ocispec::%d more of level %s: see the report\n", more, kind)
		}
	}
	fmt.Fprintf(b, "::notice title=ocispec %s::%s: %s\n", property(r.Spec), message(r.Registry), r.Outcome)
	return b.Flush()
}

// message escapes the message of a workflow command, property one of its
// properties.
func message(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
