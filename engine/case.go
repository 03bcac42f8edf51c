package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/exchange"
	"github.com/ocispec/ocispec/model"
	"github.com/ocispec/ocispec/result"
)

// caseRun is the state of a case while it runs.
type caseRun struct {
	*runner
	n    *node
	data *datagen.Generator

	mu    sync.Mutex
	steps map[string]*stepRun
	// ended is the step whose answer says that the registry does not offer
	// what the case is about.
	ended *result.Place

	result       *result.Case
	observations map[string]string
	// provides is whether what the case provides is there.
	provides bool
}

// stepRun is the state of a step that has been dealt with.
type stepRun struct {
	s *model.Step
	// resp is the last response; nil if there is none.
	resp  *exchange.Response
	pages []*exchange.Response // all of them, if there are several
	// open is whether the gate held; blockedBy is what keeps those that depend
	// on the step from running if it did not.
	open      bool
	blockedBy *result.Place
	// skipped says that a condition of the step did not hold.
	skipped  bool
	captures map[string]any
	result   result.Step
}

// runCase runs the steps of a case.
func (r *runner) runCase(ctx context.Context, n *node) {
	c := n.c
	run := &caseRun{
		runner: r, n: n, steps: map[string]*stepRun{}, observations: map[string]string{},
		result: &result.Case{ID: c.ID, Title: c.Title},
	}
	run.data = datagen.New(r.opts.Seed, c.ID, c.Data)
	run.data.Env = nameEnv{run}
	n.run = run
	started := time.Now()
	switch by, outcome := n.obstacle(); {
	case n.setting != "":
		run.result.Setting = n.setting
		run.none(result.Disabled, nil)
	case outcome == result.Disabled:
		run.result.Setting = by.Step
		run.none(outcome, &result.Place{Case: by.Case})
	case by != nil:
		run.none(outcome, by)
	default:
		run.sequence(ctx, c.Steps)
		run.provides = run.ended == nil && !slices.ContainsFunc(c.Steps, func(s *model.Step) bool {
			st := run.steps[s.ID]
			return !st.open && !st.skipped
		})
	}
	run.result.Elapsed = time.Since(started)
	run.conclude()
}

// obstacle is what keeps a case from running: the first provider that did not
// provide. The setting that disabled a provider is given as the step.
func (n *node) obstacle() (*result.Place, result.Outcome) {
	for _, p := range n.providers {
		if p.run.provides {
			continue
		}
		switch res := p.run.result; {
		case res.Outcome == result.Disabled:
			return &result.Place{Case: p.c.ID, Step: res.Setting}, result.Disabled
		case p.run.ended != nil:
			return p.run.ended, result.Unsupported
		case res.BlockedBy != nil:
			return res.BlockedBy, res.Outcome
		default:
			return p.run.firstClosed(), result.Blocked
		}
	}
	return nil, ""
}

// firstClosed is the first step of the case whose gate did not hold, or what
// blocked it.
func (run *caseRun) firstClosed() *result.Place {
	for _, s := range run.n.c.Steps {
		if st := run.steps[s.ID]; st != nil && !st.open && !st.skipped {
			if st.blockedBy != nil {
				return st.blockedBy
			}
			return run.place(s)
		}
	}
	return &result.Place{Case: run.n.c.ID}
}

func (run *caseRun) place(s *model.Step) *result.Place {
	return &result.Place{Case: run.n.c.ID, Step: s.ID}
}

// none gives every check of the case one outcome without running it.
func (run *caseRun) none(outcome result.Outcome, by *result.Place) {
	run.result.BlockedBy = by
	for _, s := range run.n.c.Steps {
		st := &stepRun{s: s, blockedBy: by}
		st.result = result.Step{ID: s.ID, Title: s.Title}
		st.result.Checks = run.uniform(s, outcome, "")
		run.steps[s.ID] = st
	}
	if len(run.n.c.Checks) == 0 {
		run.result.Outcome = outcome
	}
}

// sequence runs steps in order; those that may go at the same time do.
func (run *caseRun) sequence(ctx context.Context, steps []*model.Step) {
	for len(steps) > 0 {
		n := run.batch(steps)
		if n == 1 {
			run.exclusive(ctx, func() { run.step(ctx, steps[0]) })
		} else {
			run.concurrent(ctx, steps[:n])
		}
		steps = steps[n:]
	}
}

// batch says how many of the next steps go at the same time: those of a group,
// or those that change nothing and do not wait for each other.
func (run *caseRun) batch(steps []*model.Step) int {
	first := steps[0]
	n := 1
	if first.Together != 0 {
		for n < len(steps) && steps[n].Together == first.Together {
			n++
		}
		return n
	}
	if !first.Safe() || run.opts.Parallel < 2 {
		return 1
	}
	ids := []string{first.ID}
	for n < len(steps) {
		s := steps[n]
		waits := func(id string) bool { return slices.Contains(ids, id) }
		if !s.Safe() || s.Together != 0 || refers(s, waits) {
			break
		}
		ids = append(ids, s.ID)
		n++
	}
	return n
}

// refers reports whether a step refers to one for which f is true.
func refers(s *model.Step, f func(id string) bool) bool {
	return slices.ContainsFunc(s.References(), f)
}

func (run *caseRun) concurrent(ctx context.Context, steps []*model.Step) {
	var wg sync.WaitGroup
	for _, s := range steps {
		wg.Go(func() { run.exclusive(ctx, func() { run.step(ctx, s) }) })
	}
	wg.Wait()
}

// exclusive calls f with one of the places that bound the requests under way.
// A context that has ended makes f fail by itself.
func (run *caseRun) exclusive(ctx context.Context, f func()) {
	if run.sem.Acquire(ctx, 1) == nil {
		defer run.sem.Release(1)
	}
	f()
}

// cleanup runs the steps that remove what the case has made. They run even if
// the case did not end well, as far as what they refer to is there.
func (run *caseRun) cleanup(ctx context.Context) {
	if run.result.BlockedBy == nil && run.result.Setting == "" && len(run.n.c.Cleanup) > 0 {
		run.ended = nil
		run.sequence(ctx, run.n.c.Cleanup)
		run.conclude()
	}
}

// conclude collects the results of the steps.
func (run *caseRun) conclude() {
	res := run.result
	res.Steps = nil
	for _, s := range slices.Concat(run.n.c.Steps, run.n.c.Cleanup) {
		st := run.steps[s.ID]
		if st == nil || st.skipped {
			continue
		}
		res.Steps = append(res.Steps, st.result)
		for _, check := range st.result.Checks {
			res.Outcome = result.Worse(res.Outcome, check.Outcome)
		}
	}
	if res.Outcome == "" {
		res.Outcome = result.Pass
	}
	if res.Outcome == result.Blocked && res.BlockedBy == nil {
		res.BlockedBy = run.firstClosed()
	}
}
