package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/httpsyntax"
	"github.com/ocispec/ocispec/result"
)

// exchange sends the request of a step, repeats it and follows pages if the
// step defines that, and makes the checks when sent returns.
func (run *caseRun) exchange(ctx context.Context, st *stepRun, req *httpclient.Request, sent func(*share)) {
	defer func() { st.verdicts = append(st.verdicts, st.rules...) }()
	st.path = run.target.path(req.URL)
	a, err := run.repeat(ctx, st, req)
	if httpclient.KindOf(err) == httpclient.CutOff {
		st.open = true
		return
	}
	if err != nil {
		run.noResponse(ctx, st, req, err)
		return
	}
	if run.unauthorized(ctx, st.s, a) {
		run.failed(st, result.Inconclusive, "401 Unauthorized: the run has no valid credentials for the registry"+wanted(a.Header))
		return
	}
	st.responses = []*response{a}
	end := run.follow(ctx, st, req)
	st.capture()
	sent(&st.share)
	run.mayUseLarge(ctx, st)
	if why := run.blocker(run.named(st.s, true)); why != nil {
		st.responses, st.captures, st.rules = nil, nil, nil
		run.stop(st, why)
		return
	}
	run.judge(st, end)
	run.observe(st)
}

// repeat sends a request until a response matches the condition of the step, or
// the maximum number of attempts is reached.
func (run *caseRun) repeat(ctx context.Context, st *stepRun, req *httpclient.Request) (*response, error) {
	a, err := run.send(ctx, st, req)
	rep := st.s.Repeat
	for n := 1; err == nil && rep != nil && n < rep.Times; n++ {
		if run.met(rep.Until, a) {
			break
		}
		if limit := run.budget.Step; st.received > limit {
			return nil, errors.New(exceeded("the responses to the repeated request have", "budget.step", limit))
		}
		_ = httpclient.Sleep(ctx, rep.Every) // send sees the end of ctx
		a, err = run.send(ctx, st, req)
	}
	return a, err
}

// unauthorized reports whether a response is a 401 (RFC 9110, section 15.5.2)
// that no check of the step expects, and that the credentials of the run explain:
// no request that needs the same rights has succeeded, or the probe is rejected too.
func (run *caseRun) unauthorized(ctx context.Context, s *release.Step, a *response) bool {
	if a.Status != http.StatusUnauthorized || slices.ContainsFunc(s.Checks, func(c *release.Check) bool {
		m := c.Response.Status
		return m != nil && len(m.Match(stepEnv{run}, a.Status)) == 0
	}) {
		return false
	}
	_, accepted := run.accepted.Load(right(s.Method))
	return !accepted || Probe(ctx, run.rel, run.target, run.client) != nil
}

// wanted says which scope a registry asks for, if its challenges have one.
func wanted(h http.Header) string {
	for _, c := range httpsyntax.ParseChallenges(h.Values("WWW-Authenticate")) {
		if scope := c.Param("scope"); scope != "" {
			return ", which asks for the scope " + match.Show(scope)
		}
	}
	return ""
}

// right names the right that a request needs: to read, to delete or to write.
func right(method string) string {
	switch {
	case httpsyntax.Safe(method):
		return http.MethodGet
	case method == http.MethodDelete:
		return method
	}
	return http.MethodPut
}

// send sends a request, records the exchanges, and makes the checks that apply
// to every response.
func (run *caseRun) send(ctx context.Context, st *stepRun, req *httpclient.Request) (*response, error) {
	started := time.Now()
	resp, hops, err := run.client.Do(ctx, req)
	if !large(req, resp) {
		run.slots.took(waited(started, resp))
	}
	st.keep(hops)
	if resp != nil {
		size := resp.Size()
		st.received += size
		run.received.Add(size)
		run.budget.received.Add(size)
		run.budget.spend(len(resp.Body))
	}
	if kind := httpclient.KindOf(err); kind != httpclient.CutOff && kind != httpclient.Login && slices.ContainsFunc(hops, lost) {
		run.disrupted.Store(true)
	}
	st.rules = append(st.rules, run.retried(st, hops, err)...)
	if err != nil {
		return nil, err
	}
	a := newResponse(resp)
	a.hops = hops
	run.allot(ctx, st, a)
	if successful(a.Status) {
		run.accepted.Store(right(req.Method), true)
	}
	st.rules = append(st.rules, run.rules(st, a, false)...)
	return a, nil
}

