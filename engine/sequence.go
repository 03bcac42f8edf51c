package engine

import (
	"context"
	"slices"
	"sync"

	"github.com/ocispec/ocispec/engine/release"
)

// sequence runs steps: one after the other with Options.Parallel of 1, otherwise each as
// soon as those that it waits for are complete; rest is the weight of what waits for all.
// It returns the cause if the registry does not support the feature under test, which
// ends the case but not its cleanup.
func (run *caseRun) sequence(ctx context.Context, steps []*release.Step, rest int) *cause {
	s := run.schedule(steps)
	if run.opts.Parallel > 1 {
		s.weigh(rest)
		s.concurrent(ctx, run)
	} else {
		for _, u := range s.units {
			u.run(ctx, run)
		}
	}
	var ended *cause
	before := run.depth
	for _, u := range s.units {
		run.depth = max(run.depth, u.longest(before))
		for _, step := range u.steps {
			run.state(step.ID).result.Chain = u.depth
		}
		if ended == nil {
			ended = u.ended
		}
	}
	return ended
}

// schedule returns the units of steps.
func (run *caseRun) schedule(steps []*release.Step) *schedule {
	s := &schedule{}
	for i := 0; i < len(steps); {
		n := 1
		for steps[i].Together != 0 && i+n < len(steps) && steps[i+n].Together == steps[i].Together {
			n++
		}
		s.add(run, steps, i, n)
		i += n
	}
	return s
}

// unit is a step, or a group of steps that are sent together.
type unit struct {
	steps  []*release.Step
	after  []*unit // complete before it starts
	judged []*unit // complete before its checks are made
	ends   bool    // its response can end the case
	done   chan struct{}
	ended  *cause // why the case ends with it or ended before it

	weight   int // see weigh
	requests int // on the longest chain of the unit itself
	depth    int // on the longest chain that ends with it, once it is known
}

// longest returns the number of requests on the longest chain that ends with the
// unit: each has to wait for the response to the one before it. The chain begins
// with the given number of requests.
func (u *unit) longest(before int) int {
	if u.depth == 0 {
		u.depth = before
		for _, earlier := range u.after {
			u.depth = max(u.depth, earlier.longest(before))
		}
		u.depth += u.requests
		for _, earlier := range u.judged {
			u.depth = max(u.depth, earlier.longest(before))
		}
	}
	return u.depth
}

// schedule is the units of a sequence, in order.
type schedule struct{ units []*unit }

// weigh sets the weight of each unit: the number of requests, one after the other, from
// it to the end of those that wait for it, and of rest, which waits for all.
func (s *schedule) weigh(rest int) (most int) {
	for _, u := range slices.Backward(s.units) {
		u.weight = 1 + max(rest, u.weight)
		most = max(most, u.weight)
		for _, earlier := range u.after {
			earlier.weight = max(earlier.weight, u.weight)
		}
	}
	return most
}

// add adds the n steps from i as a unit.
func (s *schedule) add(run *caseRun, steps []*release.Step, i, n int) {
	u := &unit{steps: steps[i : i+n], done: make(chan struct{})}
	var sent, judged []string
	for _, step := range u.steps {
		u.ends = u.ends || run.canEnd(step)
		sent = append(sent, run.beforeSending(step)...)
		judged = append(judged, step.References()...)
	}
	begin, at := beginning(steps, i), 0
	if run.alone.lasts() {
		begin = i
	}
	for _, earlier := range s.units {
		switch {
		case at < begin && (earlier.ends || !u.safe() || !earlier.safe()) || earlier.hasAny(sent):
			u.after = append(u.after, earlier)
		case earlier.hasAny(judged):
			u.judged = append(u.judged, earlier)
		}
		at += len(earlier.steps)
	}
	s.units = append(s.units, u)
}

// beginning returns the position of the first step of the independent group of step
// i, or i if it has none.
func beginning(steps []*release.Step, i int) int {
	for i > 0 && steps[i].Independent != 0 && steps[i-1].Independent == steps[i].Independent {
		i--
	}
	return i
}

// safe reports whether all requests are safe.
func (u *unit) safe() bool {
	return !slices.ContainsFunc(u.steps, func(s *release.Step) bool { return !s.Safe() })
}

// hasAny reports whether a step of the unit is one of those with the ids.
func (u *unit) hasAny(ids []string) bool {
	return slices.ContainsFunc(u.steps, func(s *release.Step) bool { return slices.Contains(ids, s.ID) })
}

// canEnd reports whether the response to a step can end the case: it can show that
// the registry does not support the feature under test.
func (run *caseRun) canEnd(s *release.Step) bool {
	return s.Unsupported != nil || slices.ContainsFunc(s.Checks, func(c *release.Check) bool {
		q := run.requirements[c.Requirement]
		return q != nil && (q.Level == release.May || len(q.Needs) > 0)
	})
}

// concurrent runs the units, each after those that it waits for.
func (s *schedule) concurrent(ctx context.Context, run *caseRun) {
	var wg sync.WaitGroup
	for _, u := range s.units {
		wg.Go(func() {
			for _, earlier := range u.after {
				<-earlier.done
			}
			u.run(ctx, run)
		})
	}
	wg.Wait()
}

// run runs the steps of a unit, within the limit on concurrent requests. A group
// acquires all its slots at once, since its requests must overlap.
func (u *unit) run(ctx context.Context, run *caseRun) {
	defer close(u.done)
	for _, earlier := range u.after {
		if u.ended == nil {
			u.ended = earlier.ended
		}
	}
	var sent, wg sync.WaitGroup
	sent.Add(len(u.steps))
	release := run.acquire(ctx, len(u.steps), u.weight)
	for _, s := range u.steps {
		wg.Go(func() { run.step(ctx, s, u.ended, u.wait(ctx, &sent)) })
	}
	sent.Wait()
	release()
	wg.Wait()
	for _, s := range u.steps {
		u.requests = max(u.requests, len(run.state(s.ID).result.Exchanges))
		if st := run.state(s.ID); u.ended == nil && st.unsupported && !run.isCleanup(s) {
			u.ended = st.closed
		}
	}
}

// wait returns the function that a step calls after its last request: it returns when
// the checks can be made. Only the first call counts. Meanwhile the step has no share
// of the budget for large bodies, which what it waits for can need; its own are stored.
func (u *unit) wait(ctx context.Context, sent *sync.WaitGroup) func(*share) {
	var once sync.Once
	return func(part *share) {
		once.Do(func() {
			sent.Done()
			if len(u.judged) == 0 {
				return
			}
			large := part.has
			if large {
				part.store()
				part.give()
			}
			for _, earlier := range u.judged {
				<-earlier.done
			}
			if large {
				_ = part.take(ctx) // the checks are made in any case
				part.restore()
			}
		})
	}
}

// acquire acquires slots for a case, unless it runs alone: then it has all.
func (run *caseRun) acquire(ctx context.Context, n, weight int) func() {
	if run.alone.lasts() {
		return func() {}
	}
	return run.slots.acquire(ctx, n, weight)
}

func (run *caseRun) isCleanup(s *release.Step) bool { return slices.Contains(run.c.Cleanup, s) }
