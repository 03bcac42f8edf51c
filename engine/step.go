package engine

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/exchange"
	"github.com/ocispec/ocispec/match"
	"github.com/ocispec/ocispec/model"
	"github.com/ocispec/ocispec/result"
)

// step deals with one step: runs it, or says why not.
func (run *caseRun) step(ctx context.Context, s *model.Step) {
	st := &stepRun{s: s, result: result.Step{ID: s.ID, Title: s.Title}}
	defer func() { run.setState(st) }()
	if run.hasEnded() != nil {
		st.result.BlockedBy = run.hasEnded()
		st.result.Checks = run.uniform(s, result.Unsupported, "")
		return
	}
	if by, why := run.blocker(s); by != nil {
		run.block(st, by, why)
		return
	}
	if !run.conditions(s) {
		st.skipped = true
		return
	}
	req, err := run.request(s)
	if a := (*absence)(nil); errors.As(err, &a) {
		run.block(st, a.place, a.what)
		return
	}
	if err != nil {
		run.fault(st, result.Error, err.Error())
		return
	}
	run.exchange(ctx, st, req)
}

func (run *caseRun) hasEnded() *result.Place {
	run.mu.Lock()
	defer run.mu.Unlock()
	return run.ended
}

// blocker returns what keeps a step from running: a step that it depends on
// whose gate did not hold.
func (run *caseRun) blocker(s *model.Step) (*result.Place, string) {
	for _, id := range run.dependencies(s) {
		st := run.state(id)
		switch {
		case st == nil:
			return &result.Place{Case: run.n.c.ID, Step: id}, "step " + id + " has not run"
		case st.skipped || st.open:
		case st.blockedBy != nil:
			return st.blockedBy, ""
		default:
			return run.place(st.s), ""
		}
	}
	return nil, ""
}