// retried makes the checks of the rules on the responses that led to the last one or,
// if there is an error, on all.
func (run *caseRun) retried(st *stepRun, hops []result.Exchange, err error) []verdict {
	if err == nil {
		hops = hops[:max(0, len(hops)-1)]
	}
	var vs []verdict
	for i, x := range hops {
		if x.Response == nil {
			continue
		}
		a := newResponse(&httpclient.Response{Status: x.Response.Status, Header: x.Response.Header})
		a.hops = hops[:i+1]
		vs = append(vs, run.rules(st, a, true)...)
	}
	return vs
}

// large reports whether a request or the response to it has a large body, which takes
// time in any case.
func large(req *httpclient.Request, resp *httpclient.Response) bool {
	return req.Size() > httpclient.LargeBody || resp != nil && resp.Size() > httpclient.LargeBody
}

// waited returns the time that a response took or, without one, the time since started.
func waited(started time.Time, resp *httpclient.Response) time.Duration {
	if resp == nil {
		return time.Since(started)
	}
	return resp.Elapsed
}

// lost reports whether the network or a gateway lost the response to a request.
func lost(x result.Exchange) bool {
	if x.Response == nil {
		return x.Error != ""
	}
	return httpclient.Gateway(x.Response.Status)
}

func newResponse(resp *httpclient.Response) *response {
	got := &match.Received{
		Status: resp.Status, Header: resp.Header, Body: resp.Body, Problem: resp.Problem, Redirects: resp.Redirects,
	}
	if resp.Limited {
		got.Limit = resp.Problem
	}
	got.Long, _ = resp.Stream.(*match.Long)
	own := *resp
	own.Body, own.Stream = nil, nil // got has it
	return &response{Response: &own, got: got}
}

// ending describes how following the pages of a step ended. The zero value
// means that the last page was reached.
type ending struct {
	// wrong is what is wrong with a link, or with the response to it; broken
	// means the latter.
	wrong  *match.Mismatch
	broken bool
	// unsure is why the remaining pages were not requested.
	unsure string
	// err is why no response to the request for a page was received, if that
	// says nothing about the conformance of the registry.
	err error
}

// follow requests the further pages of a step by their links.
func (run *caseRun) follow(ctx context.Context, st *stepRun, req *httpclient.Request) ending {
	pages := st.s.Pages
	if pages == nil {
		return ending{}
	}
	path := "link " + pages.Rel
	seen := map[string]bool{req.URL.String(): true}
	for {
		last := st.responses[len(st.responses)-1]
		if !run.holds(st.s, last) {
			return ending{}
		}
		next, err := nextPage(last.Response, pages.Rel)
		switch {
		case err != nil:
			return ending{wrong: &match.Mismatch{Path: path, Want: "a valid link (RFC 8288)", Got: match.Cut(err.Error())}}
		case next == nil:
			return ending{}
		case seen[next.String()]:
			return ending{wrong: &match.Mismatch{Path: path, Want: "another page", Got: "a page that was already requested"}}
		case st.received > run.budget.Step:
			return ending{unsure: exceeded("the pages have", "budget.step", run.budget.Step)}
		case len(st.responses) > pages.Max:
			return ending{unsure: fmt.Sprintf("the list has more than %d pages", len(st.responses))}
		}
		seen[next.String()] = true
		page := *req
		page.URL = next
		a, err := run.send(ctx, st, &page)
		switch kind := httpclient.KindOf(err); {
		case kind == httpclient.Protocol || kind == httpclient.Redirect:
			return ending{wrong: &match.Mismatch{Path: path, Want: "another page", Got: err.Error()}, broken: true}
		case err != nil:
			return ending{err: err}
		}
		st.responses = append(st.responses, a)
	}
}

// nextPage returns the target of the link with relation rel (RFC 8288), or nil
// if the response has no such link.
func nextPage(resp *httpclient.Response, rel string) (*url.URL, error) {
	links, err := httpsyntax.ParseLinks(resp.Header.Values("Link"))
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.Has(rel) {
			return httpsyntax.Resolve(resp.URL, l.Target)
		}
	}
	return nil, nil
}

// observe records facts about the registry. For each name, the first entry that
// matches the response applies.
func (run *caseRun) observe(st *stepRun) {
	known := map[string]bool{}
	for _, o := range st.s.Observe {
		if !known[o.Name] && run.met(o.Response, st.responses[0]) {
			known[o.Name] = true
			st.observed = append(st.observed, release.Observe{Name: o.Name, Value: o.Value})
		}
	}
	run.announce(st)
}
