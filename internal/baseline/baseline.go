// Package baseline compares the findings of a run with those that are known, each
// with a reason.
package baseline

import (
	"fmt"

	"github.com/ocispec/ocispec/result"
)

// Baseline is the known findings of a registry.
type Baseline struct {
	// Spec is the patch release that they are of.
	Spec     string  `yaml:"spec" json:"spec"`
	Findings []Entry `yaml:"findings" json:"findings"`
}

// Entry is a known finding: a failure to meet a requirement, in one way.
type Entry struct {
	Requirement string `yaml:"requirement" json:"requirement"`
	Way         string `yaml:"way" json:"way"` // as in results
	Reason      string `yaml:"reason" json:"reason"`
}

func (e Entry) String() string { return fmt.Sprintf("%s (%s)", e.Requirement, e.Way) }

// key identifies a finding.
type key struct{ requirement, way string }

func (e Entry) key() key { return key{e.Requirement, e.Way} }

// Complete returns an error that says why the results of a run can neither become a
// baseline nor be compared with one, if they are not of all cases.
func Complete(r *result.Run) error {
	n := r.Counts.Cases[result.Inconclusive] + r.Counts.Cases[result.Error]
	switch {
	case r.Partial:
		return fmt.Errorf("only some cases were run: a baseline needs a run of all of them, which is not read-only")
	case n == 1:
		return fmt.Errorf("1 case has no result: a baseline needs a complete run")
	case n > 1:
		return fmt.Errorf("%d cases have no result: a baseline needs a complete run", n)
	case r.Outcome == result.Inconclusive || r.Outcome == result.Error || r.Outcome == "":
		return fmt.Errorf("the run is without a result: a baseline needs a complete run")
	}
	return nil
}

// Diff is how a run differs from a baseline.
type Diff struct {
	Known     []Entry          // entries that occur
	New       []result.Finding // failures that are not in the baseline
	Other     []Entry          // entries whose requirement is violated only in another way
	Gone      []Entry          // entries that no longer occur: the requirement was checked
	Unchecked []Entry          // entries whose requirement was not checked
}

// Same reports whether there is no difference.
func (d *Diff) Same() bool {
	return len(d.New)+len(d.Gone)+len(d.Other)+len(d.Unchecked) == 0
}

// Compare compares the failures of a complete run with the baseline.
func (b *Baseline) Compare(r *result.Run) *Diff {
	var d Diff
	known, found, violated := map[key]bool{}, map[key]bool{}, map[string]bool{}
	for _, e := range b.Findings {
		known[e.key()] = true
	}
	for _, f := range failures(r) {
		k := key{f.Requirement, f.Way}
		found[k], violated[f.Requirement] = true, true
		if !known[k] {
			d.New = append(d.New, f)
		}
	}
	for _, e := range b.Findings {
		switch {
		case found[e.key()]:
			d.Known = append(d.Known, e)
		case violated[e.Requirement]:
			d.Other = append(d.Other, e)
		case r.Requirements[e.Requirement].Checks > 0:
			d.Gone = append(d.Gone, e)
		default:
			d.Unchecked = append(d.Unchecked, e)
		}
	}
	return &d
}

// failures returns the findings that fail the run.
func failures(r *result.Run) []result.Finding {
	var out []result.Finding
	for _, f := range r.Findings {
		if f.Outcome == result.Fail {
			out = append(out, f)
		}
	}
	return out
}

// Update returns a baseline with the failures of a complete run. Reasons are those
// of the old one, by requirement and way; new entries have none. old may be nil.
func Update(old *Baseline, r *result.Run) *Baseline {
	reasons := map[key]string{}
	if old != nil {
		for _, e := range old.Findings {
			reasons[e.key()] = e.Reason
		}
	}
	b := &Baseline{Spec: r.Spec, Findings: []Entry{}}
	for _, f := range failures(r) {
		b.Findings = append(b.Findings, Entry{f.Requirement, f.Way, reasons[key{f.Requirement, f.Way}]})
	}
	return b
}
