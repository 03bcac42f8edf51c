package engine

import (
	"cmp"
	"slices"

	"github.com/ocispec/ocispec/model"
	"github.com/ocispec/ocispec/result"
)

// summarize rolls the verdicts of checks up to findings, requirements, rows,
// categories and the run.
func (r *runner) summarize(out *result.Run) {
	nodes := slices.Clone(r.plan.order)
	slices.SortFunc(nodes, func(a, b *node) int { return cmp.Compare(a.c.ID, b.c.ID) })
	out.Outcome = result.Pass
	out.Findings = []result.Finding{}
	out.Observations = map[string]string{}
	out.Counts = result.Counts{
		Cases: map[result.Outcome]int{}, Requirements: map[result.Outcome]int{},
		Checks: map[result.Outcome]int{}, Findings: map[result.Outcome]int{},
	}
	for _, n := range nodes {
		res := *n.run.result
		out.Cases = append(out.Cases, res)
		out.Counts.Cases[res.Outcome]++
		out.Outcome = result.Worse(out.Outcome, res.Outcome)
		for name, value := range n.run.observations {
			if _, ok := out.Observations[name]; !ok {
				out.Observations[name] = value
			}
		}
	}
	switch out.Outcome {
	case result.Disabled, result.Unsupported, result.Blocked:
		// None of these says that something is wrong; what blocks is a failure,
		// or could not be reached.
		out.Outcome = result.Pass
		if out.Counts.Cases[result.Warn] > 0 {
			out.Outcome = result.Warn
		}
	}
	r.findings(out)
	r.requirements(out)
	out.Rows = rows(r.rel, nodes)
	out.Categories = r.categories(out)
}

// each calls f for every check of every step.
func each(cases []result.Case, f func(c *result.Case, s *result.Step, k *result.Check)) {
	for i := range cases {
		c := &cases[i]
		for j := range c.Steps {
			s := &c.Steps[j]
			for l := range s.Checks {
				f(c, s, &s.Checks[l])
			}
		}
	}
}

// findings groups the failures by requirement and way.
func (r *runner) findings(out *result.Run) {
	type key struct{ requirement, way string }
	index := map[key]int{}
	at := map[result.Place]int{} // the finding that was met first in a step
	each(out.Cases, func(c *result.Case, s *result.Step, k *result.Check) {
		out.Counts.Checks[k.Outcome]++
		if k.Outcome != result.Fail && k.Outcome != result.Warn {
			return
		}
		id := key{k.Requirement, k.Way}
		i, ok := index[id]
		if !ok {
			i = len(out.Findings)
			index[id] = i
			out.Findings = append(out.Findings, r.finding(c, s, k))
		}
		f := &out.Findings[i]
		f.Count++
		if !slices.Contains(f.Cases, c.ID) {
			f.Cases = append(f.Cases, c.ID)
		}
		if p := (result.Place{Case: c.ID, Step: s.ID}); !hasKey(at, p) {
			at[p] = i
		}
	})
	each(out.Cases, func(c *result.Case, s *result.Step, k *result.Check) {
		if k.Outcome != result.Blocked {
			return
		}
		by := s.BlockedBy
		if by == nil {
			by = &result.Place{Case: c.ID, Step: s.ID}
		}
		if i, ok := at[*by]; ok {
			out.Findings[i].Blocks++
		}
	})
	slices.SortStableFunc(out.Findings, func(a, b result.Finding) int {
		return cmp.Or(severity(a)-severity(b), cmp.Compare(b.Blocks, a.Blocks),
			cmp.Compare(a.Requirement, b.Requirement), cmp.Compare(a.Message, b.Message))
	})
	for _, f := range out.Findings {
		out.Counts.Findings[f.Outcome]++
	}
}

// severity orders failures before warnings.
func severity(f result.Finding) int {
	if f.Outcome == result.Fail {
		return 0
	}
	return 1
}

func hasKey[K comparable, V any](m map[K]V, k K) bool {
	_, ok := m[k]
	return ok
}

func (r *runner) finding(c *result.Case, s *result.Step, k *result.Check) result.Finding {
	f := result.Finding{
		Requirement: k.Requirement, Level: k.Level, Outcome: k.Outcome, Message: k.Message, Way: k.Way,
		Example: result.Example{Case: c.ID, Step: s.ID},
	}
	if q := r.rel.Requirement(k.Requirement); q != nil {
		f.Text = q.Text
		f.Clause = result.Clause(q.Clause)
	}
	if n := len(s.Exchanges); n > 0 {
		f.Example.Curl = s.Exchanges[n-1].Curl
	}
	return f
}

