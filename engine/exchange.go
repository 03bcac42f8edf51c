package engine

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/internal/httpsyntax"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
	"github.com/ocispec/ocispec/result"
)

// exchange sends the request of a step, again or for further pages if the step
// says so, and judges what came.
func (run *caseRun) exchange(ctx context.Context, st *stepRun, req *httpclient.Request) {
	defer func() { st.verdicts = append(st.verdicts, st.rules...) }()
	a, err := run.repeat(ctx, st, req)
	if err != nil {
		run.unanswered(st, err)
		return
	}
	if run.unauthorized(st.s, a) {
		run.failed(st, result.Inconclusive, "the registry asks for credentials that the run does not have (401)")
		return
	}
	st.answers = []*answer{a}
	end := run.follow(ctx, st, req)
	st.capture()
	run.judge(st, end)
	run.observe(st)
}

// repeat sends a request until a response is as the step says, if it does.
func (run *caseRun) repeat(ctx context.Context, st *stepRun, req *httpclient.Request) (*answer, error) {
	a, err := run.send(ctx, st, req)
	rep := st.s.Repeat
	for n := 1; err == nil && rep != nil && n < rep.Times; n++ {
		if len(run.mismatches(rep.Until, a)) == 0 {
			break
		}
		pause(ctx, rep.Every)
		a, err = run.send(ctx, st, req)
	}
	return a, err
}

// unauthorized reports whether a response says nothing but that credentials are
// missing (RFC 9110, section 15.5.2), where no check asks for that.
func (run *caseRun) unauthorized(s *release.Step, a *answer) bool {
	return a.Status == http.StatusUnauthorized && !slices.ContainsFunc(s.Checks, func(c *release.Check) bool {
		m := c.Response.Status
		return m != nil && len(m.Match(stepEnv{run}, a.Status)) == 0
	})
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// send sends a request, records what came, and makes the checks of every
// exchange.
func (run *caseRun) send(ctx context.Context, st *stepRun, req *httpclient.Request) (*answer, error) {
	resp, hops, err := run.client.Do(ctx, req)
	st.keep(hops)
	if err != nil {
		return nil, err
	}
	a := newAnswer(resp)
	a.hops = hops
	st.rules = append(st.rules, run.rules(st.s, a)...)
	return a, nil
}

func newAnswer(resp *httpclient.Response) *answer {
	return &answer{Response: resp, got: &match.Received{
		Status: resp.Status, Header: resp.Header, Body: resp.Body, Problem: resp.Problem, Redirects: resp.Redirects,
	}}
}

// ending says how the pages of a step came to an end, if not in good order.
type ending struct {
	// wrong is what is wrong with the links, or the answer to one of them: then
	// it is broken.
	wrong  *match.Mismatch
	broken bool
	// unsure says why it is not known what further pages have.
	unsure string
	// err is why there was no answer to the request for a page, through no fault
	// of the registry.
	err error
}

// follow goes on with the links of a step that has pages.
func (run *caseRun) follow(ctx context.Context, st *stepRun, req *httpclient.Request) ending {
	pages := st.s.Pages
	if pages == nil {
		return ending{}
	}
	path := "link " + pages.Rel
	seen := map[string]bool{req.URL.String(): true}
	for {
		last := st.answers[len(st.answers)-1]
		if !run.holds(st.s, last) {
			return ending{}
		}
		next, err := nextPage(last.Response, pages.Rel)
		switch {
		case err != nil:
			return ending{wrong: &match.Mismatch{Path: path, Want: "a link as of RFC 8288", Got: match.Cut(err.Error())}}
		case next == nil:
			return ending{}
		case seen[next.String()]:
			return ending{wrong: &match.Mismatch{Path: path, Want: "a further page", Got: "one that has been before"}}
		case len(st.answers) > pages.Max:
			return ending{unsure: fmt.Sprintf("there are more than %d pages", len(st.answers))}
		}
		seen[next.String()] = true
		page := *req
		page.URL = next
		a, err := run.send(ctx, st, &page)
		switch kind := httpclient.KindOf(err); {
		case kind == httpclient.Protocol || kind == httpclient.Redirect:
			return ending{wrong: &match.Mismatch{Path: path, Want: "a further page", Got: err.Error()}, broken: true}
		case err != nil:
			return ending{err: err}
		}
		st.answers = append(st.answers, a)
	}
}

// nextPage is the target of a response's link of that relation, or nil.
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

// observe records the facts that the response to a step shows: of each the
// first that matches.
func (run *caseRun) observe(st *stepRun) {
	known := map[string]bool{}
	for _, o := range st.s.Observe {
		if !known[o.Name] && len(run.mismatches(o.Response, st.answers[0])) == 0 {
			known[o.Name] = true
			st.observed = append(st.observed, release.Observe{Name: o.Name, Value: o.Value})
		}
	}
}
