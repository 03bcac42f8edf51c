package engine

import (
	"cmp"
	"slices"

	"github.com/ocispec/ocispec/result"
)

// findings groups failed checks by requirement and way. Failures sort before
// warnings, then findings that block more checks come first.
func (s *summary) findings() {
	found := []result.Finding{}
	index := map[key]int{}
	s.each(func(run *caseRun, st *stepRun, v *verdict) {
		if !v.failed() {
			return
		}
		i, ok := index[*v.key()]
		if !ok {
			i = len(found)
			index[*v.key()] = i
			found = append(found, s.finding(run, st, v))
		}
		f := &found[i]
		f.Count++
		if !slices.Contains(f.Cases, run.c.ID) {
			f.Cases = append(f.Cases, run.c.ID)
		}
	})
	s.each(func(_ *caseRun, _ *stepRun, v *verdict) {
		if v.Outcome == result.Blocked && v.cause != nil && v.cause.key != nil {
			if i, ok := index[*v.cause.key]; ok {
				found[i].Blocks++
			}
		}
	})
	slices.SortStableFunc(found, func(a, b result.Finding) int {
		return cmp.Or(severity(a)-severity(b), cmp.Compare(b.Blocks, a.Blocks), cmp.Compare(a.Requirement, b.Requirement))
	})
	for _, f := range found {
		s.out.Counts.Findings[f.Outcome]++
	}
	s.out.Findings = found
}

// severity returns 0 for a failure and 1 for a warning.
func severity(f result.Finding) int {
	if f.Outcome == result.Fail {
		return 0
	}
	return 1
}

// finding returns the finding for its first occurrence.
func (s *summary) finding(run *caseRun, st *stepRun, v *verdict) result.Finding {
	f := result.Finding{
		Requirement: v.Requirement, Level: v.Level, Outcome: v.Outcome, Message: v.Message, Way: v.Way,
	}
	if v.evidence != nil {
		f.Example = *v.evidence
	}
	f.Example.Case, f.Example.Step, f.Example.After = run.c.ID, st.s.ID, run.after(st.s)
	if q := s.runner.requirements[v.Requirement]; q != nil {
		f.Text = q.Text
		f.Clause = result.Clause(q.Clause)
		f.Contested = (*result.Contested)(q.Contested)
	}
	return f
}
