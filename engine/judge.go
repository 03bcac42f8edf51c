package engine

import (
	"fmt"
	"slices"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

// key identifies a finding: the requirement, and the way in which it failed.
type key struct{ requirement, way string }

// verdict is the result of a check, with the details that the summary needs.
type verdict struct {
	result.Check
	cause    *cause          // why the check was not made, if the cause is another step
	evidence *result.Example // of a failed check
	// success reports that the status code of the response was 2xx.
	success bool
	// malformed: the check of a rule on the status or the body has failed.
	malformed bool
	// limited reports that the check is inconclusive because of a limit of ocispec.
	limited bool
}

func (v *verdict) key() *key { return &key{v.Requirement, v.Way} }

// failed reports whether the check has failed, as a failure or as a warning.
func (v *verdict) failed() bool { return v.Outcome == result.Fail || v.Outcome == result.Warn }

// verdict returns the verdict on a check with an outcome; message, way and
// cause are not set.
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

// mismatches matches a response against a constraint.
func (run *caseRun) mismatches(want *match.Response, a *response) []match.Mismatch {
	return want.Match(stepEnv{run}, a.got)
}

// met reports whether a response meets a condition.
func (run *caseRun) met(want *match.Response, a *response) bool {
	return want.Holds(stepEnv{run}, a.got)
}

// made is a check with its mismatches on the responses that it applies to.
type made struct {
	check *release.Check
	wrong []match.Mismatch
	on    *response // the first response with a mismatch, or else the last one
	// missing is why the check was not made; unsure is why a check without
	// mismatches is inconclusive.
	missing *cause
	unsure  string
	limited bool // unsure is a limit of ocispec
	// strayed reports that the only mismatch is the link to another page.
	strayed bool
}

// check makes a check on all responses that it applies to. It returns nil if
// there are none.
func (run *caseRun) check(c *release.Check, responses []*response) *made {
	var m *made
	for _, a := range responses {
		if c.When != nil && !run.met(c.When, a) || !c.Response.Applies(a.got) {
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

// maxWrong is the maximum number of mismatches kept for a check.
const maxWrong = 20

// add adds mismatches. Those that are a limit of ocispec make the check inconclusive.
func (m *made) add(wrong ...match.Mismatch) {
	if i := slices.IndexFunc(wrong, func(w match.Mismatch) bool { return w.Limit }); i >= 0 {
		m.unsure, m.limited = wrong[i].Path+": "+wrong[i].Got, true
		wrong = slices.DeleteFunc(slices.Clone(wrong), func(w match.Mismatch) bool { return w.Limit })
	}
	m.wrong = append(m.wrong, wrong[:min(len(wrong), maxWrong-min(len(m.wrong), maxWrong))]...)
}

// rules makes the checks of the rules on a response of a step, or on one after which the
// request was sent again.
func (run *caseRun) rules(st *stepRun, a *response, retried bool) []verdict {
	var vs []verdict
	for _, rule := range run.rel.Rules {
		if retried && !rule.Retried || !run.concerns(rule, st) || rule.When != nil && !run.met(rule.When, a) {
			continue
		}
		for _, c := range rule.Checks {
			if m := run.check(c, []*response{a}); m != nil {
				v := run.outcome(st.s, m)
				v.Rule = true
				v.malformed = v.Outcome == result.Fail && (c.Response.Body != nil || c.Response.Status != nil)
				vs = append(vs, v)
			}
		}
	}
	return vs
}

// concerns reports whether a rule is about the request of a step.
func (run *caseRun) concerns(rule *release.Rule, st *stepRun) bool {
	return len(rule.On) == 0 || slices.ContainsFunc(rule.On, func(on release.RequestRule) bool {
		return on.Method == st.s.Method && len(on.Path.Match(stepEnv{run}, st.path)) == 0
	})
}

// outcome returns the verdict on a check, regardless of other checks of the
// step.
func (run *caseRun) outcome(s *release.Step, m *made) verdict {
	v := run.verdict(m.check, result.Pass)
	if m.on != nil {
		v.success = successful(m.on.Status)
	}
	switch {
	case len(m.wrong) > 0:
		wrong := run.public(m.wrong)
		v.Outcome, v.Message, v.Way = run.unmet(m.check), describe(wrong), wayOf(wrong)
		v.evidence = run.evidence(s, m.check, wrong, m.on.exchanges())
	case m.missing != nil:
		v.Outcome, v.Message, v.cause = m.missing.outcome, m.missing.message, m.missing
	case m.unsure != "":
		v.Outcome, v.Message, v.limited = result.Inconclusive, m.unsure, m.limited
	}
	return v
}

// judge makes the checks of a step, and determines whether dependent steps can
// run.
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
	if !holds {
		own.key = st.malformed()
	}
	for _, m := range checks {
		v := run.outcome(st.s, m)
		if v.Outcome == result.Unsupported {
			st.observed = append(st.observed, release.Observe{Name: m.check.Requirement, Value: "not offered"})
		}
		same := run.restated(st, m, checks)
		switch {
		case len(m.wrong) == 0:
		case st.unsupported, !holds && m != first:
			v.Outcome, v.cause = own.outcome, own
		case same != nil:
			v.Outcome, v.cause = result.Blocked, &cause{outcome: result.Blocked, place: own.place, key: same}
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
	case first == nil && own.key == nil:
		st.result.Message = fmt.Sprintf("status %d is not a response that later steps can use", st.responses[0].Status)
	}
	if st.result.Message != "" {
		own.message = st.result.Message
	}
	st.closed = own
}

// malformed returns the key of the failed check of a rule on the status or the body, or nil.
func (st *stepRun) malformed() *key {
	i := slices.IndexFunc(st.rules, func(v verdict) bool { return v.malformed })
	if i < 0 {
		return nil
	}
	return st.rules[i].key()
}

// aboutBody reports whether the check has failed, and by the body alone.
func (m *made) aboutBody() bool {
	return len(m.wrong) > 0 && !slices.ContainsFunc(m.wrong, func(w match.Mismatch) bool { return !w.InBody() })
}

// checks makes the checks of a step on its response, or on each of its pages.
func (run *caseRun) checks(st *stepRun, end ending) []*made {
	var all []*made
	for _, c := range st.s.Checks {
		why, skip := run.unresolved(c)
		if skip {
			continue
		}
		m := &made{check: c, missing: why}
		if why == nil {
			if m = run.check(c, st.responses); m == nil {
				continue
			}
			run.pages(m, st, end)
		}
		if end.broken && c.When == nil {
			m.add(*end.wrong)
			end.broken = false // report it once, on the first check
		}
		all = append(all, m)
	}
	return all
}

// first returns the failed check that explains the others when the status code
// is not of the expected class: the first one on the status, preferring binding
// requirements, or else the first failed check.
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

// restated returns the key of another failed check whose failure is the same defect
// as that of m, or nil: one of the step whose requirement states the same, or one of
// a rule on the body that m has failed by.
func (run *caseRun) restated(st *stepRun, m *made, checks []*made) *key {
	if k := st.malformed(); k != nil && k.requirement != m.check.Requirement && m.aboutBody() {
		return k
	}
	q := run.requirements[m.check.Requirement]
	if q == nil {
		return nil
	}
	i := slices.IndexFunc(checks, func(o *made) bool {
		return len(o.wrong) > 0 && slices.Contains(q.Overlaps, o.check.Requirement)
	})
	if i < 0 {
		return nil
	}
	return &key{checks[i].check.Requirement, wayOf(checks[i].wrong)}
}

// unsupported reports whether the response means that the registry does not
// support the optional feature.
func (run *caseRun) unsupported(st *stepRun) bool {
	return st.s.Unsupported != nil && run.met(st.s.Unsupported, st.responses[0])
}
