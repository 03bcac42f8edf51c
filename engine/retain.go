package engine

import (
	"context"
	"strings"

	"github.com/ocispec/ocispec/engine/httpclient"
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

// keep keeps the bodies of the responses for later steps. Large ones are decoded again
// for each of them, and are in temporary files if the budget of the run does not allow
// more in memory.
func (run *caseRun) keep(st *stepRun) {
	memory := 0
	for _, a := range st.responses {
		memory += a.got.Memory()
		a.got.Reserve, a.got.Hold = nil, nil
	}
	if memory > httpclient.LargeBody {
		st.large = true
		run.store(st)
	}
}

// store moves the large bodies of the responses out of the share of a step, into
// memory for kept ones or into temporary files.
func (run *caseRun) store(st *stepRun) {
	size := 0
	for _, a := range st.responses {
		size += len(a.got.Body)
		a.got.Store(nil)
	}
	if run.budget.keep(size) {
		st.kept = size
		return
	}
	for _, a := range st.responses {
		if a.got.Long != nil {
			continue
		}
		file, err := spill(a.got.Body)
		if err != nil {
			a.got.Release()
			a.got.Limit = "the body is too large to be kept: " + err.Error()
			continue
		}
		st.files = append(st.files, file)
		a.got.Store(file.read)
	}
}

// takeBack moves the bodies of the responses back into the share of the step.
func (run *caseRun) takeBack(ctx context.Context, st *stepRun) {
	run.budget.drop(st.kept)
	st.kept, st.decoded = 0, 0
	for _, a := range st.responses {
		restore(a)
		run.allot(ctx, st, a)
	}
	st.closeFiles()
}

// restore takes the body of a response back into memory, unless it never was there.
func restore(a *response) {
	var b []byte
	if a.got.Long == nil {
		var err error
		if b, err = a.got.Content(); err != nil {
			a.got.Limit = err.Error()
		}
	}
	a.got.Restore(b)
}

// closeFiles removes the temporary files.
func (st *stepRun) closeFiles() {
	for _, file := range st.files {
		file.close()
	}
	st.files = nil
}

// usesLarge reports whether a step needs large bodies of earlier steps.
func (run *caseRun) usesLarge(s *release.Step) bool {
	run.mu.Lock()
	defer run.mu.Unlock()
	for name := range run.needs[s] {
		if st := run.steps[name]; st != nil && st.large {
			return true
		}
	}
	return false
}

// mayUseLarge waits until a step may have large bodies, if it needs those of earlier
// steps. After the end of ctx, the checks are made in any case.
func (run *caseRun) mayUseLarge(ctx context.Context, st *stepRun) {
	if run.usesLarge(st.s) {
		_ = st.share.take(ctx)
	}
}

// release frees the bodies of the responses.
func (run *caseRun) release(st *stepRun) {
	for _, a := range st.responses {
		a.got.Release()
	}
	st.closeFiles()
	run.budget.drop(st.kept)
	st.kept = 0
}
