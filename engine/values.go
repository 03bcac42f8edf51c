package engine

import (
	"fmt"
	"slices"

	"github.com/ocispec/ocispec/exchange"
	"github.com/ocispec/ocispec/model"
	"github.com/ocispec/ocispec/result"
)

// nameEnv resolves the names of the run.
type nameEnv struct{ run *caseRun }

// Lookup implements match.Env.
func (e nameEnv) Lookup(name string) (any, error) {
	r, c := e.run.runner, e.run.n.c
	switch name {
	case "repo":
		return r.repo(c), nil
	case "other":
		return r.target.Other, nil
	case "missing":
		return r.target.Repo + "-" + r.id + "-missing", nil
	case "tag":
		return r.tag(c), nil
	}
	return nil, fmt.Errorf("${%s} stands for nothing", name)
}

// stepEnv resolves everything that a step can refer to.
type stepEnv struct{ run *caseRun }

// absence is the error of a value that a response was to have and has not.
type absence struct {
	place *result.Place
	what  string
}

func (e *absence) Error() string { return e.what }

// Lookup implements match.Env.
func (e stepEnv) Lookup(name string) (any, error) {
	ref := model.ParseRef(name)
	switch {
	case ref.IsData():
		return e.run.data.Lookup(name)
	case ref.Step == "":
		return nameEnv{e.run}.Lookup(name)
	}
	st := e.run.state(ref.Step)
	place := &result.Place{Case: e.run.n.c.ID, Step: ref.Step}
	if st == nil || st.resp == nil {
		return nil, &absence{place, fmt.Sprintf("step %s has no response", ref.Step)}
	}
	switch ref.Part {
	case "status":
		return st.resp.Status, nil
	case "body":
		return st.resp.Body, nil
	case "header":
		vs := st.resp.Header.Values(ref.Key)
		if len(vs) == 0 {
			return nil, &absence{place, fmt.Sprintf("the response to step %s has no %s", ref.Step, ref.Key)}
		}
		return vs[0], nil
	}
	v, ok := st.captures[ref.Key]
	if !ok {
		return nil, &absence{place, fmt.Sprintf("the response to step %s has no %s", ref.Step, ref.Key)}
	}
	return v, nil
}

// state is the state of a step that has been dealt with, or nil.
func (run *caseRun) state(id string) *stepRun {
	run.mu.Lock()
	defer run.mu.Unlock()
	return run.steps[id]
}

func (run *caseRun) setState(st *stepRun) {
	run.mu.Lock()
	defer run.mu.Unlock()
	run.steps[st.s.ID] = st
}

// capture takes the values out of a response that later steps use.
func (st *stepRun) capture() {
	st.captures = map[string]any{}
	for _, k := range st.s.Captures {
		if v, ok := captureOne(k, st.resp); ok {
			st.captures[k.Name] = v
		}
	}
}

func captureOne(k model.Capture, resp *exchange.Response) (any, bool) {
	var v any
	if k.Header != "" {
		vs := resp.Header.Values(k.Header)
		if len(vs) == 0 {
			return nil, false
		}
		v = vs[0]
	} else {
		doc, err := decodeJSON(resp.Body)
		if err != nil {
			return nil, false
		}
		var ok bool
		if v, ok = pointer(doc, k.Pointer); !ok {
			return nil, false
		}
	}
	if k.Regexp == "" {
		return v, true
	}
	return firstGroup(k.Regexp, fmt.Sprint(v))
}

// earlier returns the steps of the case that come before s.
func (run *caseRun) earlier(s *model.Step) []*model.Step {
	all := slices.Concat(run.n.c.Steps, run.n.c.Cleanup)
	return all[:slices.Index(all, s)]
}
