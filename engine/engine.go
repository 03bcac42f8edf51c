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
	"fmt"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/ocispec/ocispec/exchange"
	"github.com/ocispec/ocispec/model"
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

// Doer sends requests. [exchange.Client] is one.
type Doer interface {
	Do(context.Context, *exchange.Request) (*exchange.Response, []result.Exchange, error)
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

// Run executes the cases of a release. It returns results also when ctx ends
// before all cases have run: those that have not are then inconclusive. The
// error is about the call, never about the registry.
func Run(ctx context.Context, rel *model.Release, target Target, client Doer, opts Options) (*result.Run, error) {
	p, err := newPlan(rel, opts)
	if err != nil {
		return nil, err
	}
	r := &runner{
		rel: rel, target: target, client: client, opts: opts, plan: p,
		id:  runID(opts.Seed),
		sem: semaphore.NewWeighted(int64(max(1, opts.Parallel))),
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
	rel    *model.Release
	target Target
	client Doer
	opts   Options
	plan   *plan
	id     string
	// sem bounds the requests under way.
	sem *semaphore.Weighted

	mu   sync.Mutex
	done int
}

// all runs every case once those that it needs have run, and cleans up after
// it once those that need it have been cleaned up after.
func (r *runner) all(ctx context.Context) {
	// The cleanup has to be done even if ctx has ended.
	rest, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	limit := r.opts.CleanupTime
	if limit == 0 {
		limit = 10 * time.Second
	}
	defer context.AfterFunc(ctx, func() { time.AfterFunc(limit, cancel) })()

	var wg sync.WaitGroup
	for _, n := range r.plan.order {
		wg.Go(func() {
			for _, p := range n.providers {
				<-p.ran
			}
			r.runCase(ctx, n)
			close(n.ran)
			for _, u := range n.users {
				<-u.clean
			}
			n.run.cleanup(rest)
			close(n.clean)
			r.progress(n)
		})
	}
	wg.Wait()
}

func (r *runner) progress(n *node) {
	if r.opts.Progress == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	r.opts.Progress(Progress{n.c.ID, n.run.result.Outcome, r.done, len(r.plan.order)})
}

// repo is the repository that a case writes to.
func (r *runner) repo(c *model.Case) string {
	if c.Quiet {
		return fmt.Sprintf("%s/%s-%s", r.target.Repo, r.id, c.ID)
	}
	return r.target.Repo
}

// tag begins the tags of a case.
func (r *runner) tag(c *model.Case) string {
	const longest = 60 // a tag may have 128 characters; cases add to it
	tag := "r" + r.id + "-" + c.ID
	return tag[:min(len(tag), longest)]
}
