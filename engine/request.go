package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/httpsyntax"
	"github.com/ocispec/ocispec/result"
)

// request builds the request of a step.
func (run *caseRun) request(s *release.Step) (*httpclient.Request, error) {
	env := stepEnv{run}
	u, err := run.url(s, env)
	if err != nil {
		return nil, err
	}
	req := &httpclient.Request{Method: s.Method, URL: u, Header: http.Header{}, Chunked: s.Chunked, Allow: run.guard.allow}
	req.Once = !s.Safe() && givenBy(s) != ""
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
	// Without Accept-Encoding a server may compress (RFC 9110, section 12.5.3).
	if req.Header.Get("Accept-Encoding") == "" {
		req.Header.Set("Accept-Encoding", "identity")
	}
	err = setBody(req, s, env)
	req.Digest = contentDigest(s.Body, env)
	req.Cut = s.Cut
	if err == nil && s.Skip != "" {
		err = run.skip(req, s.Skip, env)
	}
	return req, err
}

// skip removes the number of bytes that a template says from the beginning of a body.
func (run *caseRun) skip(req *httpclient.Request, t match.Template, env match.Env) error {
	text, err := t.Expand(env)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > len(req.Body) {
		return run.unusable(t.Names(), fmt.Errorf("%s is not a number of bytes from 0 to %d", text, len(req.Body)))
	}
	req.Body, req.Digest = req.Body[n:], ""
	return nil
}

// contentDigest returns the sha256 digest of a body that is generated content, which
// the content has already, or an empty string.
func contentDigest(b *release.Body, env match.Env) string {
	if b == nil {
		return ""
	}
	name, ok := strings.CutSuffix(string(b.Text), ".bytes}")
	if !ok || !strings.HasPrefix(name, "${data.") || len(b.Text.Names()) != 1 {
		return ""
	}
	d, _ := match.Template(name + ".digest}").Expand(env)
	if !strings.HasPrefix(d, digest.SHA256.String()+":") {
		return ""
	}
	return d
}

// url returns the URL of a step's request. A reference that begins with a value
// from a response, such as a Location, resolves against the URL of that
// response; any other is a path below the URL of the target.
func (run *caseRun) url(s *release.Step, env match.Env) (*url.URL, error) {
	ref, err := s.URL.Expand(env)
	if err != nil {
		return nil, err
	}
	resolve := run.target.resolve
	if st := run.state(givenBy(s)); st != nil {
		resolve = func(ref string) (*url.URL, error) { return httpsyntax.Resolve(st.responses[0].URL, ref) }
	}
	u, err := resolve(ref)
	if err != nil {
		return nil, run.unusable(s.URL.Names(), err)
	}
	return u, nil
}

// givenBy returns the id of the step whose response has the URL of a step, as in a
// Location, or "". What such a URL names can be gone once it was used.
func givenBy(s *release.Step) string {
	names := s.URL.Names()
	if len(names) == 0 || !strings.HasPrefix(string(s.URL), "${"+names[0]) {
		return ""
	}
	return release.ParseRef(names[0]).Step
}

// unusable returns the error for a request that cannot be sent. If the request
// uses a value from a response, that value is blamed.
func (run *caseRun) unusable(names []string, err error) error {
	for _, name := range names {
		if ref := release.ParseRef(name); ref.Step != "" {
			return run.absent(ref, fmt.Sprintf("%s in the response to step %q cannot be used in a request: %v", partOf(ref), ref.Step, err))
		}
	}
	return err
}

// setBody sets the body of a request. A long one of which a part is sent is a body as
// any other.
func setBody(req *httpclient.Request, s *release.Step, env match.Env) error {
	b := s.Body
	if b == nil {
		return nil
	}
	var err error
	if b.JSON != nil {
		req.Body, err = datagen.ExpandJSON(b.JSON, env)
		return err
	}
	v, err := b.Text.Value(env)
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case []byte:
		req.Body = v
		return nil
	case *match.Long:
		if s.Cut > 0 || s.Skip != "" {
			req.Body = v.Bytes()
		} else {
			req.Stream = v
		}
		return nil
	}
	text, err := b.Text.Expand(env)
	req.Body = []byte(text)
	return err
}

// inputs lists the names of the placeholders in a request.
func inputs(s *release.Step) []string {
	var names []string
	s.Inputs(func(t match.Template) { names = append(names, t.Names()...) })
	return names
}

// noResponse records the outcome of a request without a usable response. An
// error that says nothing about the conformance of the registry is
// inconclusive; a response that is not valid HTTP, or a redirect that cannot be
// followed, is a failure.
func (run *caseRun) noResponse(ctx context.Context, st *stepRun, req *httpclient.Request, err error) {
	switch kind := httpclient.KindOf(err); {
	case kind == httpclient.Invalid:
		err = run.unusable(inputs(st.s), err)
		if a := (*absence)(nil); errors.As(err, &a) {
			run.stop(st, a.why)
			return
		}
		run.failed(st, result.Error, err.Error())
	case kind == httpclient.Protocol || kind == httpclient.Redirect, run.drops(ctx, st, req, err):
		run.badResponse(st, err)
	default:
		run.failed(st, result.Inconclusive, err.Error())
	}
}

// drops reports whether the registry closes the connection on this request each
// time, while it responds to others: it is repeated once more and, if that fails
// too, the probe path is requested.
func (run *caseRun) drops(ctx context.Context, st *stepRun, req *httpclient.Request, err error) bool {
	if !httpclient.Dropped(err) || run.rel.Probe == "" {
		return false
	}
	_, hops, again := run.client.Do(ctx, req)
	st.keep(hops)
	return httpclient.Dropped(again) && Probe(ctx, run.rel, run.target, run.client) == nil
}

// badResponse fails the first unconditional check of a step or, if there is
// none, the first one, whatever the level of its requirement, because the
// registry violated HTTP itself. That failure blocks the other checks.
func (run *caseRun) badResponse(st *stepRun, err error) {
	st.closed = &cause{outcome: result.Blocked, place: run.place(st.s), message: err.Error()}
	st.result.Message = err.Error()
	way := httpclient.KindOf(err).String()
	run.uniform(st, result.Blocked, err.Error(), st.closed)
	if len(st.s.Checks) == 0 {
		return
	}
	i := max(0, slices.IndexFunc(st.s.Checks, func(c *release.Check) bool { return c.When == nil }))
	c, v := st.s.Checks[i], &st.verdicts[i]
	v.Outcome, v.Way, v.cause = result.Fail, way, nil
	v.evidence = run.evidence(st.s, c, nil, st.result.Exchanges[max(0, len(st.result.Exchanges)-1):])
	v.evidence.Expected, v.evidence.Actual = "an HTTP response", err.Error()
	st.closed.key = &key{c.Requirement, way}
}
