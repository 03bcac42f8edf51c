package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/result"
)

// maxListed is the maximum number of names in a line of the summary.
const maxListed = 12

// failed lists the violated requirements, in the order of findings.
func failed(r *result.Run) []string {
	var ids []string
	for _, f := range r.Findings {
		if f.Outcome == result.Fail && !slices.Contains(ids, f.Requirement) {
			ids = append(ids, f.Requirement)
		}
	}
	return ids
}

// unsupportedLine lists the cases that ended because the registry does not
// support an optional feature.
func unsupportedLine(r *result.Run) string {
	var first []string
	n := 0
	for _, c := range r.Cases {
		if c.Outcome != result.Unsupported {
			continue
		}
		n++
		if c.BlockedBy == nil || c.BlockedBy.Case == c.ID {
			first = append(first, c.ID)
		}
	}
	if n == 0 {
		return ""
	}
	s := plural(n, "case") + " of optional features"
	if len(first) > 0 {
		s += ": " + list(first)
	}
	if d := n - len(first); d > 0 {
		s += fmt.Sprintf("; %s on them", count(d, "other case depends", "other cases depend"))
	}
	return s
}

// blockedLine lists the steps that block cases, with the number of cases.
func blockedLine(r *result.Run) string {
	n, by := 0, map[string]int{}
	for _, c := range r.Cases {
		if c.Outcome != result.Blocked {
			continue
		}
		n++
		if c.BlockedBy != nil {
			by[c.BlockedBy.String()]++
		}
	}
	if n == 0 {
		return ""
	}
	var names []string
	for p := range by {
		names = append(names, p)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(by[b]-by[a], strings.Compare(a, b)) })
	for i, p := range names {
		names[i] = fmt.Sprintf("%s (%d)", p, by[p])
	}
	s := plural(n, "case")
	if len(names) > 0 {
		s += " by " + list(names)
	}
	return s
}

// besideLine names the cases with checks that failed beside other requests, but not when the
// case was run again alone, which counts.
func besideLine(r *result.Run) string {
	var names []string
	for _, c := range r.Cases {
		if len(c.Beside) > 0 {
			names = append(names, fmt.Sprintf("%s (%s)", c.ID, c.Beside[0].Requirement))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%s failed, but not when run again alone: %s", plural(len(names), "case"), list(names))
}

// trouble is an error or inconclusive outcome, of one or more cases with the
// same message. Case is the first of them.
type trouble struct {
	Outcome    result.Outcome
	Case, Step string
	Message    string
	Cases      int
}

// troubles lists the errors and inconclusive outcomes of a run.
func troubles(r *result.Run) []trouble {
	var all []trouble
	at := map[[2]string]int{}
	for _, c := range r.Cases {
		if c.Outcome != result.Error && c.Outcome != result.Inconclusive {
			continue
		}
		step, msg := reason(c)
		k := [2]string{string(c.Outcome), msg}
		if i, ok := at[k]; ok {
			all[i].Cases++
			continue
		}
		at[k] = len(all)
		all = append(all, trouble{c.Outcome, c.ID, step, msg, 1})
	}
	slices.SortStableFunc(all, func(a, b trouble) int { return strings.Compare(string(a.Outcome), string(b.Outcome)) })
	return all
}

// reason returns the step and the message that explain the outcome of a case.
func reason(c result.Case) (step, msg string) {
	for _, s := range c.Steps {
		for _, k := range s.Checks {
			if k.Outcome == c.Outcome && k.Message != "" {
				return s.ID, k.Message
			}
		}
	}
	if c.Message != "" {
		return "", c.Message
	}
	for _, s := range c.Steps {
		if s.Message != "" {
			return s.ID, s.Message
		}
		for _, x := range s.Exchanges {
			if x.Error != "" {
				return s.ID, x.Error
			}
		}
	}
	return "", "no message"
}

// sortedFindings returns the findings, failures first.
func sortedFindings(r *result.Run) []result.Finding {
	f := slices.Clone(r.Findings)
	slices.SortStableFunc(f, func(a, b result.Finding) int {
		return cmp.Compare(severity(a.Outcome), severity(b.Outcome))
	})
	return f
}

func severity(o result.Outcome) int {
	if o == result.Warn {
		return 1
	}
	return 0
}

// occurrences formats how often a finding occurred, and how many checks it
// blocks.
func occurrences(f result.Finding) string {
	s := fmt.Sprintf("%s in %s", plural(f.Count, "occurrence"), plural(len(f.Cases), "case"))
	if f.Blocks > 0 {
		s += "; blocks " + count(f.Blocks, "other check", "other checks")
	}
	return s
}

// expectation splits a message into lines with the expected and the actual
// value.
func expectation(msg string) []string {
	var out []string
	for l := range strings.Lines(msg) {
		l = strings.TrimRight(l, "\n")
		for _, sep := range []string{", got ", "; got "} {
			if a, b, ok := strings.Cut(l, sep); ok && strings.Contains(a, "expected") {
				out = append(out, a)
				l = "got " + b
				break
			}
		}
		out = append(out, l)
	}
	return out
}

// list joins names, and replaces those beyond maxListed by their number.
func list(names []string) string {
	if len(names) > maxListed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), len(names)-maxListed)
	}
	return strings.Join(names, ", ")
}

func plural(n int, noun string) string { return count(n, noun, noun+"s") }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func seconds(s float64) string { return fmt.Sprintf("%.1f s", s) }
