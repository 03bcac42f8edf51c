package selftest

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ocispec/ocispec/result"
)

// Report is the result of a self-test.
type Report struct {
	Spec     string           `json:"spec"`
	OK       bool             `json:"ok"`
	Counts   Counts           `json:"counts"`
	Elapsed  time.Duration    `json:"elapsed"` // nanoseconds
	Faults   []*FaultResult   `json:"faults"`
	Variants []*VariantResult `json:"variants"`
	// NeverRed lists the requirements that have checks, none of which any fault
	// has made fail. NeverRedChecks lists the checks that no fault has made fail.
	NeverRed       []string  `json:"neverRed,omitempty"`
	NeverRedChecks []CheckAt `json:"neverRedChecks,omitempty"`
}

// Counts holds the totals of a report.
type Counts struct {
	Faults       int `json:"faults"`
	FaultsFailed int `json:"faultsFailed"`
	// Surplus is the number of faults with findings that they do not declare.
	Surplus        int `json:"surplus"`
	Variants       int `json:"variants"`
	VariantsFailed int `json:"variantsFailed"`
	Requests       int `json:"requests"`
	// Checks is the number of expectations in the spec files, RedChecks the number
	// of those that at least one fault has made fail.
	Checks    int `json:"checks"`
	RedChecks int `json:"redChecks"`
	// Findings maps a number of findings to the number of faults with that many
	// findings.
	Findings map[int]int `json:"findings"`
}

// FaultResult holds the findings of a fault and the problems with them.
type FaultResult struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Breaks   []string  `json:"breaks"`
	Findings []Finding `json:"findings"`
	Cases    int       `json:"cases"` // number of cases run
	Requests int       `json:"requests"`
	Problems []string  `json:"problems,omitempty"`
	// Surplus describes the findings beyond those that the fault declares: one
	// cause that is reported several times. They are problems too, unless every
	// case was run for every fault.
	Surplus []string `json:"surplus,omitempty"`
}

// VariantResult holds the warnings of a variant and the problems with its
// verdict. The model registry without a variant has no id.
type VariantResult struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Warns    []Finding `json:"warns,omitempty"`
	Requests int       `json:"requests"`
	Problems []string  `json:"problems,omitempty"`
}

// Finding is one distinct violation of a requirement.
type Finding struct {
	Requirement string         `json:"requirement"`
	Outcome     result.Outcome `json:"outcome"`
	Way         string         `json:"way"`
	Count       int            `json:"count"`  // failed checks
	Checks      int            `json:"checks"` // expectations in the spec files that failed
	Message     string         `json:"message"`
	Place       string         `json:"place"` // first case and step
}

// CheckAt is the position of an expectation in the spec files.
type CheckAt struct {
	Pos         string `json:"pos"`
	Requirement string `json:"requirement"`
}

// minExact is the part of the faults, from 0 to 1, that must have exactly the findings
// that they declare when every case is run for every fault.
const minExact = 0.97

func (r *Report) count(opts Options) {
	c := &r.Counts
	c.Findings = map[int]int{}
	c.Faults, c.Variants = len(r.Faults), len(r.Variants)
	for _, f := range r.Faults {
		c.Requests += f.Requests
		c.Findings[len(f.Findings)]++
		if len(f.Problems) > 0 {
			c.FaultsFailed++
		}
		if len(f.Surplus) > 0 {
			c.Surplus++
		}
	}
	for _, v := range r.Variants {
		c.Requests += v.Requests
		if len(v.Problems) > 0 {
			c.VariantsFailed++
		}
	}
	r.OK = c.FaultsFailed+c.VariantsFailed+len(r.NeverRed)+len(r.NeverRedChecks) == 0
	if opts.AllCases && len(opts.Run) == 0 && float64(c.Faults-c.Surplus) < minExact*float64(c.Faults) {
		r.OK = false
	}
}

// Text writes the matrix of faults and findings, and the problems.
func (r *Report) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range r.Variants {
		name := v.ID
		if name == "" {
			name = "(the model registry)"
		}
		row(t, "variant "+name, summary(v.Warns), v.Problems)
	}
	for _, f := range r.Faults {
		row(t, "fault "+f.ID, summary(f.Findings), f.Problems)
		if len(f.Problems) == 0 {
			notes(t, f.Surplus)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, id := range r.NeverRed {
		fmt.Fprintf(w, "no fault fails requirement %s\n", id)
	}
	for _, k := range r.NeverRedChecks {
		fmt.Fprintf(w, "no fault fails the check of %s at %s\n", k.Requirement, k.Pos)
	}
	return r.Summary(w)
}

// Summary writes one line with the totals and the elapsed time.
func (r *Report) Summary(w io.Writer) error {
	c := r.Counts
	word := ""
	if !r.OK {
		word = "FAILED, "
	}
	_, err := fmt.Fprintf(w, "%s: %s%d of %d faults found as expected, %d of %d variants passed, %d requirements failed by no fault",
		r.Spec, word, c.Faults-c.FaultsFailed, c.Faults, c.Variants-c.VariantsFailed, c.Variants, len(r.NeverRed))
	if c.Checks > 0 {
		fmt.Fprintf(w, ", %d of %d checks failed by a fault", c.RedChecks, c.Checks)
	}
	if c.Surplus > 0 {
		fmt.Fprintf(w, ", %d faults (%.1f%%) with findings that they do not declare", c.Surplus, 100*float64(c.Surplus)/float64(c.Faults))
	}
	fmt.Fprintf(w, "; findings per fault: %s; %d requests in %v\n", c.distribution(), c.Requests, r.Elapsed.Round(time.Millisecond))
	return err
}

func row(w io.Writer, name, what string, problems []string) {
	verdict := "ok"
	if len(problems) > 0 {
		verdict = "FAIL"
	}
	fmt.Fprintf(w, "%s\t%s\t%s\n", verdict, name, what)
	notes(w, problems)
}

func notes(w io.Writer, lines []string) {
	for _, l := range lines {
		fmt.Fprintf(w, "\t  %s\n", l)
	}
}

func summary(fs []Finding) string {
	var parts []string
	for _, f := range fs {
		parts = append(parts, fmt.Sprintf("%s %s ×%d", f.Outcome, f.Requirement, f.Count))
	}
	return strings.Join(parts, ", ")
}

// distribution formats the number of faults for each number of findings, as in
// "633×1, 3×2".
func (c *Counts) distribution() string {
	var ns []int
	for n := range c.Findings {
		ns = append(ns, n)
	}
	slices.Sort(ns)
	var parts []string
	for _, n := range ns {
		parts = append(parts, fmt.Sprintf("%d×%d", c.Findings[n], n))
	}
	return strings.Join(parts, ", ")
}
