// Package engine executes the cases of a release against a registry.
//
// The engine implements HTTP and the language of cases; it has no knowledge of
// the specification under test. There is no global state: runs may be
// concurrent.
package engine

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/httpsyntax"
	"github.com/ocispec/ocispec/result"
)

// Target is the registry under test and the repositories to write to.
type Target struct {
	// URL is an absolute URL. The paths of a release are below its path.
	URL *url.URL
	// Repo and Other are the two repositories that cases write to. A case that
	// needs a repository of its own gets one below Repo.
	Repo, Other string
	// Hosts lists further hosts, each with its port if it has one, that requests
	// other than GET and HEAD may go to. Without it, such requests go to the host
	// of URL alone, wherever a response leads.
	Hosts []string
}

// resolve returns the URL of a path of the release.
func (t Target) resolve(path string) (*url.URL, error) {
	if strings.HasPrefix(path, "/") {
		path = strings.TrimSuffix(t.URL.EscapedPath(), "/") + path
	}
	return httpsyntax.Resolve(t.URL, path)
}

// path returns the path of a URL as the release has it, or the whole path if it is
// not below that of the target.
func (t Target) path(u *url.URL) string {
	return strings.TrimPrefix(u.Path, strings.TrimSuffix(t.URL.Path, "/"))
}

// Doer sends requests. [httpclient.Client] implements it.
type Doer interface {
	Do(context.Context, *httpclient.Request) (*httpclient.Response, []result.Exchange, error)
	Requests() int
}

// Options configure a run. The zero value runs all cases, one request at a
// time.
type Options struct {
	// Seed determines the generated content: runs with the same seed send the
	// same requests. What follows a slash in it changes only the content and the
	// names of fresh cases, so that a seed can be used again, and what follows a
	// second one those of all cases, but for content that they share.
	Seed string
	// Select reports whether to run a case, given its id; nil selects all
	// cases. The providers of the selected cases run as well.
	Select func(id string) bool
	// Parallel is the maximum number of concurrent requests; 0 means 1. The
	// requests of a concurrent group are always concurrent. With 1, the order
	// of requests is the same in every run.
	Parallel int
	// Before is the number of requests, one after the other, for which the run has
	// waited, such as those of Probe and Preflight: its chains begin with them.
	Before int
	// Settings enable or disable rows, by the name of their switch.
	Settings map[string]bool
	// ReadOnly runs only cases that send nothing but GET and HEAD. The client
	// has to enforce it: see httpclient.Options.
	ReadOnly bool
	// Given has content that exists already, by kind. For a kind without
	// content, a read-only run uses content that the registry lists.
	Given map[string][]string
	// Keep leaves the content of the cases in the registry: nothing is cleaned
	// up.
	Keep bool
	// FixedRepos runs only cases that write to the two repositories of the target:
	// the registry has no others.
	FixedRepos bool
	// Strict reports a violated SHOULD as a failure rather than a warning.
	Strict bool
	// Tool is copied to the results.
	Tool result.Tool
	// Progress, if not nil, is called after every case. Calls are serialized.
	Progress func(Progress)
	// MaxRequests is the number of requests after which no more cases are run; 0
	// means no limit. Requests in flight and the cleanup may exceed it.
	MaxRequests int
	// Budget bounds what is received.
	Budget Budget
	// Journal, if not nil, is called for every event. Calls are serialized.
	Journal func(Event)
	// Past has the events of an earlier run of the same cases, which ended early:
	// the run goes on with it.
	Past []Event
	// NotRun has the messages of Report on cases that have not run, by id; by default
	// Report says that the run was killed.
	NotRun map[string]string
	// CleanupTime is the time limit for cleanup after ctx has ended; 0 means 10
	// s.
	CleanupTime time.Duration
}

// Progress reports a completed case, and how many of the cases are complete.
type Progress struct {
	Case        string
	Outcome     result.Outcome
	Done, Total int
}

// ErrEmpty is returned by [Run] if no case is selected.
var ErrEmpty = errors.New("no case is selected")

