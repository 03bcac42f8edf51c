// Package engine executes the cases of a release against a registry.
//
// It knows HTTP and the language that cases are written in, and nothing of the
// specification that they test. A run has no global state: several may go on
// at the same time.
package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/result"
)

// Target is the registry to test and where in it to write.
type Target struct {
	// URL is the root that the paths of cases are relative to.
	URL *url.URL
	// Repo and Other are the two repositories that cases write to. A case that
	// needs a quiet repository gets one below Repo.
	Repo, Other string
}

// Doer sends requests. [httpclient.Client] is one.
type Doer interface {
	Do(context.Context, *httpclient.Request) (*httpclient.Response, []result.Exchange, error)
	Requests() int
}

// Options say how to run. The zero value runs all cases, one at a time.
type Options struct {
	// Seed makes the content: the same seed sends the same requests.
	Seed string
	// Select picks cases by id; nil stands for all. The cases that provide
	// what the picked ones need are run as well.
	Select func(id string) bool
	// Parallel is how many requests may be under way at once; 0 stands for 1.
	// Those of a concurrent group are under way at once in any case. With 1
	// the order of requests is the same in every run.
	Parallel int
	// Settings turn rows on and off, by the name of their switch.
	Settings map[string]bool
	// Strict makes a failure of a SHOULD that is not met.
	Strict bool
	// Tool goes into the results.
	Tool result.Tool
	// Progress, if not nil, is called after every case, by one goroutine at a
	// time.
	Progress func(Progress)
	// CleanupTime bounds the cleanup after ctx has ended; 0 stands for 10 s.
	CleanupTime time.Duration
}

// Progress says how far a run has come.
type Progress struct {
	Case        string
	Outcome     result.Outcome
	Done, Total int
}

// ErrEmpty is the error of a run that has no case to run.
var ErrEmpty = errors.New("no case is selected")

// Run executes the cases of a release against a registry. A nil client stands
// for an [httpclient.Client] with default options. Run returns results also when
// ctx ends before all cases have run: the rest are then inconclusive. The error
// is about the call, never about the registry.
func Run(ctx context.Context, rel *release.Release, target Target, client Doer, opts Options) (*result.Run, error) {
	if target.URL == nil || !target.URL.IsAbs() || target.URL.Host == "" {
		return nil, errors.New("the URL of the target is not absolute")
	}
	if client == nil {
		c := httpclient.New(httpclient.Options{})
		defer c.Close()
		client = c
	}
	order, err := plan(rel, opts)
	if err != nil {
		return nil, err
	}
	opts.Parallel = max(1, opts.Parallel)
	r := &runner{
		rel: rel, target: target, client: client, opts: opts, order: order,
		id:           runID(opts.Seed),
		requirements: map[string]*release.Requirement{},
		disabled:     disabledRows(rel, opts.Settings),
		sem:          semaphore.NewWeighted(int64(opts.Parallel)),
	}
	if r.guard, err = r.newGuard(); err != nil {
		return nil, err
	}
	for _, q := range rel.Requirements {
		r.requirements[q.ID] = q
	}
	started := time.Now()
	r.all(ctx)
	out := &result.Run{
		Tool: opts.Tool, Spec: rel.Patch, Seed: opts.Seed, Registry: target.URL.Redacted(),
		Started: started.UTC(), Ended: time.Now().UTC(), Requests: client.Requests(),
	}
	r.summarize(out)
	return out, nil
}

// runID is a short name of a run, from its seed.
func runID(seed string) string {
	sum := sha256.Sum256([]byte("run " + seed))
	return hex.EncodeToString(sum[:4])
}

// runner is the state of a run.
type runner struct {
	rel          *release.Release
	target       Target
	client       Doer
	opts         Options
	order        []*node
	id           string
	requirements map[string]*release.Requirement // by id
	disabled     map[string]string               // rows that are off, with the setting that says so
	// sem bounds the requests under way.
	sem *semaphore.Weighted
	// guard keeps to the repositories of the target; nil for a release that
	// knows none.
	guard *guard

	mu   sync.Mutex
	done int // cases
}

// all runs the cases, as many at once as requests may be, and cleans up after
// them.
func (r *runner) all(ctx context.Context) {
	rest, cancel := r.cleanupContext(ctx)
	defer cancel()
	q := newQueue(r.order)
	var wg sync.WaitGroup
	for range min(r.opts.Parallel, len(r.order)) {
		wg.Go(func() {
			for n := q.next(); n != nil; n = q.next() {
				if n.state == running {
					r.runCase(ctx, n)
				} else {
					n.run.cleanup(rest)
					r.progress(n)
				}
				q.finish(n)
			}
		})
	}
	wg.Wait()
}

// cleanupContext returns a context that goes on for a while after ctx has
// ended.
func (r *runner) cleanupContext(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := r.opts.CleanupTime
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
