package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
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
// run judges that.
func Preflight(ctx context.Context, rel *release.Release, target Target, client Doer, opts Options) error {
	g, err := newGuard(rel, target, opts)
	if err != nil {
		return err
	}
	order, err := plan(rel, opts)
	if err != nil {
		return nil // Run reports it
	}
	problems := make([]error, len(rel.Preflight))
	var wrong atomic.Bool
	var some errgroup.Group // at most as many as the run sends at once
	some.SetLimit(max(1, opts.Parallel))
	for i, p := range rel.Preflight {
		if !asked(p, target, opts, g, order) {
			continue
		}
		some.Go(func() error {
			if !wrong.Load() {
				problems[i] = preflight(ctx, rel, target, client, opts, g, p)
				wrong.CompareAndSwap(false, problems[i] != nil)
			}
			return nil
		})
	}
	_ = some.Wait()
	for _, err := range problems {
		if err != nil {
			return err
		}
	}
	return nil
}

// asked reports whether the options of a run ask for what a preflight is about.
func asked(p release.Preflight, target Target, opts Options, g *guard, order []*node) bool {
	on, set := opts.Settings[p.Switch]
	safe := httpsyntax.Safe(p.Method)
	switch {
	case set && !on, p.ReadOnly && !opts.ReadOnly, opts.ReadOnly && !safe:
		return false
	case target.Other == "" && slices.Contains(p.URL.Names(), "other"):
		return false
	case opts.FixedRepos && g.isBelow(p.URL):
		return false
	}
	return safe || slices.ContainsFunc(order, func(n *node) bool {
		return slices.ContainsFunc(slices.Concat(n.c.Steps, n.c.Cleanup), func(s *release.Step) bool { return s.Method == p.Method })
	})
}

func preflight(ctx context.Context, rel *release.Release, target Target, client Doer, opts Options, g *guard, p release.Preflight) error {
	path, err := p.URL.Expand(repoEnv(target))
	if err != nil {
		return err
	}
	u, err := target.resolve(path)
	if err != nil {
		return err
	}
	resp, hops, err := client.Do(ctx, &httpclient.Request{Method: p.Method, URL: u, Header: http.Header{}, Allow: g.allow, Large: noMore})
	if err != nil {
		return nil
	}
	if p.Cancel != "" && successful(resp.Status) && !opts.Keep {
		cancel(ctx, client, g, resp, resp.Header.Get(p.Cancel))
	}
	for _, problem := range p.Problems {
		if problem.When.Holds(repoEnv(target), newResponse(resp).got) {
			title, err := p.Title.Expand(repoEnv(target))
			if err != nil {
				return err
			}
			at := fmt.Sprintf("%s %s returned %d %s%s", p.Method, match.Cut(path), resp.Status, http.StatusText(resp.Status), quoted(rel, hops))
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
func cancel(ctx context.Context, client Doer, g *guard, resp *httpclient.Response, ref string) {
	u, err := httpsyntax.Resolve(resp.URL, ref)
	if err == nil {
		_, _, _ = client.Do(ctx, &httpclient.Request{Method: http.MethodDelete, URL: u, Header: http.Header{}, Allow: g.allow, Large: noMore})
	}
}
