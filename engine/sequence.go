package engine

import (
	"context"
	"slices"
	"sync"

	"github.com/ocispec/ocispec/release"
)

// sequence runs steps in order; those that may go at the same time do. It
// returns what ended it, if the registry does not offer what it is about. The
// cleanup goes on all the same.
func (run *caseRun) sequence(ctx context.Context, steps []*release.Step) *cause {
	var ended *cause
	for len(steps) > 0 {
		n := run.batch(steps)
		run.concurrent(ctx, steps[:n], ended)
		for _, s := range steps[:n] {
			if st := run.state(s.ID); ended == nil && st.unsupported && !run.isCleanup(s) {
				ended = st.closed
			}
		}
		steps = steps[n:]
	}
	return ended
}

// batch says how many of the next steps go at the same time: those of a group,
// or those that change nothing. None of them refers to another, and none but
// the last of those outside of a group can end the case, so that what is sent
// does not depend on what is faster.
func (run *caseRun) batch(steps []*release.Step) int {
	first := steps[0]
	if first.Together == 0 && (!first.Safe() || run.opts.Parallel < 2) {
		return 1
	}
	n := 1
	for ; n < len(steps); n++ {
		s := steps[n]
		if s.Together != first.Together || refers(s, steps[:n]) {
			break
		}
		if first.Together == 0 && (!s.Safe() || len(steps[n-1].Unsupported) > 0) {
			break
		}
	}
	return n
}

// refers reports whether a step refers to one of others.
func refers(s *release.Step, others []*release.Step) bool {
	refs := s.References()
	return slices.ContainsFunc(others, func(o *release.Step) bool { return slices.Contains(refs, o.ID) })
}

// concurrent runs steps at the same time, within the bound for requests under
// way. A group takes its places at once, since its steps may have to meet.
func (run *caseRun) concurrent(ctx context.Context, steps []*release.Step, ended *cause) {
	group := steps[0].Together != 0
	if group {
		defer run.places(ctx, len(steps))()
	}
	var wg sync.WaitGroup
	for _, s := range steps {
		wg.Go(func() {
			if !group {
				defer run.places(ctx, 1)()
			}
			run.step(ctx, s, ended)
		})
	}
	wg.Wait()
}

// places takes places of those that bound the requests under way, and returns
// what gives them back. Once ctx has ended there is nothing to wait for.
func (run *caseRun) places(ctx context.Context, n int) func() {
	w := int64(min(n, run.opts.Parallel))
	if run.sem.Acquire(ctx, w) != nil {
		return func() {}
	}
	return func() { run.sem.Release(w) }
}

func (run *caseRun) isCleanup(s *release.Step) bool { return slices.Contains(run.c.Cleanup, s) }