// Run executes the cases of a release against a registry. If client is nil, Run
// uses an [httpclient.Client] with default options. If ctx ends early, Run
// returns results in which the remaining cases are inconclusive. The error is
// about invalid arguments; failures of the registry are in the results.
func Run(ctx context.Context, rel *release.Release, target Target, client Doer, opts Options) (*result.Run, error) {
	if client == nil {
		c := httpclient.New(httpclient.Options{})
		defer c.Close()
		client = c
	}
	if found := given(opts.Past); found != nil {
		opts.Given = found
	} else if opts.ReadOnly && target.URL != nil {
		opts.Given = find(ctx, rel, target, client, opts.Given)
	}
	r, err := newRunner(rel, target, client, opts)
	if err != nil {
		return nil, err
	}
	if opts.ReadOnly {
		r.journal(Event{Given: opts.Given})
	}
	if c, ok := client.(interface{ Open(n int) }); ok && opts.Parallel > 1 {
		c.Open(min(opts.Parallel, r.steps()))
	}
	r.all(ctx)
	out := r.results()
	out.Started, out.Ended, out.Requests = r.started.UTC(), time.Now().UTC(), client.Requests()
	return out, nil
}

// newRunner returns the state before a run.
func newRunner(rel *release.Release, target Target, client Doer, opts Options) (*runner, error) {
	if target.URL == nil || !target.URL.IsAbs() || target.URL.Host == "" {
		return nil, errors.New("the target URL is not absolute")
	}
	order, err := plan(rel, opts)
	if err != nil {
		return nil, err
	}
	opts.Parallel = max(1, opts.Parallel)
	r := &runner{
		rel: rel, target: target, client: client, opts: opts, order: order,
		id:           runID(base(opts.Seed)),
		requirements: map[string]*release.Requirement{},
		disabled:     disabledRows(rel, opts.Settings),
		slots:        newSlots(opts.Parallel),
		budget:       newBudget(opts.Budget),
	}
	if r.guard, err = newGuard(rel, target, opts, r.missing()); err != nil {
		return nil, err
	}
	for _, q := range rel.Requirements {
		r.requirements[q.ID] = q
	}
	if opts.Parallel > 1 {
		r.weigh()
	}
	r.started = time.Now()
	r.recall()
	return r, nil
}

// steps returns the number of steps before the cleanup.
func (r *runner) steps() (n int) {
	for _, c := range r.order {
		n += len(c.c.Steps)
	}
	return n
}

// results returns the results of the cases so far.
func (r *runner) results() *result.Run {
	out := &result.Run{
		Version: result.Version, Partial: r.opts.Select != nil || r.opts.ReadOnly,
		Tool: r.opts.Tool, Spec: r.rel.Patch, Seed: r.opts.Seed, Registry: r.target.URL.Redacted(),
	}
	r.summarize(out)
	return out
}

// runner is the state of a run.
type runner struct {
	rel          *release.Release
	target       Target
	client       Doer
	opts         Options
	order        []*node
	id           string
	started      time.Time
	requirements map[string]*release.Requirement // by id
	disabled     map[string]string               // by row: the setting that disables it
	slots        *slots
	// guard rejects requests that modify other repositories or go to other hosts.
	guard *guard
	// budget bounds the memory for large bodies.
	budget *budget

	// accepted has the rights of requests that succeeded: see right.
	accepted sync.Map
	// confirmed has the keys of the failed checks of cases that ran alone.
	confirmed sync.Map
	// lostAgain counts the repeated cases that lost an exchange again.
	lostAgain atomic.Int32

	mu        sync.Mutex
	done      int              // completed cases
	depth     int              // see deepest
	announced map[string]int64 // see announced.go
}

// all runs and cleans up the cases, at most Options.Parallel at once.
func (r *runner) all(ctx context.Context) {
	rest, cancel := r.opts.cleanupContext(ctx)
	defer cancel()
	q := newQueue(r.order)
	var wg sync.WaitGroup
	for range min(r.opts.Parallel, len(r.order)) {
		wg.Go(func() {
			for n := q.next(); n != nil; n = q.next() {
				if n.state == running {
					if !r.runCase(ctx, rest, n) {
						q.postpone(n)
						continue
					}
				} else {
					for _, user := range n.users {
						n.run.depth = max(n.run.depth, user.depth)
					}
					for _, user := range n.sharers {
						n.run.depth = max(n.run.depth, user.run.depth)
					}
					n.run.cleanup(rest)
					r.progress(n)
				}
				q.finish(n)
			}
		})
	}
	wg.Wait()
}

// cleanupContext returns a context that outlives ctx by Options.CleanupTime.
func (o Options) cleanupContext(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := o.CleanupTime
	if limit == 0 {
		limit = 10 * time.Second
	}
	rest, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(limit)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-rest.Done():
		}
	})
	return rest, func() { stop(); cancel() }
}

func (r *runner) progress(n *node) {
	if r.opts.Progress == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	r.opts.Progress(Progress{n.c.ID, n.run.result.Outcome, r.done, len(r.order)})
}
