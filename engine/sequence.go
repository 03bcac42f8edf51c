package engine

import (
	"context"
	"slices"
	"sync"

	"github.com/ocispec/ocispec/release"
)

// sequence runs steps in order, and independent ones concurrently. It returns
// the cause if the registry does not support the feature under test, which ends
// the case but not its cleanup.
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

// batch returns how many of the next steps run concurrently: those of a
// concurrent group, or consecutive safe steps. Steps of a batch do not refer to
// each other. Outside of a group, only the last one can end the case, so that
// the requests sent do not depend on timing.
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
		if first.Together == 0 && (!s.Safe() || steps[n-1].Unsupported != nil) {
			break
		}
	}
	return n
}

// refers reports whether a step refers to one of the others.
func refers(s *release.Step, others []*release.Step) bool {
	refs := s.References()
	return slices.ContainsFunc(others, func(o *release.Step) bool { return slices.Contains(refs, o.ID) })
}

// concurrent runs steps concurrently, within the limit on concurrent requests.
// A group acquires all its slots at once, since its requests must overlap.
func (run *caseRun) concurrent(ctx context.Context, steps []*release.Step, ended *cause) {
	group := steps[0].Together != 0
	if group {
		defer run.acquire(ctx, len(steps))()
	}
	var wg sync.WaitGroup
	for _, s := range steps {
		wg.Go(func() {
			if !group {
				defer run.acquire(ctx, 1)()
			}
			run.step(ctx, s, ended)
		})
	}
	wg.Wait()
}

// acquire acquires n slots for concurrent requests and returns a function that
// releases them. It does not wait after ctx has ended.
func (run *caseRun) acquire(ctx context.Context, n int) func() {
	w := int64(min(n, run.opts.Parallel))
	if run.sem.Acquire(ctx, w) != nil {
		return func() {}
	}
	return func() { run.sem.Release(w) }
}

func (run *caseRun) isCleanup(s *release.Step) bool { return slices.Contains(run.c.Cleanup, s) }
