package engine

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ocispec/ocispec/result"
)

// maxAgain is the number of times that a case is run again, and maxLost the number of
// repetitions in a run that may lose an exchange again: a registry that is down would
// cost them for each case.
const (
	maxAgain = 5
	maxLost  = 20
)

// runCase runs the steps of a case, or records why they did not run. A case whose
// outcome can be the consequence of something else is cleaned up and run again alone:
// one that did not pass, in which the network or a gateway lost an exchange, and one in
// which a check failed beside other requests that no case has failed alone. It returns
// false if the case, which no other one needs, is to be run again when no other can run;
// it is cleaned up until then, with rest as the context.
func (r *runner) runCase(ctx, rest context.Context, n *node) bool {
	run := n.run
	if run == nil {
		run = r.runOnce(ctx, n, 0, nil)
		if len(n.users) == 0 && r.opts.Parallel > 1 && run.doubtful(ctx) {
			run.tidy(rest)
			return false
		}
	}
	for again := 1; again <= maxAgain && run.doubtful(ctx); again++ {
		run = r.runAlone(ctx, n, run, again)
	}
	if run.ran && !run.cut {
		r.journal(Event{Ran: run.record(run.c.Steps)})
	}
	return true
}

// runOnce runs the steps of a case, after again earlier attempts, which had other names
// and content.
func (r *runner) runOnce(ctx context.Context, n *node, again int, alone *isolation) *caseRun {
	run := r.newCase(n, seedAgain(r.opts.Seed, again))
	run.alone = alone
	n.run = run
	started := time.Now()
	if why := run.obstacle(ctx, n.providers); why != nil {
		run.notStarted(why)
	} else {
		run.depth = max(r.opts.Before, r.undo(ctx, n))
		if alone != nil {
			run.depth = max(run.depth, r.deepest()) // it waited for all requests
		}
		r.journal(Event{Started: n.c.ID, Seed: run.seed})
		run.ran = true
		for _, p := range slices.Concat(n.providers, n.before) {
			run.depth = max(run.depth, p.depth)
		}
		run.retain()
		run.ended = run.sequence(ctx, n.c.Steps, n.rest)
		run.closed = run.firstClosed()
		run.cut = run.over(ctx) != nil
	}
	n.depth = run.depth
	r.reached(run.depth)
	run.result.Elapsed = time.Since(started)
	run.conclude()
	return run
}

// runAlone removes what a run of a case has left, and runs the case again, while no other
// case sends requests. It returns the earlier run if other cases have failed so alone
// meanwhile.
func (r *runner) runAlone(ctx context.Context, n *node, was *caseRun, again int) *caseRun {
	alone := &isolation{end: sync.OnceFunc(r.slots.acquire(ctx, r.opts.Parallel, first))}
	defer alone.end()
	if !was.doubtful(ctx) {
		return was
	}
	beside := was.result.Beside
	if !was.disturbed() {
		beside = was.failures()
		alone.awaited = was.failedKeys()
	}
	if !was.tidied {
		was.cut, was.alone = true, alone
		n.left = was
	}
	run := r.runOnce(ctx, n, again, alone)
	if run.disturbed() {
		r.lostAgain.Add(1)
	}
	failed := run.failedKeys()
	run.result.Beside = nil
	for _, b := range beside {
		if !slices.ContainsFunc(failed, func(k key) bool { return k.requirement == b.Requirement }) {
			run.result.Beside = append(run.result.Beside, b)
		}
	}
	return run
}

// deepest returns the number of requests on the longest chain so far that ends with a
// case before its cleanup.
func (r *runner) deepest() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.depth
}

func (r *runner) reached(depth int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.depth = max(r.depth, depth)
}

// isolation is the time in which a case runs alone: it has all slots for requests, and
// sends one at a time, but for safe ones. It ends when all failed checks that it is about
// have failed again.
type isolation struct {
	over    atomic.Bool
	mu      sync.Mutex
	awaited []key // nil means that it lasts until the case is complete
	end     func()
}

// lasts reports whether a case runs alone.
func (i *isolation) lasts() bool { return i != nil && !i.over.Load() }

// settle notes the failed checks of a complete step of a case that runs alone.
func (run *caseRun) settle(st *stepRun) {
	i := run.alone
	if !i.lasts() {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	waits := i.awaited != nil
	for _, v := range st.verdicts {
		if v.failed() {
			run.confirmed.Store(*v.key(), true)
			i.awaited = slices.DeleteFunc(i.awaited, func(k key) bool { return k == *v.key() })
		}
	}
	if waits && len(i.awaited) == 0 && i.over.CompareAndSwap(false, true) {
		i.end()
	}
}

// tidy runs the cleanup of a case that can be run again, beside other cases.
func (run *caseRun) tidy(ctx context.Context) {
	run.cut = true
	run.cleanup(ctx)
	run.cut, run.tidied = false, true
}

// doubtful reports whether a case should be run again.
func (run *caseRun) doubtful(ctx context.Context) bool {
	lost := run.disturbed() && run.lostAgain.Load() < maxLost
	return (lost || run.unconfirmed()) && run.over(ctx) == nil
}

// disturbed reports whether an exchange of a case that did not pass was lost.
func (run *caseRun) disturbed() bool {
	switch run.result.Outcome {
	case result.Pass, result.Blocked, result.Disabled, result.Unsupported:
		return false
	}
	return run.disrupted.Load()
}

// unconfirmed reports whether a check failed beside other requests, and not so in any
// case that ran alone. With Options.Parallel of 1 only a group that is sent together has
// others, and what comes after it can be their consequence.
func (run *caseRun) unconfirmed() (found bool) {
	steps := run.all()
	for run.opts.Parallel == 1 && len(steps) > 0 && steps[0].Together == 0 {
		steps = steps[1:]
	}
	run.eachFailed(func(st *stepRun, v *verdict) {
		_, known := run.confirmed.Load(*v.key())
		found = found || !known && slices.Contains(steps, st.s)
	})
	return found
}

// failedKeys returns the keys of the failed checks of a case.
func (run *caseRun) failedKeys() []key {
	keys := []key{}
	run.eachFailed(func(_ *stepRun, v *verdict) { keys = append(keys, *v.key()) })
	return keys
}

// failures lists the failed checks of a case.
func (run *caseRun) failures() []result.Beside {
	var out []result.Beside
	run.eachFailed(func(st *stepRun, v *verdict) {
		out = append(out, result.Beside{Step: st.s.ID, Requirement: v.Requirement, Message: v.Message})
	})
	return out
}

// eachFailed calls f for the failed checks of a case.
func (run *caseRun) eachFailed(f func(*stepRun, *verdict)) {
	for _, st := range run.inOrder() {
		for i := range st.verdicts {
			if v := &st.verdicts[i]; v.failed() {
				f(st, v)
			}
		}
	}
}