// requirements gives each requirement the worst outcome of its checks. One
// that says the same as others in another place has theirs.
func (r *runner) requirements(out *result.Run) {
	out.Requirements = map[string]result.Requirement{}
	each(out.Cases, func(_ *result.Case, _ *result.Step, k *result.Check) {
		q := out.Requirements[k.Requirement]
		q.Level = k.Level
		q.Outcome = rolled(q.Outcome, k.Outcome)
		if made(k.Outcome) {
			q.Checks++
		}
		out.Requirements[k.Requirement] = q
	})
	for _, q := range r.rel.Requirements {
		if hasKey(out.Requirements, q.ID) {
			continue
		}
		var sum result.Requirement
		for _, o := range q.Overlaps {
			if x, ok := out.Requirements[o]; ok {
				sum.Outcome = rolled(sum.Outcome, x.Outcome)
				sum.Checks += x.Checks
			}
		}
		if sum.Outcome != "" {
			sum.Level = string(q.Level)
			out.Requirements[q.ID] = sum
		}
	}
	for _, q := range out.Requirements {
		out.Counts.Requirements[q.Outcome]++
	}
}

// rolled is the worse of two outcomes of the same thing. A check that was not
// made says nothing beside one that was.
func rolled(a, b result.Outcome) result.Outcome {
	if skipped(a) != skipped(b) {
		if skipped(a) {
			return b
		}
		return a
	}
	return result.Worse(a, b)
}

func skipped(o result.Outcome) bool {
	return o == "" || o == result.Disabled || o == result.Unsupported || o == result.Blocked
}

// made reports whether a check of that outcome has been made.
func made(o result.Outcome) bool {
	return o == result.Pass || o == result.Warn || o == result.Fail
}

// categories says how far the registry supports each group of endpoints: work
// gets done if a check passed on a response of success.
func (r *runner) categories(out *result.Run) map[string]result.Category {
	cats := map[string]result.Category{}
	for _, c := range r.rel.Categories {
		cats[c.ID] = result.Category{Support: "none"}
	}
	each(out.Cases, func(_ *result.Case, s *result.Step, k *result.Check) {
		q := r.rel.Requirement(k.Requirement)
		if q == nil || q.Category == "" {
			return
		}
		c := cats[q.Category]
		c.Outcome = rolled(c.Outcome, k.Outcome)
		if k.Outcome == result.Pass {
			if n := len(s.Exchanges); n > 0 && s.Exchanges[n-1].Response != nil && successful(s.Exchanges[n-1].Response.Status) {
				c.Support = "positive"
			} else if c.Support == "none" {
				c.Support = "negative"
			}
		}
		cats[q.Category] = c
	})
	return cats
}

// The words of published results.
const (
	rowPass     = "Pass"
	rowSkip     = "Skip"
	rowDisabled = "Disabled"
	rowFail     = "FAIL"
	rowError    = "Error"
)

// rows gives every row its word.
func rows(rel *model.Release, nodes []*node) result.Rows {
	seen := map[string]map[result.Outcome]bool{}
	add := func(row string, o result.Outcome) {
		if seen[row] == nil {
			seen[row] = map[result.Outcome]bool{}
		}
		seen[row][o] = true
	}
	for _, n := range nodes {
		for _, st := range n.run.steps {
			of := n.c.Rows
			if st.s.Row != "" {
				of = append(slices.Clone(of), st.s.Row)
			}
			for _, row := range of {
				for _, k := range st.result.Checks {
					add(row, k.Outcome)
				}
			}
		}
	}
	out := result.Rows{APIs: map[string]string{}, Data: map[string]string{}}
	for _, row := range rel.Rows {
		if word := rowWord(row, seen[row.ID]); row.Kind == "api" {
			out.APIs[row.Title] = word
		} else {
			out.Data[row.Title] = word
		}
	}
	return out
}

// rowWord is the word for a row with checks of those outcomes. What blocks a
// check is another row's failure for an API, and the row's own for data.
func rowWord(row model.Row, seen map[result.Outcome]bool) string {
	switch {
	case seen[result.Error] || seen[result.Inconclusive]:
		return rowError
	case seen[result.Fail] || seen[result.Blocked] && row.Kind == "data":
		return rowFail
	case seen[result.Pass] || seen[result.Warn]:
		return rowPass
	case seen[result.Blocked]:
		return rowError
	case seen[result.Unsupported]:
		return rowSkip
	case seen[result.Disabled] || row.Disabled:
		return rowDisabled
	}
	return rowSkip
}
