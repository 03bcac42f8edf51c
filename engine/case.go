package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/result"
)

// cause is why something was not done, for all that depend on it.
type cause struct {
	// outcome is what checks get that could not be made.
	outcome result.Outcome
	place   *result.Place // the step that it goes back to
	message string
	setting string // that disabled it
	// key is the finding that explains it, if there is one.
	key *key
	// trouble says that it was no answer of the registry.
	trouble bool
}

// caseRun is the state of a case while it runs.
type caseRun struct {
	*runner
	c      *release.Case
	before []*node // as in node
	data   *datagen.Generator

	mu    sync.Mutex
	steps map[string]*stepRun // that have been dealt with

	result *result.Case
	// ran says that the case has been begun, so that there may be something to
	// clean up.
	ran bool
	// ended is the step whose answer says that the registry does not offer
	// what the case is about.
	ended *cause
	// closed is why what the case provides is not there, if it is not.
	closed *cause
}

// runCase runs the steps of a case, or says why not.
func (r *runner) runCase(ctx context.Context, n *node) {
	run := &caseRun{
		runner: r, c: n.c, before: n.before, steps: map[string]*stepRun{},
		result: &result.Case{ID: n.c.ID, Aliases: n.c.Aliases, Title: n.c.Title},
	}
	run.data = datagen.New(r.opts.Seed, n.c.ID, n.c.Data)
	run.data.Env = nameEnv{run}
	n.run = run
	started := time.Now()
	if why := run.obstacle(ctx, n.providers); why != nil {
		run.none(why)
	} else {
		run.ran = true
		run.ended = run.sequence(ctx, n.c.Steps)
		run.closed = run.firstClosed()
	}
	run.result.Elapsed = time.Since(started)
	run.conclude()
}

// obstacle is what keeps a case from running, if anything does: a setting, the
// end of the run, or a provider that did not provide.
func (run *caseRun) obstacle(ctx context.Context, providers []*node) *cause {
	for _, row := range run.c.Rows {
		if setting := run.disabled[row]; setting != "" {
			return &cause{outcome: result.Disabled, setting: setting}
		}
	}
	if ctx.Err() != nil {
		return notRun(ctx)
	}
	for _, p := range providers {
		if why := p.run.closed; why != nil {
			inherited := *why
			if inherited.place == nil {
				inherited.place = &result.Place{Case: p.c.ID}
			}
			return &inherited
		}
	}
	return nil
}

// notRun is why nothing more is done once ctx has ended.
func notRun(ctx context.Context) *cause {
	return &cause{outcome: result.Inconclusive, message: "not run: " + ctx.Err().Error(), trouble: true}
}

// none gives every check of the case one outcome without running it.
func (run *caseRun) none(why *cause) {
	run.closed = why
	run.result.Outcome = why.outcome
	run.result.BlockedBy = why.place
	run.result.Setting = why.setting
	run.result.Message = why.message
	for _, s := range run.c.Steps {
		st := newStep(s)
		run.stop(st, why)
		run.setState(st)
	}
}

// firstClosed is what keeps those from running that need what the case
// provides: what ended it, or the first step whose gate did not hold.
func (run *caseRun) firstClosed() *cause {
	if run.ended != nil {
		return run.ended
	}
	for _, s := range run.c.Steps {
		if st := run.state(s.ID); !st.open && !st.skipped {
			return st.closed
		}
	}
	return nil
}

func (run *caseRun) place(s *release.Step) *result.Place {
	return &result.Place{Case: run.c.ID, Step: s.ID}
}

// cleanup runs the steps that remove what the case has made, even if the case
// did not end well, and releases what is no longer needed.
func (run *caseRun) cleanup(ctx context.Context) {
	if run.ran && len(run.c.Cleanup) > 0 {
		run.sequence(ctx, run.c.Cleanup)
		run.conclude()
	}
	for _, st := range run.steps {
		st.answers, st.captures = nil, nil
	}
	run.data = nil
}

// conclude collects the results of the steps.
func (run *caseRun) conclude() {
	res := run.result
	res.Steps = []result.Step{}
	for _, st := range run.inOrder() {
		for _, v := range st.verdicts {
			if run.weighs(st, v.Outcome) && !run.explained(&v) {
				res.Outcome = result.Worse(res.Outcome, v.Outcome)
			}
		}
		if st.fault != "" && len(st.s.Checks) == 0 && !run.isCleanup(st.s) {
			res.Outcome = result.Worse(res.Outcome, st.fault)
			res.Message = st.result.Message
		}
		res.Steps = append(res.Steps, st.conclude())
	}
	if res.Outcome == "" {
		res.Outcome = result.Pass
	}
	if run.ran {
		run.blame()
	}
}

// explained reports whether a check is blocked by a finding of the case itself,
// whose outcome is then the case's.
func (run *caseRun) explained(v *verdict) bool {
	return v.Outcome == result.Blocked && v.cause != nil && v.cause.key != nil &&
		v.cause.place != nil && v.cause.place.Case == run.c.ID
}

// weighs reports whether the outcome of a check counts for the case. What the
// cleanup could not do does not.
func (run *caseRun) weighs(st *stepRun, o result.Outcome) bool {
	switch o {
	case result.Unsupported, result.Blocked, result.Disabled, result.Inconclusive:
		return !run.isCleanup(st.s)
	}
	return true
}

// blame says what the outcome of a case that has been run goes back to.
func (run *caseRun) blame() {
	run.result.BlockedBy, run.result.Setting = nil, ""
	switch run.result.Outcome {
	case result.Blocked, result.Unsupported, result.Disabled:
	default:
		return
	}
	for _, st := range run.inOrder() {
		for _, v := range st.verdicts {
			if v.Outcome == run.result.Outcome && v.cause != nil && run.weighs(st, v.Outcome) {
				run.blameOn(v.cause)
				return
			}
		}
	}
}

// blameOn records what the outcome of the case goes back to. A case is not
// blocked by itself: then a message names the step.
func (run *caseRun) blameOn(why *cause) {
	run.result.Setting = why.setting
	if p := why.place; p == nil || p.Case != run.c.ID || run.result.Outcome == result.Unsupported {
		run.result.BlockedBy = p
		return
	}
	run.result.Message = fmt.Sprintf("step %q: %s", why.place.Step, cmp.Or(why.message, "no usable response"))
}

// inOrder returns the steps that have been dealt with and not been skipped.
func (run *caseRun) inOrder() []*stepRun {
	var sts []*stepRun
	for _, s := range slices.Concat(run.c.Steps, run.c.Cleanup) {
		if st := run.steps[s.ID]; st != nil && !st.skipped {
			sts = append(sts, st)
		}
	}
	return sts
}
