package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

// stepRun is the state of a step that was run, stopped or skipped.
type stepRun struct {
	s    *release.Step
	path string // of the request, as in the release; its pages can have others
	// responses holds the last response, or one for each page. It is empty if
	// no usable response was received, and released after the cleanup.
	responses []*response
	captures  map[string]any
	// skipped reports that a condition of the step did not hold.
	skipped bool
	// open reports whether dependent steps can run; if not, closed is the
	// cause.
	open   bool
	closed *cause
	// unsupported reports that the response means that the registry does not
	// support the feature.
	unsupported bool
	// fault is the outcome of a step without checks that failed or did not run.
	fault result.Outcome
	// verdicts are those on the checks of the step, followed by rules once the
	// step is complete: those on the checks of rules.
	verdicts, rules []verdict
	observed        []release.Observe
	dropped         int // number of exchanges not recorded
	share           share
	received        int64 // bytes of the bodies of all responses
	decoded         int   // bytes that the values of all responses take
	kept            int   // bytes of the bodies in memory that later steps need
	large           bool  // whether a step that needs them has to have a share of the budget
	files           []*spilled
	result          result.Step
}

func newStep(s *release.Step) *stepRun {
	return &stepRun{s: s, result: result.Step{ID: s.ID, Title: s.Title}}
}

