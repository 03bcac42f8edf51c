package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// cause records why a case, step or check did not run. Dependent steps and
// cases inherit it.
type cause struct {
	// outcome is the outcome of the checks that were not made.
	outcome result.Outcome
	place   *result.Place // the step that is the origin
	message string
	setting string // the setting that disabled it
	// key identifies the finding that explains the cause, or is nil.
	key *key
	// trouble reports that no response of the registry led to the cause.
	trouble bool
}

// caseRun is the state of a case during a run.
type caseRun struct {
	*runner
	c      *release.Case
	seed   string  // as in Options
	before []*node // as in node
	given  string
	late   int // as in node
	data   *datagen.Generator

	mu    sync.Mutex
	steps map[string]*stepRun               // completed, stopped or skipped, by id
	users map[string]int                    // see retain
	needs map[*release.Step]map[string]bool // see retain

	result *result.Case
	// ran reports that the case was started, so that cleanup may be needed.
	ran bool
	// depth is the number of requests on the longest chain that ends with the case.
	depth int
	// tidied reports that the cleanup was run before it is known whether the case is run
	// again.
	tidied bool
	// alone is the time in which no other case sends requests, or nil.
	alone *isolation
	// disrupted reports that the network or a gateway lost an exchange of a step.
	disrupted atomic.Bool
	// received is the number of bytes of the bodies of all responses.
	received atomic.Int64
	// cut reports that the run ended before the last step was complete.
	cut bool
	// lost reports that the responses to the steps are not known: the run was
	// killed.
	lost bool
	// ended is set once a response reports that the registry does not support
	// the feature under test.
	ended *cause
	// closed is why the resources that the case provides do not exist, or nil.
	closed *cause
}

// obstacle returns what prevents a case from running, or nil: a setting, the
// end of the run, or a provider that failed.
func (run *caseRun) obstacle(ctx context.Context, providers []*node) *cause {
	for _, row := range run.c.Rows {
		if setting := run.disabled[row]; setting != "" {
			return &cause{outcome: result.Disabled, setting: setting}
		}
	}
	if setting := run.excluded(); setting != "" {
		return &cause{outcome: result.Disabled, setting: setting}
	}
	if why := run.over(ctx); why != nil {
		return why
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
	return run.oversized()
}

// over returns the cause for steps that do not run because ctx has ended, or a limit
// of the run is reached, or nil.
func (run *caseRun) over(ctx context.Context) *cause {
	why := ""
	switch limit := run.opts.MaxRequests; {
	case ctx.Err() != nil:
		why = context.Cause(ctx).Error()
	case limit > 0 && run.client.Requests() >= limit:
		why = fmt.Sprintf("the limit of %d requests is reached", limit)
	case run.budget.received.Load() > run.budget.Run:
		why = exceeded("the responses in the run have", "budget.run", run.budget.Run)
	default:
		return nil
	}
	return &cause{outcome: result.Inconclusive, message: "not run: " + why, trouble: true}
}

// notStarted records the same outcome for every check of a case that does not
// run.
func (run *caseRun) notStarted(why *cause) {
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

// firstClosed returns why dependent cases cannot run, or nil: the cause that
// ended the case, or that of the first step whose gate did not hold.
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

// cleanup runs the cleanup steps of a case, whatever its outcome, and releases
// its responses and content.
func (run *caseRun) cleanup(ctx context.Context) {
	if run.tidied {
		run.cleaned(ctx)
		return
	}
	if run.ran {
		if len(run.c.Cleanup) > 0 && !run.opts.Keep {
			run.sequence(ctx, run.c.Cleanup, run.late)
			run.conclude()
		}
		run.cleaned(ctx)
	}
	for _, st := range run.steps {
		run.release(st)
		st.responses, st.captures = nil, nil
	}
	run.data = nil
}

// cleaned adds the end of the cleanup to the journal, unless it did not run.
func (run *caseRun) cleaned(ctx context.Context) {
	switch {
	case ctx.Err() != nil:
	case run.cut:
		run.journal(Event{Undone: run.c.ID})
	default:
		run.journal(Event{Clean: run.record(run.c.Cleanup)})
	}
}

// conclude sets the outcome of the case and the results of its steps.
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

// explained reports whether a check is blocked by a finding of the same case.
// The outcome of that finding then stands for the case.
func (run *caseRun) explained(v *verdict) bool {
	return v.Outcome == result.Blocked && v.cause != nil && v.cause.key != nil &&
		v.cause.place != nil && v.cause.place.Case == run.c.ID
}

// weighs reports whether the outcome of a check counts for the case. In cleanup
// steps, only passed and failed checks, warnings and errors count.
func (run *caseRun) weighs(st *stepRun, o result.Outcome) bool {
	switch o {
	case result.Unsupported, result.Blocked, result.Disabled, result.Inconclusive:
		return !run.isCleanup(st.s)
	}
	return true
}

// blame records the origin of the outcome of a case that ran.
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

// blameOn records the origin of the outcome of a case. BlockedBy does not name
// the case itself, unless the feature is unsupported; the message names the
// step instead.
func (run *caseRun) blameOn(why *cause) {
	run.result.Setting = why.setting
	if p := why.place; p == nil || p.Case != run.c.ID || run.result.Outcome == result.Unsupported {
		run.result.BlockedBy = p
		return
	}
	run.result.Message = fmt.Sprintf("step %q: %s", why.place.Step, cmp.Or(why.message, "no usable response"))
}

// inOrder returns the steps of the case that were not skipped, cleanup last.
func (run *caseRun) inOrder() []*stepRun {
	var sts []*stepRun
	for _, s := range run.all() {
		if st := run.steps[s.ID]; st != nil && !st.skipped {
			sts = append(sts, st)
		}
	}
	return sts
}

// all returns the steps of the case, cleanup last.
func (run *caseRun) all() []*release.Step { return slices.Concat(run.c.Steps, run.c.Cleanup) }
