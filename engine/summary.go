package engine

import (
	"cmp"
	"slices"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// summary aggregates verdicts into findings, and into outcomes of requirements,
// rows, categories and the run.
type summary struct {
	*runner
	cases []*caseRun // sorted by id
	out   *result.Run
}

func (r *runner) summarize(out *result.Run) {
	s := summary{runner: r, out: out}
	for _, n := range r.order {
		s.cases = append(s.cases, n.run)
	}
	slices.SortFunc(s.cases, func(a, b *caseRun) int { return cmp.Compare(a.c.ID, b.c.ID) })
	out.Observations = map[string]string{}
	out.Counts = result.Counts{
		Cases: map[result.Outcome]int{}, Requirements: map[result.Outcome]int{},
		Checks: map[result.Outcome]int{}, Findings: map[result.Outcome]int{},
	}
	for _, run := range s.cases {
		s.nameRows(run)
		out.Chain = max(out.Chain, run.depth)
		out.Cases = append(out.Cases, *run.result)
		out.Counts.Cases[run.result.Outcome]++
		for _, st := range run.inOrder() {
			for _, o := range st.observed {
				if !has(out.Observations, o.Name) {
					out.Observations[o.Name] = o.Value
				}
			}
		}
	}
	s.each(func(_ *caseRun, _ *stepRun, v *verdict) { out.Counts.Checks[v.Outcome]++ })
	s.findings()
	s.outcome()
	s.requirements()
	s.categories()
	s.essential()
	out.Rows = s.rows()
	for _, k := range r.rel.RowKinds {
		out.RowKinds = append(out.RowKinds, result.RowKind{ID: k.ID, Title: k.Title})
	}
	for _, c := range r.rel.Categories {
		out.CategoryOrder = append(out.CategoryOrder, c.ID)
	}
}

// each calls f for every verdict, in the order of cases and steps.
func (s *summary) each(f func(run *caseRun, st *stepRun, v *verdict)) {
	for _, run := range s.cases {
		for _, st := range run.inOrder() {
			for i := range st.verdicts {
				f(run, st, &st.verdicts[i])
			}
		}
	}
}

func has[K comparable, V any](m map[K]V, k K) bool {
	_, ok := m[k]
	return ok
}

// outcome sets the outcome of the run: the worst outcome of its checks.
// Disabled and unsupported checks do not count, nor do blocked checks that a
// finding explains, unless there are no others.
func (s *summary) outcome() {
	var outcome, rest result.Outcome
	for _, run := range s.cases {
		rest = result.Worse(rest, run.result.Outcome)
		if o := run.result.Outcome; o == result.Inconclusive || o == result.Error {
			outcome = result.Worse(outcome, o)
		}
	}
	s.each(func(run *caseRun, st *stepRun, v *verdict) {
		switch v.Outcome {
		case result.Disabled, result.Unsupported:
			return
		case result.Blocked:
			if v.cause != nil && v.cause.key != nil {
				return
			}
		}
		if !run.weighs(st, v.Outcome) {
			return
		}
		outcome = result.Worse(outcome, v.Outcome)
	})
	s.out.Outcome = cmp.Or(outcome, rest)
}

// requirements sets the outcome of each requirement from its checks. A
// requirement that overlaps others has the outcome of their checks.
func (s *summary) requirements() {
	all := map[string]result.Requirement{}
	s.each(func(_ *caseRun, _ *stepRun, v *verdict) {
		q := all[v.Requirement]
		q.Level = v.Level
		if known := s.runner.requirements[v.Requirement]; known != nil {
			q.Category = known.Category
		}
		q.Outcome = overall(q.Outcome, v.Outcome)
		if v.made() {
			q.Checks++
		}
		all[v.Requirement] = q
	})
	s.out.Requirements = map[string]result.Requirement{}
	for id, q := range all {
		s.out.Requirements[id] = q
	}
	for _, q := range s.rel.Requirements {
		sum := result.Requirement{Level: string(q.Level), Category: q.Category}
		for _, o := range s.overlaps(q, all, map[string]bool{}) {
			sum.Outcome = overall(sum.Outcome, all[o].Outcome)
			sum.Checks += all[o].Checks
		}
		if sum.Outcome != "" {
			s.out.Requirements[q.ID] = sum
		}
	}
	for _, q := range s.out.Requirements {
		s.out.Counts.Requirements[q.Outcome]++
	}
}

// overlaps lists the checked requirements that q overlaps, directly or through
// others, if q has no checks itself.
func (s *summary) overlaps(q *release.Requirement, checked map[string]result.Requirement, seen map[string]bool) []string {
	if seen[q.ID] || has(checked, q.ID) {
		return nil
	}
	seen[q.ID] = true
	var ids []string
	for _, id := range q.Overlaps {
		if has(checked, id) && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		} else if o := s.runner.requirements[id]; o != nil {
			ids = append(ids, s.overlaps(o, checked, seen)...)
		}
	}
	return ids
}

// overall returns the outcome of two checks together: the worse one. A disabled
// or unsupported check counts only if both are.
func overall(a, b result.Outcome) result.Outcome {
	silent := func(o result.Outcome) bool { return o == result.Disabled || o == result.Unsupported }
	switch {
	case a == "" || silent(a) && !silent(b):
		return b
	case silent(b) && !silent(a):
		return a
	}
	return result.Worse(a, b)
}

// made reports whether the check was made.
func (v *verdict) made() bool {
	return v.Outcome == result.Pass || v.Outcome == result.Warn || v.Outcome == result.Fail
}

// essential makes a run of all cases inconclusive if no request of an essential
// category succeeded: nothing that matters was seen to work.
func (s *summary) essential() {
	if s.opts.Select != nil || result.Worse(s.out.Outcome, result.Inconclusive) != result.Inconclusive {
		return
	}
	for _, c := range s.rel.Categories {
		if c.Essential != "" && s.out.Categories[c.ID].Support != positive {
			s.out.Outcome, s.out.Message = result.Inconclusive, c.Essential
			return
		}
	}
}

// Values of result.Category.Support.
const (
	positive = "positive"
	negative = "negative"
	none     = "none"
)

// categories sets the outcome of each endpoint category and whether the
// registry supports it. Support is positive if a check passed on a 2xx
// response.
func (s *summary) categories() {
	cats := map[string]result.Category{}
	for _, c := range s.rel.Categories {
		cats[c.ID] = result.Category{Support: none}
	}
	s.each(func(_ *caseRun, _ *stepRun, v *verdict) {
		q := s.runner.requirements[v.Requirement]
		if q == nil || q.Category == "" {
			return
		}
		c := cats[q.Category]
		c.Outcome = overall(c.Outcome, v.Outcome)
		switch {
		case v.Rule || v.Outcome != result.Pass:
		case v.success:
			c.Support = positive
		case c.Support != positive:
			c.Support = negative
		}
		cats[q.Category] = c
	})
	s.out.Categories = cats
}
