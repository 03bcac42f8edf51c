package engine

import (
	"fmt"
	"slices"

	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
	"github.com/ocispec/ocispec/result"
)

// key is what findings are told apart by: a requirement, and how it fails.
type key struct{ requirement, way string }

// verdict is the verdict on a check, with what the summary needs to know.
type verdict struct {
	result.Check
	rule     bool            // the check is made on every exchange, and not the step's own
	cause    *cause          // why the check could not be made, if it is not the step itself
	evidence *result.Example // of a failure
	// success says that the response was of the class of success.
	success bool
}

func (v *verdict) key() *key { return &key{v.Requirement, v.Way} }

// verdict returns a verdict on a check, without its circumstances.
func (run *caseRun) verdict(c *release.Check, outcome result.Outcome) verdict {
	v := verdict{Check: result.Check{Requirement: c.Requirement, Outcome: outcome, Pos: string(c.Pos)}}
	if q := run.requirements[c.Requirement]; q != nil {
		v.Level = string(q.Level)
	}
	return v
}

// unmet returns the outcome of a check that failed. A permission (MAY) cannot be
// violated: the registry does not make use of it. A requirement that is
// conditional on a capability binds only registries that have it.
func (run *caseRun) unmet(c *release.Check) result.Outcome {
	q := run.requirements[c.Requirement]
	switch {
	case q != nil && (q.Level == release.May || run.unbound(q)):
		return result.Unsupported
	case run.opts.Strict, q != nil && q.Level.Binding() && q.Contested == nil:
		return result.Fail
	}
	return result.Warn
}

// mismatches checks a response against a constraint.
func (run *caseRun) mismatches(want *match.Response, a *answer) []match.Mismatch {
	return want.Match(stepEnv{run}, a.got)
}

// made is a check that has been made, on all responses that it is about.
type made struct {
	check *release.Check
	wrong []match.Mismatch
	on    *answer // the first with something wrong, or else the last
	// missing is why there is nothing to compare with; unsure, why what is
	// right so far may be wrong after all.
	missing *cause
	unsure  string
	// strayed says that nothing is wrong but the link to a further page.
	strayed bool
}

// check makes a check. It is nil if no response is such that it applies.
func (run *caseRun) check(c *release.Check, answers []*answer) *made {
	var m *made
	for _, a := range answers {
		if c.When != nil && len(run.mismatches(c.When, a)) > 0 || !c.Response.Applies(a.got) {
			continue
		}
		if m == nil {
			m = &made{check: c}
		}
		if len(m.wrong) == 0 {
			m.on = a
		}
		m.add(run.mismatches(c.Response, a)...)
	}
	return m
}

// maxWrong bounds how much is said about one check.
const maxWrong = 20

func (m *made) add(wrong ...match.Mismatch) {
	m.wrong = append(m.wrong, wrong[:min(len(wrong), maxWrong-min(len(m.wrong), maxWrong))]...)
}

// rules makes the checks that are made on every exchange.
func (run *caseRun) rules(s *release.Step, a *answer) []verdict {
	var vs []verdict
	for _, rule := range run.rel.Rules {
		if rule.When != nil && len(run.mismatches(rule.When, a)) > 0 {
			continue
		}
		for _, c := range rule.Checks {
			if m := run.check(c, []*answer{a}); m != nil {
				v := run.outcome(s, m)
				v.rule = true
				vs = append(vs, v)
			}
		}
	}
	return vs
}

// outcome is the verdict on a check that stands for itself.
func (run *caseRun) outcome(s *release.Step, m *made) verdict {
	v := run.verdict(m.check, result.Pass)
	if m.on != nil {
		v.success = successful(m.on.Status)
	}
	switch {
	case len(m.wrong) > 0:
		v.Outcome, v.Message, v.Way = run.unmet(m.check), describe(m.wrong), wayOf(m.wrong)
		v.evidence = run.evidence(s, m.check, m.wrong, m.on.exchanges())
	case m.missing != nil:
		v.Outcome, v.Message, v.cause = m.missing.outcome, m.missing.message, m.missing
	case m.unsure != "":
		v.Outcome, v.Message = result.Inconclusive, m.unsure
	}
	return v
}

// judge makes every check of a step, and says whether others can stand on it.
func (run *caseRun) judge(st *stepRun, end ending) {
	checks := run.checks(st, end)
	holds := run.gate(st) && !end.broken
	first := run.first(checks)
	st.unsupported = first != nil && (run.unsupported(st) || !holds && run.unmet(first.check) == result.Unsupported)
	st.open = !st.unsupported && (holds || st.s.NoGate) && end.err == nil
	own := &cause{outcome: result.Blocked, place: run.place(st.s), trouble: holds && end.err != nil}
	strayed := &cause{outcome: result.Blocked, place: own.place}
	if st.unsupported {
		own.outcome = result.Unsupported
	}
	for _, m := range checks {
		v := run.outcome(st.s, m)
		if v.Outcome == result.Unsupported {
			st.observed = append(st.observed, release.Observe{Name: m.check.Requirement, Value: "not offered"})
		}
		switch {
		case len(m.wrong) == 0:
		case st.unsupported, !holds && m != first:
			v.Outcome, v.cause = own.outcome, own
		case m.strayed && strayed.key != nil:
			v.Outcome, v.cause = strayed.outcome, strayed
		case m == first && !own.trouble:
			own.key = v.key()
		}
		if m.strayed && strayed.key == nil && v.Outcome != own.outcome {
			strayed.key = v.key()
		}
		st.verdicts = append(st.verdicts, v)
	}
	switch {
	case st.open:
		return
	case end.err != nil:
		st.fault = result.Inconclusive
		st.result.Message = end.err.Error()
	case first == nil:
		st.result.Message = fmt.Sprintf("the response, of status %d, is not what later steps stand on", st.answers[0].Status)
	}
	if st.result.Message != "" {
		own.message = st.result.Message
	}
	st.closed = own
}

// checks makes the checks of a step on its response or on all of its pages.
func (run *caseRun) checks(st *stepRun, end ending) []*made {
	var all []*made
	for _, c := range st.s.Checks {
		why, skip := run.unresolved(c)
		if skip {
			continue
		}
		m := &made{check: c, missing: why}
		if why == nil {
			if m = run.check(c, st.answers); m == nil {
				continue
			}
			run.pages(m, st, end)
		}
		if end.broken && c.When == nil {
			m.add(*end.wrong)
			end.broken = false // the first check is enough
		}
		all = append(all, m)
	}
	return all
}

// first is the failure that explains the others on a response that is not of
// the expected class: the first about the status, of a binding requirement if
// there is one; or else the first at all.
func (run *caseRun) first(checks []*made) *made {
	about := func(path string, o result.Outcome) *made {
		i := slices.IndexFunc(checks, func(m *made) bool {
			return len(m.wrong) > 0 && run.unmet(m.check) == o && slices.ContainsFunc(m.wrong, func(w match.Mismatch) bool {
				return path == "" || w.Path == path
			})
		})
		if i < 0 {
			return nil
		}
		return checks[i]
	}
	for _, path := range []string{"status", ""} {
		for _, o := range []result.Outcome{result.Fail, result.Warn, result.Unsupported} {
			if m := about(path, o); m != nil {
				return m
			}
		}
	}
	return nil
}

// unsupported reports whether the response says that the registry does not
// offer this.
func (run *caseRun) unsupported(st *stepRun) bool {
	return slices.ContainsFunc(st.s.Unsupported, func(r *match.Response) bool {
		return len(run.mismatches(r, st.answers[0])) == 0
	})
}