// step runs a step, or records why it does not run. It calls sent after its last
// request, and makes the checks when sent returns.
func (run *caseRun) step(ctx context.Context, s *release.Step, ended *cause, sent func(*share)) {
	st := newStep(s)
	defer sent(&st.share)
	st.share = share{budget: run.budget, store: func() { run.store(st) }, restore: func() { run.takeBack(ctx, st) }}
	defer st.share.give()
	defer run.free(s)
	defer run.setState(st)
	st.result.Start = time.Since(run.started)
	defer func() { st.result.Elapsed = time.Since(run.started) - st.result.Start }()
	if why := run.hindrance(ctx, s, ended); why != nil {
		run.stop(st, why)
		return
	}
	run.mayUseLarge(ctx, st)
	skip, why := run.conditions(s)
	if why == nil && !skip {
		why = run.blocker(run.dependencies(s))
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
	req.Large = st.share.take
	req.Expect = run.expected(s)
	run.exchange(ctx, st, req, sent)
	run.settle(st)
}

// hindrance returns what prevents a step from running regardless of other
// steps, or nil: a setting, the end of the case, the end of the run, or too much that
// was received in the case.
func (run *caseRun) hindrance(ctx context.Context, s *release.Step, ended *cause) *cause {
	if setting := run.disabled[s.Row]; setting != "" {
		return &cause{outcome: result.Disabled, setting: setting, message: "disabled by setting " + setting}
	}
	if ended != nil {
		return ended
	}
	if run.isCleanup(s) && ctx.Err() == nil {
		return nil
	}
	if limit := run.budget.Case; run.received.Load() > limit {
		return &cause{outcome: result.Inconclusive, message: "not run: " + exceeded("the responses in the case have", "budget.case", limit), trouble: true}
	}
	return run.over(ctx)
}

// conditions reports whether a step is skipped because a condition does not
// hold, or because a step whose values it uses was skipped. why is the cause if
// a condition refers to a step without a response.
func (run *caseRun) conditions(s *release.Step) (skip bool, why *cause) {
	for _, id := range s.Takes() {
		if st := run.state(id); st != nil && st.skipped {
			return true, nil
		}
	}
	for _, w := range s.When {
		st := run.state(w.Step)
		switch {
		case run.lost && (st == nil || !st.skipped && len(st.responses) == 0): // it can have been sent
		case st == nil || st.skipped:
			return true, nil
		case len(st.responses) == 0:
			why = st.closed
		case !run.met(w.Response, st.responses[0]):
			return true, nil
		}
	}
	return false, why
}

// blocker returns why a step cannot run because of a dependency, or nil.
func (run *caseRun) blocker(ids []string) *cause {
	for _, id := range ids {
		st := run.state(id)
		switch {
		case st == nil:
			return &cause{outcome: result.Blocked, place: &result.Place{Case: run.c.ID, Step: id}, message: fmt.Sprintf("step %q did not run", id)}
		case !st.open && !st.skipped:
			return st.closed
		}
	}
	return nil
}

// dependencies lists the steps that a step depends on: those whose values it
// uses, those named by After, which by default are all earlier steps with
// an unsafe method but those of its independent group, and those of them whose response
// is not known. A cleanup step depends only on the values that it uses, whatever response
// has them.
func (run *caseRun) dependencies(s *release.Step) []string {
	var ids []string
	cleanup := run.isCleanup(s)
	if !cleanup {
		ids = s.Takes()
	}
	if s.After != nil {
		ids = append(ids, run.named(s, false)...)
	}
	if cleanup {
		return ids
	}
	for _, e := range run.c.Steps[:beginning(run.c.Steps, slices.Index(run.c.Steps, s))] {
		needed := s.After == nil || run.unknown(e)
		if needed && !e.Safe() && !e.NoGate && (s.Together == 0 || e.Together != s.Together) && !slices.Contains(ids, e.ID) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// unknown reports whether the response to a step is not known, so that it can have
// changed something or not.
func (run *caseRun) unknown(s *release.Step) bool {
	st := run.state(s.ID)
	return st != nil && st.fault == result.Inconclusive
}

// named lists the steps that After names: those whose checks the step's checks
// depend on, which are safe as the step is, or the others, which its request depends
// on.
func (run *caseRun) named(s *release.Step, checks bool) []string {
	var ids []string
	if s.After == nil {
		return nil
	}
	for _, e := range run.all() {
		if slices.Contains(*s.After, e.ID) && (s.Safe() && e.Safe()) == checks {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// beforeSending lists the steps that are complete before a step sends its request.
func (run *caseRun) beforeSending(s *release.Step) []string {
	if s.Pages != nil || s.Repeat != nil {
		return s.References()
	}
	ids := append(s.Takes(), run.named(s, false)...)
	for _, w := range s.When {
		ids = append(ids, w.Step)
		w.Response.Templates(func(t match.Template) {
			for _, n := range t.Names() {
				ids = append(ids, release.ParseRef(n).Step)
			}
		})
	}
	return ids
}

// stop records the outcome of an earlier step for all checks of a step that
// does not run.
func (run *caseRun) stop(st *stepRun, why *cause) {
	st.closed = why
	st.result.BlockedBy = why.place
	st.result.Message = why.message
	run.uniform(st, why.outcome, why.message, why)
	if why.outcome == result.Inconclusive {
		st.fault = why.outcome
	}
}

// failed records an outcome for all checks of a step that could not be made,
// and blocks dependent steps.
func (run *caseRun) failed(st *stepRun, outcome result.Outcome, message string) {
	st.closed = &cause{outcome: result.Blocked, place: run.place(st.s), message: message, trouble: true}
	st.result.Message = message
	run.uniform(st, outcome, message, nil)
	st.fault = outcome
}

// uniform records the same outcome for all checks of a step.
func (run *caseRun) uniform(st *stepRun, outcome result.Outcome, message string, why *cause) {
	for _, c := range st.s.Checks {
		v := run.verdict(c, outcome)
		v.Message, v.cause = message, why
		st.verdicts = append(st.verdicts, v)
	}
}

// maxExchanges is the maximum number of exchanges recorded for a step.
const maxExchanges = 40

// keep records exchanges. Beyond maxExchanges, it keeps the first half and the
// most recent ones.
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
		res.Message = fmt.Sprintf("%d exchanges are not recorded, only the first and the last %d", st.dropped, maxExchanges/2)
	}
	return res
}

// response is a response to the request of a step.
type response struct {
	*httpclient.Response
	got  *match.Received
	hops []result.Exchange // including redirects and retries
}

// allot lets a response take what is large from the share of the step.
func (run *caseRun) allot(ctx context.Context, st *stepRun, a *response) {
	a.got.Reserve = run.reserve(ctx, st)
	a.got.Hold = func(memory int) {
		run.budget.spend(memory)
		_ = st.share.take(ctx) // after the end of ctx, the checks are made in any case
	}
}

// reserve reserves memory, in bytes, for values that are decoded from JSON.
func (run *caseRun) reserve(ctx context.Context, st *stepRun) func(int) error {
	return func(memory int) error {
		if limit := run.budget.values(); st.decoded+memory > limit {
			return fmt.Errorf("the responses to the step have values of more than %d MiB", limit>>20)
		}
		st.decoded += memory
		if st.decoded > largeJSON {
			run.budget.spend(memory)
			_ = st.share.take(ctx) // after the end of ctx, the checks are made in any case
		}
		return nil
	}
}

// exchanges returns the exchanges that led to a response, or nil if a is nil.
func (a *response) exchanges() []result.Exchange {
	if a == nil {
		return nil
	}
	return a.hops
}
