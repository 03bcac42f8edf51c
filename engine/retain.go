package engine

import (
	"strings"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// retain counts the steps that need the body of a response, by the id of the step
// that it responds to, and those that need content, by its placeholder without the
// field. Both can be large, and are kept only as long as a step needs them.
func (run *caseRun) retain() {
	run.needs, run.users = map[*release.Step]map[string]bool{}, map[string]int{}
	for _, s := range run.all() {
		run.needs[s] = needed(s)
		for name := range run.needs[s] {
			run.users[name]++
		}
	}
}

// needed returns what a step needs, as described at retain. The digest of content
// is kept in any case.
func needed(s *release.Step) map[string]bool {
	names := map[string]bool{}
	for _, id := range s.References() {
		names[id] = true
	}
	s.Templates(func(t match.Template) {
		for _, name := range t.Names() {
			if i := strings.LastIndexByte(name, '.'); release.ParseRef(name).IsData() && name[i:] != ".digest" {
				names[name[:i]] = true
			}
		}
	})
	return names
}

// free frees what no step needs any more after a step. It does nothing in a case
// that is only cleaned up.
func (run *caseRun) free(s *release.Step) {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.users == nil {
		return
	}
	names := run.needs[s]
	names[s.ID] = true
	for name := range names {
		if name != s.ID {
			run.users[name]--
		}
		content, isContent := strings.CutPrefix(name, "data.")
		st := run.steps[name]
		switch needed := run.users[name] > 0; {
		case isContent && !needed:
			run.data.Release(content)
		case st != nil && !needed:
			run.release(st)
		case st != nil && name == s.ID:
			run.keep(st)
		}
	}
}

// keep keeps the bodies of the responses for later steps, or discards them if the
// budget of the run does not allow it. Nothing matches a discarded body.
func (run *caseRun) keep(st *stepRun) {
	size := 0
	for _, a := range st.responses {
		size += len(a.Body)
	}
	if run.budget.keep(size) {
		st.kept = size
		return
	}
	run.release(st)
	for _, a := range st.responses {
		a.got.Problem = "the body is too large to be kept"
	}
}

// release frees the bodies of the responses.
func (run *caseRun) release(st *stepRun) {
	for _, a := range st.responses {
		a.Body = nil
		a.got.Release()
	}
	run.budget.drop(st.kept)
	st.kept = 0
}
