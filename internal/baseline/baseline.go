// Package baseline compares the findings of a run with those that are known, each
// with a reason.
package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec/result"
)

// Baseline is the known findings of a registry.
type Baseline struct {
	// Spec is the patch release that they are of.
	Spec     string  `yaml:"spec"`
	Findings []Entry `yaml:"findings"`
}

// Entry is a known finding: a failure to meet a requirement, in one way.
type Entry struct {
	Requirement string `yaml:"requirement"`
	Way         string `yaml:"way"` // as in results
	Reason      string `yaml:"reason"`
}

func (e Entry) String() string { return fmt.Sprintf("%s (%s)", e.Requirement, e.Way) }

// Parse decodes a baseline in YAML. It returns an error for malformed text and
// unknown fields and, with the baseline, one for entries without a requirement or a
// reason, and for duplicates.
func Parse(b []byte) (*Baseline, error) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	var base Baseline
	if err := d.Decode(&base); err != nil && err != io.EOF {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if base.Spec == "" {
		return nil, errors.New("spec is missing: the patch release that the findings are of")
	}
	var errs []error
	seen := map[[2]string]bool{}
	for i, e := range base.Findings {
		id := [2]string{e.Requirement, e.Way}
		switch {
		case e.Requirement == "":
			errs = append(errs, fmt.Errorf("finding %d has no requirement", i+1))
		case strings.TrimSpace(e.Reason) == "":
			errs = append(errs, fmt.Errorf("%v has no reason: say why it is known", e))
		case seen[id]:
			errs = append(errs, fmt.Errorf("%v is there twice", e))
		}
		seen[id] = true
	}
	return &base, errors.Join(errs...)
}

// Diff is how a run differs from a baseline.
type Diff struct {
	Known []Entry          // entries that occur
	New   []result.Finding // failures that are not in the baseline
	Gone  []Entry          // entries that no longer occur
	Other []Entry          // entries whose requirement is violated only in another way
}

// Same reports whether there is no difference.
func (d *Diff) Same() bool { return len(d.New)+len(d.Gone)+len(d.Other) == 0 }

// Compare compares the failures of a run of all cases of the release with the
// baseline.
func (b *Baseline) Compare(r *result.Run) *Diff {
	var d Diff
	known := map[[2]string]bool{}
	for _, e := range b.Findings {
		known[[2]string{e.Requirement, e.Way}] = true
	}
	found, violated := map[[2]string]bool{}, map[string]bool{}
	for _, f := range failures(r) {
		id := [2]string{f.Requirement, f.Way}
		found[id], violated[f.Requirement] = true, true
		if !known[id] {
			d.New = append(d.New, f)
		}
	}
	for _, e := range b.Findings {
		switch {
		case found[[2]string{e.Requirement, e.Way}]:
			d.Known = append(d.Known, e)
		case violated[e.Requirement]:
			d.Other = append(d.Other, e)
		default:
			d.Gone = append(d.Gone, e)
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

// Update returns a baseline with the failures of a run. Reasons are those of the old
// one, by requirement and way; new entries have none. old may be nil.
func Update(old *Baseline, r *result.Run) *Baseline {
	reasons := map[[2]string]string{}
	if old != nil {
		for _, e := range old.Findings {
			reasons[[2]string{e.Requirement, e.Way}] = e.Reason
		}
	}
	b := &Baseline{Spec: r.Spec, Findings: []Entry{}}
	for _, f := range failures(r) {
		b.Findings = append(b.Findings, Entry{f.Requirement, f.Way, reasons[[2]string{f.Requirement, f.Way}]})
	}
	return b
}

// Encode returns the baseline in YAML.
func (b *Baseline) Encode() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("# Known findings: a run with --baseline fails if one is new, or no longer occurs.\n")
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	err := errors.Join(e.Encode(b), e.Close())
	return out.Bytes(), err
}
