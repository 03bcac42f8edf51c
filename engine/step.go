package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
	"github.com/ocispec/ocispec/result"
)

// stepRun is the state of a step that has been dealt with.
type stepRun struct {
	s *release.Step
	// answers are the last response, or the pages if there are several; none
	// if no usable response came. They are released after the cleanup.
	answers  []*answer
	captures map[string]any
	// skipped says that a condition of the step did not hold.
	skipped bool
	// open is whether those that depend on the step can go on; closed is why
	// not, if not.
	open   bool
	closed *cause
	// unsupported says that the response is one by which the registry says
	// that it does not offer this.
	unsupported bool
	// fault is the outcome of a step that has no checks to show it.
	fault result.Outcome
	// verdicts are those of the step's checks, and then rules, those on the
	// checks that are made on every exchange.
	verdicts, rules []verdict
	observed        []release.Observe
	dropped         int // exchanges that are not recorded
	result          result.Step
}

func newStep(s *release.Step) *stepRun {
	return &stepRun{s: s, result: result.Step{ID: s.ID, Title: s.Title}}
}

// step deals with one step: runs it, or says why not.
func (run *caseRun) step(ctx context.Context, s *release.Step, ended *cause) {
	st := newStep(s)
	defer run.setState(st)
	if why := run.hindrance(ctx, s, ended); why != nil {
		run.stop(st, why)
		return
	}
	skip, why := run.conditions(s)
	if why == nil && !skip {
		why = run.blocker(s)
	}
	switch {
	case skip:
		st.skipped = true
		return
	case why != nil:
		run.stop(st, why)
		return
	}
	req, err := run.request(s)
	if a := (*absence)(nil); errors.As(err, &a) {
		run.stop(st, a.why)
		return
	}
	if err != nil {
		run.failed(st, result.Error, err.Error())
		return
	}
	run.exchange(ctx, st, req)
}

// hindrance is what keeps a step from running whatever came before: a setting,
// the end of the case, or of the run.
func (run *caseRun) hindrance(ctx context.Context, s *release.Step, ended *cause) *cause {
	if setting := run.disabled[s.Row]; setting != "" {
		return &cause{outcome: result.Disabled, setting: setting, message: "disabled by " + setting}
	}
	if ended != nil {
		return ended
	}
	if ctx.Err() != nil {
		return notRun(ctx)
	}
	return nil
}

// conditions reports whether a step is skipped: a condition does not hold, or
// a step that it takes values from has been skipped. The cause is that of a
// step without the response that a condition is about.
func (run *caseRun) conditions(s *release.Step) (skip bool, why *cause) {
	for _, id := range s.Takes() {
		if st := run.state(id); st != nil && st.skipped {
			return true, nil
		}
	}
	for _, w := range s.When {
		st := run.state(w.Step)
		switch {
		case st == nil || st.skipped:
			return true, nil
		case len(st.answers) == 0:
			why = st.closed
		case len(run.mismatches(w.Response, st.answers[0])) > 0:
			return true, nil
		}
	}
	return false, why
}

// blocker is why a step cannot run: a step that it depends on is closed.
func (run *caseRun) blocker(s *release.Step) *cause {
	for _, id := range run.dependencies(s) {
		st := run.state(id)
		switch {
		case st == nil:
			return &cause{outcome: result.Blocked, place: &result.Place{Case: run.c.ID, Step: id}, message: "step " + id + " has not run"}
		case !st.open && !st.skipped:
			return st.closed
		}
	}
	return nil
}

// dependencies are the steps that a step stands on: those that it takes values
// from, and those named by after, which are all earlier ones that change state
// unless the author says otherwise. A step of the cleanup needs nothing but
// the values, from whatever response has them.
func (run *caseRun) dependencies(s *release.Step) []string {
	var ids []string
	cleanup := run.isCleanup(s)
	if !cleanup {
		ids = s.Takes()
	}
	if s.After != nil {
		return append(ids, *s.After...)
	}
	if cleanup {
		return nil
	}
	for _, e := range run.c.Steps[:slices.Index(run.c.Steps, s)] {
		if !e.Safe() && !e.NoGate && (s.Together == 0 || e.Together != s.Together) && !slices.Contains(ids, e.ID) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// stop gives every check of a step that cannot be run what an earlier one
// explains.
func (run *caseRun) stop(st *stepRun, why *cause) {
	st.closed = why
	st.result.BlockedBy = why.place
	st.result.Message = why.message
	run.uniform(st, why.outcome, why.message, why)
	if why.outcome == result.Inconclusive {
		st.fault = why.outcome
	}
}

// failed gives every check of a step that could not be made one outcome, and
// blocks those that depend on it.
func (run *caseRun) failed(st *stepRun, outcome result.Outcome, message string) {
	st.closed = &cause{outcome: result.Blocked, place: run.place(st.s), message: message, trouble: true}
	st.result.Message = message
	run.uniform(st, outcome, message, nil)
	st.fault = outcome
}

// uniform gives every check of a step the same outcome.
func (run *caseRun) uniform(st *stepRun, outcome result.Outcome, message string, why *cause) {
	for _, c := range st.s.Checks {
		v := run.verdict(c, outcome)
		v.Message, v.cause = message, why
		st.verdicts = append(st.verdicts, v)
	}
}

// maxExchanges bounds how many exchanges of a step are recorded.
const maxExchanges = 40

// keep records exchanges, the first and the last ones if there are many.
func (st *stepRun) keep(hops []result.Exchange) {
	all := append(st.result.Exchanges, hops...)
	if more := len(all) - maxExchanges; more > 0 {
		all = slices.Delete(all, maxExchanges/2, maxExchanges/2+more)
		st.dropped += more
	}
	st.result.Exchanges = all
}

// conclude returns the result of the step.
func (st *stepRun) conclude() result.Step {
	res := st.result
	for _, v := range st.verdicts {
		res.Checks = append(res.Checks, v.Check)
	}
	if st.dropped > 0 && res.Message == "" {
		res.Message = fmt.Sprintf("%d more exchanges, between the first %d and the last, are not recorded", st.dropped, maxExchanges/2)
	}
	return res
}

// answer is a response to a step.
type answer struct {
	*httpclient.Response
	got  *match.Received
	hops []result.Exchange // the requests that led to it, redirects and retries included
}

// exchanges are the requests that led to a response; none without one.
func (a *answer) exchanges() []result.Exchange {
	if a == nil {
		return nil
	}
	return a.hops
}
