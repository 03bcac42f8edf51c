package engine

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/internal/httpsyntax"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
	"github.com/ocispec/ocispec/result"
)

// request makes the request of a step.
func (run *caseRun) request(s *release.Step) (*httpclient.Request, error) {
	env := stepEnv{run}
	u, err := run.url(s, env)
	if err != nil {
		return nil, err
	}
	req := &httpclient.Request{Method: s.Method, URL: u, Header: http.Header{}, Chunked: s.Chunked}
	if run.guard != nil {
		req.Allow = run.guard.allow
	}
	for _, p := range s.Query {
		v, err := p.Value.Expand(env)
		if err != nil {
			return nil, err
		}
		req.URL = httpsyntax.AppendQuery(req.URL, httpsyntax.Param{Name: p.Name, Value: v})
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

// url is the URL of a step's request. One that begins with a value of a
// response is relative to the URL that gave that response, any other to the
// root of the registry.
func (run *caseRun) url(s *release.Step, env match.Env) (*url.URL, error) {
	ref, err := s.URL.Expand(env)
	if err != nil {
		return nil, err
	}
	base := run.target.URL
	if names := s.URL.Names(); len(names) > 0 && strings.HasPrefix(string(s.URL), "${"+names[0]) {
		if st := run.state(release.ParseRef(names[0]).Step); st != nil {
			base = st.answers[0].URL
		}
	}
	u, err := httpsyntax.Resolve(base, ref)
	if err != nil {
		return nil, run.unusable(s.URL.Names(), err)
	}
	return u, nil
}

// unusable is the error of a request that cannot be made. If it takes values
// from a response, they are what is wrong.
func (run *caseRun) unusable(names []string, err error) error {
	for _, name := range names {
		if ref := release.ParseRef(name); ref.Step != "" {
			return run.absent(ref, fmt.Sprintf("no request can be made of the %s in the response to step %s: %v", whatOf(ref), ref.Step, err))
		}
	}
	return err
}

// body makes the body of a request.
func body(b *release.Body, env match.Env) ([]byte, error) {
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

// inputs are the names of the values that a request is made of.
func inputs(s *release.Step) []string {
	var names []string
	s.Inputs(func(t match.Template) { names = append(names, t.Names()...) })
	return names
}

// unanswered deals with a request that no usable response came to. What says
// nothing about the registry is inconclusive; a response that is not HTTP, or
// a redirect that leads nowhere, is the registry's fault.
func (run *caseRun) unanswered(st *stepRun, err error) {
	switch kind := httpclient.KindOf(err); {
	case kind == httpclient.Invalid:
		err = run.unusable(inputs(st.s), err)
		if a := (*absence)(nil); errors.As(err, &a) {
			run.stop(st, a.why)
			return
		}
		run.failed(st, result.Error, err.Error())
	case kind == httpclient.Protocol || kind == httpclient.Redirect:
		run.misanswered(st, err)
	default:
		run.failed(st, result.Inconclusive, err.Error())
	}
}

// misanswered fails the first check that is made on any response, whatever the
// level of its requirement, since HTTP itself is not met; the rest is blocked by
// that.
func (run *caseRun) misanswered(st *stepRun, err error) {
	st.closed = &cause{outcome: result.Blocked, place: run.place(st.s), message: err.Error()}
	st.result.Message = err.Error()
	way := httpclient.KindOf(err).String()
	run.uniform(st, result.Blocked, err.Error(), st.closed)
	for i, c := range st.s.Checks {
		if c.When == nil {
			v := &st.verdicts[i]
			v.Outcome, v.Way, v.cause = result.Fail, way, nil
			v.evidence = run.evidence(st.s, c, nil, st.result.Exchanges[max(0, len(st.result.Exchanges)-1):])
			v.evidence.Expected, v.evidence.Actual = "an HTTP response", err.Error()
			st.closed.key = &key{c.Requirement, way}
			return
		}
	}
}
