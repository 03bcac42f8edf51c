package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/httpsyntax"
	"github.com/ocispec/ocispec/result"
)

// Preflight sends the requests that the release defines to find out whether the
// registry lets a run do what its options ask for. It returns an error that says
// what is wrong and what to set. A request without a response is no error: the
// run judges that. The function that it returns, which is never nil, deletes what the
// requests started; it may be called beside Run.
func Preflight(ctx context.Context, rel *release.Release, target Target, client Doer, opts Options) (cleanup func(), err error) {
	p := &preflight{rel: rel, target: target, client: client, opts: opts}
	if p.guard, err = newGuard(rel, target, opts); err != nil {
		return p.cleanup, err
	}
	order, err := plan(rel, opts)
	if err != nil {
		return p.cleanup, nil // Run reports it
	}
	problems := make([]error, len(rel.Preflight))
	var wrong atomic.Bool
	var some errgroup.Group // at most as many as the run sends at once
	some.SetLimit(max(1, opts.Parallel))
	for i, q := range rel.Preflight {
		if !p.asked(q, order) {
			continue
		}
		some.Go(func() error {
			if !wrong.Load() {
				problems[i] = p.send(ctx, q)
				wrong.CompareAndSwap(false, problems[i] != nil)
			}
			return nil
		})
	}
	_ = some.Wait()
	i := slices.IndexFunc(problems, func(err error) bool { return err != nil })
	if i < 0 {
		return p.cleanup, nil
	}
	return p.cleanup, problems[i]
}

// preflight is the state of Preflight.
type preflight struct {
	rel     *release.Release
	target  Target
	client  Doer
	opts    Options
	guard   *guard
	mu      sync.Mutex
	started []func() // delete what requests started
}

// cleanup deletes what requests started, as far as possible.
func (p *preflight) cleanup() {
	for _, undo := range p.started {
		undo()
	}
}

// asked reports whether the options of a run ask for what a preflight is about.
func (p *preflight) asked(q release.Preflight, order []*node) bool {
	on, set := p.opts.Settings[q.Switch]
	safe := httpsyntax.Safe(q.Method)
	switch {
	case set && !on, q.ReadOnly && !p.opts.ReadOnly, p.opts.ReadOnly && !safe:
		return false
	case p.target.Other == "" && slices.Contains(q.URL.Names(), "other"):
		return false
	case p.opts.FixedRepos && p.guard.isBelow(q.URL):
		return false
	}
	return safe || slices.ContainsFunc(order, func(n *node) bool {
		return slices.ContainsFunc(slices.Concat(n.c.Steps, n.c.Cleanup), func(s *release.Step) bool { return s.Method == q.Method })
	})
}

// send sends a request, and returns an error that says what is wrong and what to set.
func (p *preflight) send(ctx context.Context, q release.Preflight) error {
	path, err := q.URL.Expand(repoEnv(p.target))
	if err != nil {
		return err
	}
	u, err := p.target.resolve(path)
	if err != nil {
		return err
	}
	resp, hops, err := p.client.Do(ctx, &httpclient.Request{Method: q.Method, URL: u, Header: http.Header{}, Allow: p.guard.allow, Large: noMore})
	if err != nil {
		return nil
	}
	if q.Cancel != "" && successful(resp.Status) && !p.opts.Keep {
		p.mu.Lock()
		p.started = append(p.started, func() { p.cancel(ctx, resp, resp.Header.Get(q.Cancel)) })
		p.mu.Unlock()
	}
	for _, problem := range q.Problems {
		if problem.When.Holds(repoEnv(p.target), newResponse(resp).got) {
			title, err := q.Title.Expand(repoEnv(p.target))
			if err != nil {
				return err
			}
			at := fmt.Sprintf("%s %s returned %d %s%s", q.Method, match.Cut(path), resp.Status, http.StatusText(resp.Status), quoted(p.rel, hops))
			return fmt.Errorf("%s %s: %s; %s", title, problem.What, at, problem.Set)
		}
	}
	return nil
}

// noMore is the Large of a request whose response matters by its beginning.
func noMore(context.Context) error { return errors.New("no more is needed") }

// quoted returns the error of the registry in the last response, without
// credentials.
func quoted(rel *release.Release, hops []result.Exchange) string {
	if len(hops) == 0 || hops[len(hops)-1].Response == nil {
		return ""
	}
	e := registryError(rel, hops[len(hops)-1].Response.Body)
	switch {
	case e == nil:
		return ""
	case e.Code == "" || e.Message == "":
		return fmt.Sprintf(" (%s)", e.Code+e.Message)
	}
	return fmt.Sprintf(" (%s: %s)", e.Code, e.Message)
}

// cancel deletes what a request started, as far as possible.
func (p *preflight) cancel(ctx context.Context, resp *httpclient.Response, ref string) {
	rest, stop := p.opts.cleanupContext(ctx)
	defer stop()
	u, err := httpsyntax.Resolve(resp.URL, ref)
	if err == nil {
		_, _, _ = p.client.Do(rest, &httpclient.Request{Method: http.MethodDelete, URL: u, Header: http.Header{}, Allow: p.guard.allow, Large: noMore})
	}
}