// dependencies are the steps that a step stands on: those that it takes values
// from, and those named by after, which are all earlier ones that change state
// unless the author says otherwise. A step of the cleanup stands only on what
// it takes values from.
func (run *caseRun) dependencies(s *model.Step) []string {
	ids := s.Takes()
	if s.After != nil {
		return append(ids, *s.After...)
	}
	if slices.Contains(run.n.c.Cleanup, s) {
		return ids
	}
	for _, e := range run.earlier(s) {
		if !e.Safe() && !e.NoGate && (s.Together == 0 || e.Together != s.Together) && !slices.Contains(ids, e.ID) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// block gives every check of a step the outcome that an earlier one explains.
func (run *caseRun) block(st *stepRun, by *result.Place, why string) {
	st.blockedBy = by
	st.result.BlockedBy = by
	st.result.Message = why
	st.result.Checks = run.uniform(st.s, result.Blocked, why)
}

// fault gives every check of a step that could not be made one outcome.
func (run *caseRun) fault(st *stepRun, outcome result.Outcome, message string) {
	st.result.Message = message
	st.result.Checks = run.uniform(st.s, outcome, message)
	if len(st.s.Checks) == 0 {
		run.mu.Lock()
		defer run.mu.Unlock()
		run.result.Outcome = result.Worse(run.result.Outcome, outcome)
		run.result.Message = message
	}
}

// uniform gives every check of a step the same outcome.
func (run *caseRun) uniform(s *model.Step, outcome result.Outcome, message string) []result.Check {
	var checks []result.Check
	for _, c := range s.Checks {
		checks = append(checks, run.check(c, outcome, message, ""))
	}
	return checks
}

// conditions reports whether the conditions of a step hold.
func (run *caseRun) conditions(s *model.Step) bool {
	for _, id := range s.Takes() {
		if st := run.state(id); st != nil && st.skipped {
			return false
		}
	}
	for _, w := range s.When {
		st := run.state(w.Step)
		if st == nil || st.resp == nil || len(run.mismatches(w.Response, st)) > 0 {
			return false
		}
	}
	return true
}

// request makes the request of a step.
func (run *caseRun) request(s *model.Step) (*exchange.Request, error) {
	env := stepEnv{run}
	ref, err := s.URL.Expand(env)
	if err != nil {
		return nil, err
	}
	base := run.target.URL
	if takes := model.ParseRef(firstName(s.URL)); takes.Step != "" {
		if st := run.state(takes.Step); st != nil && st.resp != nil {
			base = st.resp.URL
		}
	}
	u, err := exchange.Resolve(base, ref)
	if err != nil {
		if takes := firstName(s.URL); takes != "" {
			return nil, &absence{&result.Place{Case: run.n.c.ID, Step: model.ParseRef(takes).Step}, err.Error()}
		}
		return nil, err
	}
	req := &exchange.Request{Method: s.Method, URL: u, Header: http.Header{}, Chunked: s.Chunked}
	for _, p := range s.Query {
		v, err := p.Value.Expand(env)
		if err != nil {
			return nil, err
		}
		req.URL = exchange.AppendQuery(req.URL, exchange.Param{Name: p.Name, Value: v})
	}
	for _, p := range s.Header {
		v, err := p.Value.Expand(env)
		if err != nil {
			return nil, err
		}
		req.Header.Add(p.Name, v)
	}
	req.Body, err = body(s.Body, env)
	return req, err
}

func firstName(t match.Template) string {
	if names := t.Names(); len(names) > 0 {
		return names[0]
	}
	return ""
}

func body(b *model.Body, env match.Env) ([]byte, error) {
	switch {
	case b == nil:
		return nil, nil
	case b.JSON != nil:
		return datagen.ExpandJSON(b.JSON, env)
	}
	v, err := b.Text.Value(env)
	if err != nil {
		return nil, err
	}
	if raw, ok := v.([]byte); ok {
		return raw, nil
	}
	s, err := b.Text.Expand(env)
	return []byte(s), err
}

// exchange sends the request of a step, again or for further pages if the step
// says so, and judges the response.
func (run *caseRun) exchange(ctx context.Context, st *stepRun, req *exchange.Request) {
	err := run.send(ctx, st, req)
	for n := 1; err == nil && st.s.Repeat != nil && n < st.s.Repeat.Times; n++ {
		if len(run.mismatches(st.s.Repeat.Until, st)) == 0 {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(st.s.Repeat.Every):
		}
		err = run.send(ctx, st, req)
	}
	if err != nil {
		run.failed(st, err)
		return
	}
	run.judge(ctx, st, req)
}

func (run *caseRun) send(ctx context.Context, st *stepRun, req *exchange.Request) error {
	resp, hops, err := run.client.Do(ctx, req)
	st.result.Exchanges = append(st.result.Exchanges, hops...)
	if err == nil {
		st.resp = resp
	}
	return err
}

// failed deals with a request that no usable response came to. What says
// nothing about the registry is inconclusive; a response that is not HTTP is
// the registry's fault, and fails the first check that may be failed.
func (run *caseRun) failed(st *stepRun, err error) {
	switch kind := exchange.KindOf(err); {
	case kind == exchange.Invalid:
		run.fault(st, result.Error, err.Error())
	case kind == 0 || kind.Inconclusive() || kind == exchange.TLS:
		run.fault(st, result.Inconclusive, err.Error())
	default:
		st.result.Message = err.Error()
		for i, c := range st.s.Checks {
			outcome := result.Blocked
			if i == 0 {
				outcome = run.verdict(c)
			}
			st.result.Checks = append(st.result.Checks, run.check(c, outcome, err.Error(), kind.String()))
		}
	}
}

// judge evaluates every check of a step on its response.
func (run *caseRun) judge(ctx context.Context, st *stepRun, req *exchange.Request) {
	st.capture()
	run.setState(st)
	found := run.evaluate(st)
	if err := run.follow(ctx, st, req, found); err != nil {
		run.failed(st, err)
		return
	}
	st.open = run.gate(st)
	if st.s.NoGate {
		st.open = true
	}
	if st.failedAny(found) && run.unsupported(st) {
		st.open = false
		run.mu.Lock()
		if run.ended == nil {
			run.ended = run.place(st.s)
		}
		run.mu.Unlock()
		st.record(run, found, result.Unsupported)
	} else if !st.open {
		st.record(run, found, result.Blocked)
	} else {
		st.record(run, found, "")
	}
	run.observe(st)
}

// observe records the facts that a response shows.
func (run *caseRun) observe(st *stepRun) {
	for _, o := range st.s.Observe {
		run.mu.Lock()
		_, known := run.observations[o.Name]
		run.mu.Unlock()
		if !known && len(run.mismatches(o.Response, st)) == 0 {
			run.mu.Lock()
			run.observations[o.Name] = o.Value
			run.mu.Unlock()
		}
	}
}

// unsupported reports whether the response says that the registry does not
// offer this.
func (run *caseRun) unsupported(st *stepRun) bool {
	return slices.ContainsFunc(st.s.Unsupported, func(r *model.Response) bool {
		return len(run.mismatches(r, st)) == 0
	})
}
