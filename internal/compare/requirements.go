package compare

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ocispec/ocispec/result"
)

// requirements compares findings and requirements.
func (c *Comparison) requirements(a, b *result.Run) {
	before, after := byRequirement(a), byRequirement(b)
	for id := range before {
		c.findings(id, a, b, before[id], after[id])
	}
	for id := range after {
		if before[id] == nil {
			c.findings(id, a, b, nil, after[id])
		}
	}
	for id, q := range a.Requirements {
		now, ok := b.Requirements[id]
		e := Entry{Kind: Requirement, Name: id, Level: q.Level, Before: string(q.Outcome), After: string(now.Outcome)}
		switch {
		case !ok:
			c.OnlyBefore = append(c.OnlyBefore, e)
		case q.Outcome == result.Pass && !made(now.Outcome):
			c.Lost = append(c.Lost, e)
		case ok && q.Level != now.Level:
			e.Why = fmt.Sprintf("the level was %s and is %s", q.Level, now.Level)
			c.Changed = append(c.Changed, e)
		}
	}
	for id, q := range b.Requirements {
		if _, ok := a.Requirements[id]; !ok {
			c.OnlyAfter = append(c.OnlyAfter, Entry{Kind: Requirement, Name: id, Level: q.Level, After: string(q.Outcome)})
		}
	}
}

func byRequirement(r *result.Run) map[string][]result.Finding {
	m := map[string][]result.Finding{}
	for _, f := range r.Findings {
		m[f.Requirement] = append(m[f.Requirement], f)
	}
	return m
}

// made reports whether an outcome is that of a check that was made.
func made(o result.Outcome) bool { return o == result.Pass || o == result.Warn || o == result.Fail }

// findings compares the findings of one requirement. Those with the same way are
// the same; of the others, one before and one after are one that changed.
func (c *Comparison) findings(id string, a, b *result.Run, before, after []result.Finding) {
	var gone, added []result.Finding
	for _, x := range before {
		i := slices.IndexFunc(after, sameWay(x))
		switch {
		case i < 0:
			gone = append(gone, x)
		case x.Outcome == after[i].Outcome:
			c.Same = append(c.Same, entry(x, after[i]))
		default:
			c.changed(x, after[i], "")
		}
	}
	for _, y := range after {
		if !slices.ContainsFunc(before, sameWay(y)) {
			added = append(added, y)
		}
	}
	for len(gone) > 0 && len(added) > 0 {
		c.changed(gone[0], added[0], "before: "+cmp.Or(gone[0].Message, gone[0].Way))
		gone, added = gone[1:], added[1:]
	}
	for _, y := range added {
		c.added(id, a, y)
	}
	for _, x := range gone {
		c.gone(id, b, x)
	}
}

func sameWay(x result.Finding) func(result.Finding) bool {
	return func(y result.Finding) bool { return x.Way == y.Way }
}

// entry returns the entry of a finding; the requirement of one of them may be
// empty.
func entry(x, y result.Finding) Entry {
	return Entry{
		Kind: Requirement, Name: cmp.Or(y.Requirement, x.Requirement), Level: cmp.Or(y.Level, x.Level),
		Before: string(x.Outcome), After: string(y.Outcome), Message: cmp.Or(y.Message, x.Message),
	}
}

func (c *Comparison) changed(x, y result.Finding, why string) {
	e := entry(x, y)
	e.Why = why
	e.Regression = x.Outcome != y.Outcome && result.Worse(x.Outcome, y.Outcome) == y.Outcome
	c.Changed = append(c.Changed, e)
}

func (c *Comparison) added(id string, a *result.Run, y result.Finding) {
	q, ok := a.Requirements[id]
	e := entry(result.Finding{}, y)
	e.Before, e.Regression = string(q.Outcome), ok
	switch {
	case !ok:
		e.Why = "the requirement is not in " + a.Spec
	case !made(q.Outcome):
		e.Why = "not checked before: " + cmp.Or(string(q.Outcome), "not selected")
	}
	c.New = append(c.New, e)
}

func (c *Comparison) gone(id string, b *result.Run, x result.Finding) {
	q, ok := b.Requirements[id]
	e := entry(x, result.Finding{})
	e.After = string(q.Outcome)
	present, checked := checkedIn(b, id, x.Cases)
	switch {
	case !ok:
		e.Why = "the requirement is not in " + b.Spec
		c.Lost = append(c.Lost, e)
	case checked:
		c.Fixed = append(c.Fixed, e)
	case !present && made(q.Outcome):
		e.Why = "the cases that found it did not run, others did"
		c.Lost = append(c.Lost, e)
	default:
		e.Why = "not checked: " + cmp.Or(string(q.Outcome), "not selected")
		c.Lost = append(c.Lost, e)
	}
}

// checkedIn reports whether a run has one of the cases, by id or alias, and
// whether one of them checked a requirement.
func checkedIn(r *result.Run, requirement string, cases []string) (present, checked bool) {
	for _, c := range r.Cases {
		if !slices.Contains(cases, c.ID) && !slices.ContainsFunc(c.Aliases, func(id string) bool { return slices.Contains(cases, id) }) {
			continue
		}
		present = true
		for _, s := range c.Steps {
			for _, k := range s.Checks {
				checked = checked || k.Requirement == requirement && made(k.Outcome)
			}
		}
	}
	return present, checked
}
