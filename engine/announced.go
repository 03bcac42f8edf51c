package engine

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// announce keeps the numbers that the response to a step announces, as facts about the
// registry. What is not a positive number is not announced.
func (run *caseRun) announce(st *stepRun) {
	for _, a := range st.s.Announces {
		value := st.responses[0].Header.Get(a.Header)
		if run.setAnnounced(a.Name, value) {
			st.observed = append(st.observed, release.Observe{Name: a.Name, Value: value})
		}
	}
}

// announcedBefore keeps the numbers that a step of an earlier run has observed.
func (run *caseRun) announcedBefore(st *stepRun) {
	for _, o := range st.observed {
		if slices.ContainsFunc(st.s.Announces, func(a release.Announce) bool { return a.Name == o.Name }) {
			run.setAnnounced(o.Name, o.Value)
		}
	}
}

// setAnnounced reports whether a value is a positive number, and keeps it.
func (r *runner) setAnnounced(name, value string) bool {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n <= 0 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.announced == nil {
		r.announced = map[string]int64{}
	}
	r.announced[name] = n
	return true
}

// size returns the number of bytes that random content has at least, because the
// registry announces it, or 0.
func (r *runner) size(d *release.Data) int64 {
	if d.Announced == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.announced[d.Announced.As]
}

// sized returns content as large as the registry announces, within its limit.
func (r *runner) sized(all []*release.Data) []*release.Data {
	out := slices.Clone(all)
	for i, d := range all {
		if n := r.size(d); n > 0 {
			grown, to := *d, max(*d.Random, min(n, d.Announced.Most))
			grown.Random = &to
			out[i] = &grown
		}
	}
	return out
}

// oversized returns why a case is not tested, or nil: its content would have to be
// larger than the release allows.
func (run *caseRun) oversized() *cause {
	for _, d := range run.c.Data {
		if n := run.size(d); d.Announced != nil && n > d.Announced.Most {
			return &cause{outcome: result.Inconclusive, trouble: true, message: fmt.Sprintf(
				"not tested: the registry announces %s of %d bytes, and a run sends at most %d", d.Announced.As, n, d.Announced.Most)}
		}
	}
	return nil
}
