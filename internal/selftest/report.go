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

// Report is what a self-test found.
type Report struct {
	Spec     string           `json:"spec"`
	OK       bool             `json:"ok"`
	Counts   Counts           `json:"counts"`
	Elapsed  time.Duration    `json:"elapsed"` // nanoseconds
	Faults   []*FaultResult   `json:"faults"`
	Variants []*VariantResult `json:"variants"`
	// NeverRed has the requirements that are checked, and of which no fault
	// has made a check fail; NeverRedChecks the checks one by one.
	NeverRed       []string  `json:"neverRed,omitempty"`
	NeverRedChecks []CheckAt `json:"neverRedChecks,omitempty"`
}

// Counts has numbers.
type Counts struct {
	Faults         int `json:"faults"`
	FaultsFailed   int `json:"faultsFailed"`
	Variants       int `json:"variants"`
	VariantsFailed int `json:"variantsFailed"`
	Requests       int `json:"requests"`
	// Checks are the expectations in the cases, RedChecks those that a fault
	// has made fail.
	Checks    int `json:"checks"`
	RedChecks int `json:"redChecks"`
	// Findings says how many faults gave that many findings.
	Findings map[int]int `json:"findings"`
}

// FaultResult says what was found of a fault, and what is wrong with that.
type FaultResult struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Breaks   []string  `json:"breaks"`
	Findings []Finding `json:"findings"`
	Cases    int       `json:"cases"` // that were run
	Requests int       `json:"requests"`
	Problems []string  `json:"problems,omitempty"`
}

// VariantResult says what is wrong with the verdict on a variant. That without
// an id is the model registry as it is.
type VariantResult struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Warns    []Finding `json:"warns,omitempty"`
	Requests int       `json:"requests"`
	Problems []string  `json:"problems,omitempty"`
}

// Finding is a requirement failing in one way.
type Finding struct {
	Requirement string         `json:"requirement"`
	Outcome     result.Outcome `json:"outcome"`
	Way         string         `json:"way"`
	Count       int            `json:"count"`  // of checks that failed so
	Checks      int            `json:"checks"` // of expectations in the spec files that they are of
	Message     string         `json:"message"`
	Place       string         `json:"place"` // case and step of the first
}

// CheckAt is an expectation in the cases.
type CheckAt struct {
	Pos         string `json:"pos"`
	Requirement string `json:"requirement"`
}

func (r *Report) count() {
	c := &r.Counts
	c.Findings = map[int]int{}
	c.Faults, c.Variants = len(r.Faults), len(r.Variants)
	for _, f := range r.Faults {
		c.Requests += f.Requests
		c.Findings[len(f.Findings)]++
		if len(f.Problems) > 0 {
			c.FaultsFailed++
		}
	}
	for _, v := range r.Variants {
		c.Requests += v.Requests
		if len(v.Problems) > 0 {
			c.VariantsFailed++
		}
	}
	r.OK = c.FaultsFailed+c.VariantsFailed+len(r.NeverRed)+len(r.NeverRedChecks) == 0
}

// Text writes the matrix of faults and findings, and what is wrong.
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
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, id := range r.NeverRed {
		fmt.Fprintf(w, "never red: %s\n", id)
	}
	for _, k := range r.NeverRedChecks {
		fmt.Fprintf(w, "never red: %s: check of %s\n", k.Pos, k.Requirement)
	}
	return r.Summary(w)
}

// Summary writes a line with numbers and the time that it took.
func (r *Report) Summary(w io.Writer) error {
	c := r.Counts
	_, err := fmt.Fprintf(w, "%s: %d of %d faults found as they should be, %d of %d variants passed, %d requirements never red",
		r.Spec, c.Faults-c.FaultsFailed, c.Faults, c.Variants-c.VariantsFailed, c.Variants, len(r.NeverRed))
	if c.Checks > 0 {
		fmt.Fprintf(w, ", %d of %d checks red", c.RedChecks, c.Checks)
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
	for _, p := range problems {
		fmt.Fprintf(w, "\t  %s\n", p)
	}
}

func summary(fs []Finding) string {
	var parts []string
	for _, f := range fs {
		parts = append(parts, fmt.Sprintf("%s %s ×%d", f.Outcome, f.Requirement, f.Count))
	}
	return strings.Join(parts, ", ")
}

// distribution says how many faults gave how many findings.
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
