package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/result"
)

// summary is the content of the summary of a run.
type summary struct {
	Verdict string // in upper case
	Why     string // counts of findings and errors; may be empty
	Lines   []line
}

// notVerified is how reports mark a run with result.Run.Insecure.
const notVerified = "certificates were not verified"

// line is a label with a text.
type line struct{ Label, Text string }

// order is the order of outcomes in counts, such as "180 pass, 3 fail".
var order = []result.Outcome{
	result.Pass, result.Warn, result.Fail, result.Error, result.Inconclusive,
	result.Blocked, result.Unsupported, result.Disabled,
}

// words are the row results other than Pass, worst first.
var words = []string{"FAIL", "Error", "Skip", "Disabled"}

// summarize returns the summary of a cleaned run.
func summarize(r *result.Run) summary {
	s := summary{Lines: []line{
		{"Requirements", requirementsLine(r)},
		{"Cases", casesLine(r)},
	}}
	s.Verdict, s.Why = verdict(r)
	add := func(label, text string) {
		if text != "" {
			s.Lines = append(s.Lines, line{label, text})
		}
	}
	if r.Insecure {
		add("TLS", notVerified)
	}
	add("Categories", categoriesLine(r))
	for _, k := range rowKinds(r) {
		add(k.Title, rowsLine(r, k.ID))
	}
	add("Violated", list(failed(r)))
	add("Unsupported", unsupportedLine(r))
	add("Blocked", blockedLine(r))
	add("Beside others", besideLine(r))
	add("Requests", fmt.Sprintf("%d sent in %s", r.Requests, seconds(r.Ended.Sub(r.Started).Seconds())))
	add("Seed", r.Seed)
	return s
}

func verdict(r *result.Run) (word, why string) {
	var parts []string
	if n, levels := unmet(r, result.Fail); n > 0 {
		parts = append(parts, fmt.Sprintf("%s (%s)", plural(n, "finding"), levels))
	}
	if n, levels := unmet(r, result.Warn); n > 0 {
		parts = append(parts, fmt.Sprintf("%s (%s)", plural(n, "warning"), levels))
	}
	cases := countCases(r)
	if n := cases[result.Error]; n > 0 {
		parts = append(parts, plural(n, "case")+" with an error in ocispec or its spec files")
	}
	if n := cases[result.Inconclusive]; n > 0 {
		parts = append(parts, plural(n, "case")+" without a result (network, rate limits)")
	}
	if r.Message != "" && r.Outcome == result.Inconclusive {
		parts = append(parts, strings.TrimSuffix(r.Message, "."))
	}
	switch r.Outcome {
	case result.Pass, result.Warn:
		word = "PASSED"
	case result.Fail:
		word = "FAILED"
	case result.Unsupported:
		word = "UNSUPPORTED"
	case result.Disabled:
		word = "DISABLED"
	case "":
		word = "NOTHING RUN"
	default:
		word = strings.ToUpper(string(r.Outcome))
	}
	return word, strings.Join(parts, ", ")
}

// unmet returns the number of findings with an outcome, and their requirement
// levels.
func unmet(r *result.Run, o result.Outcome) (int, string) {
	n, by := 0, map[string]int{}
	for _, f := range r.Findings {
		if f.Outcome == o {
			n++
			by[strings.TrimSuffix(f.Level, " NOT")]++
		}
	}
	if len(by) == 1 {
		return n, slices.Collect(maps.Keys(by))[0]
	}
	var parts []string
	for _, l := range slices.Sorted(maps.Keys(by)) { // MAY, MUST, SHOULD
		parts = append(parts, fmt.Sprintf("%d %s", by[l], l))
	}
	return n, strings.Join(parts, ", ")
}

// requirementsLine counts requirements with a verdict, requirements of which
// only some checks were made, and requirements that were not checked.
func requirementsLine(r *result.Run) string {
	full, part, none := map[result.Outcome]int{}, map[result.Outcome]int{}, map[result.Outcome]int{}
	n := 0
	for _, q := range r.Requirements {
		switch {
		case q.Outcome == result.Pass || q.Outcome == result.Warn || q.Outcome == result.Fail:
			full[q.Outcome]++
			n++
		case q.Checks > 0:
			part[q.Outcome]++
		default:
			none[q.Outcome]++
		}
	}
	s := fmt.Sprintf("%d of %d checked", n, len(r.Requirements))
	if n > 0 {
		s += ": " + tally(full)
	}
	if len(part) > 0 {
		s += "; in part: " + tally(part)
	}
	if len(none) > 0 {
		s += "; not checked: " + tally(none)
	}
	return s
}

func casesLine(r *result.Run) string {
	s := strconv.Itoa(len(r.Cases))
	if len(r.Cases) > 0 {
		s += ": " + tally(countCases(r))
	}
	switch {
	case r.Shard != "":
		s += "; shard " + r.Shard + ", others were not selected"
	case r.Partial:
		s += "; others were not selected"
	}
	return s
}

func countCases(r *result.Run) map[result.Outcome]int {
	n := map[result.Outcome]int{}
	for _, c := range r.Cases {
		n[c.Outcome]++
	}
	return n
}

// tally formats counts by outcome, such as "3 pass, 1 fail".
func tally(n map[result.Outcome]int) string {
	var parts []string
	left := maps.Clone(n)
	for _, o := range order {
		if n[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[o], o))
		}
		delete(left, o)
	}
	for _, o := range slices.Sorted(maps.Keys(left)) {
		w := string(o)
		if w == "" {
			w = "no verdict"
		}
		parts = append(parts, fmt.Sprintf("%d %s", left[o], w))
	}
	return strings.Join(parts, ", ")
}

// supports maps values of result.Category.Support to text.
var supports = map[string]string{
	"positive": "works",
	"negative": "only error responses, as required",
	"none":     "no request succeeded",
}

func support(c result.Category) string {
	if s, ok := supports[c.Support]; ok {
		return s
	}
	return c.Support
}

func categoriesLine(r *result.Run) string {
	var parts []string
	for _, g := range categoryNames(r) {
		c := r.Categories[g]
		if c.Outcome == "" && len(r.Cases) > 0 {
			continue // no case of the run is about it
		}
		if c.Support == "none" && (c.Outcome == "" || c.Outcome == result.Blocked || c.Outcome == result.Disabled) {
			parts = append(parts, g+": not tested")
			continue
		}
		parts = append(parts, fmt.Sprintf("%s: %s (%s)", g, cmp.Or(c.Outcome, "not checked"), support(c)))
	}
	return strings.Join(parts, " · ")
}

// rowsLine lists the rows of a kind that the run tested, by result.
func rowsLine(r *result.Run, kind string) string {
	titles := tested(r, kind)
	if len(titles) == 0 {
		return ""
	}
	by := map[string][]string{}
	for _, t := range titles {
		by[r.Rows[kind][t]] = append(by[r.Rows[kind][t]], t)
	}
	s := fmt.Sprintf("%d of %d Pass", len(by["Pass"]), len(titles))
	for _, w := range words {
		if len(by[w]) > 0 {
			s += fmt.Sprintf(" · %s: %s", w, strings.Join(by[w], ", "))
		}
	}
	return s
}
