// Package selftest runs the cases of a release against registries with planted
// faults and against allowed variants. The cases must find each fault under the
// requirement that it breaks, and no check may fail on a variant.
package selftest

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/ocispec/ocispec/internal/faultproxy"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/compile"
	"github.com/ocispec/ocispec/result"
)

// Options selects what to run. The zero value runs everything.
type Options struct {
	// Run lists globs of fault and variant ids; empty means all. If it is set, the
	// report does not list the checks that no fault has made fail.
	Run []string
	// AllCases runs every case for each fault, not only as many of the cases that check
	// the requirements that the fault breaks as it takes to find it; and for each
	// variant, not only those without large content. Then a part of the faults can have
	// more findings than they declare: see minExact.
	AllCases bool
	// Checking runs for each fault all cases that check the requirements that it breaks,
	// unless it selects others.
	Checking bool
	// Parallel is the number of concurrent runs; 0 means twice GOMAXPROCS, since
	// runs also wait.
	Parallel int
	// Seed is the seed of the content.
	Seed string
	// Progress, if not nil, is called after every run, by one goroutine at a
	// time.
	Progress func(done, total int)
	// Results, if not nil, is called with the results for each fault, by one
	// goroutine at a time.
	Results Results
}

// Results is called with the results of a run against a registry with a fault.
type Results func(fault string, res *result.Run)

// Run runs the cases of a release against faults and variants. It returns an
// error for a malformed glob, if no fault or variant is selected, and if ctx is
// cancelled; problems with faults and variants are in the report.
func Run(ctx context.Context, rel *release.Release, altered *faultproxy.Deviations, opts Options) (*Report, error) {
	if opts.Parallel <= 0 {
		opts.Parallel = 2 * runtime.GOMAXPROCS(0)
	}
	t := &tester{rel: rel, opts: opts, checked: compile.Checked(rel), heavy: heavy(rel), needed: needed(rel), tried: map[string]int{}, red: map[string]bool{}, redChecks: map[string]bool{}}
	t.traffic = sync.OnceValue(func() traffic { return t.record(ctx) })
	started := time.Now()
	jobs, err := t.jobs(altered)
	if err != nil {
		return nil, err
	}
	t.all(ctx, jobs)
	for len(opts.Run) == 0 && !opts.AllCases {
		if jobs = t.rest(altered); len(jobs) == 0 {
			break
		}
		t.all(ctx, jobs)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.report.Spec = rel.Patch
	t.report.Elapsed = time.Since(started)
	if len(opts.Run) == 0 && !opts.AllCases {
		t.neverRed()
	}
	t.report.count(opts)
	return &t.report, nil
}

// tester is the state of a self-test.
type tester struct {
	rel     *release.Release
	opts    Options
	checked map[string][]string // the cases and rules that check each requirement
	heavy   map[string]bool     // the cases with large content, by id
	needed  map[string][]*release.Step
	traffic func() traffic // records it when first called
	tried   map[string]int // by requirement: see next
	report  Report

	mu        sync.Mutex
	done      int
	red       map[string]bool // requirement ids with a failed check
	redChecks map[string]bool // positions of failed checks
}

// job is one run, which writes its results to its own entry of the report.
type job func(context.Context)

// jobs returns the runs, variants first, since they take longest.
func (t *tester) jobs(altered *faultproxy.Deviations) ([]job, error) {
	var jobs []job
	used := 0
	variants := []*faultproxy.Variant{{Deviation: faultproxy.Deviation{Title: "The model registry as it is"}, Large: true}}
	variants = append(variants, altered.Variants...)
	for _, v := range variants {
		ok, err := t.selects(v.ID)
		if err != nil {
			return nil, err
		}
		if ok && t.applies(&v.Deviation) {
			used++
			t.report.Variants = append(t.report.Variants, &VariantResult{ID: v.ID, Title: v.Title})
			at := t.report.Variants[len(t.report.Variants)-1]
			jobs = append(jobs, func(ctx context.Context) { t.variant(ctx, v, at) })
		}
	}
	for _, f := range altered.Faults {
		if ok, err := t.selects(f.ID); !ok || err != nil {
			continue
		}
		used++
		breaks := t.inForce(f)
		if len(breaks) == 0 {
			continue
		}
		at := &FaultResult{ID: f.ID, Title: f.Title, Breaks: breaks, Findings: []Finding{}}
		t.report.Faults = append(t.report.Faults, at)
		jobs = append(jobs, func(ctx context.Context) { t.fault(ctx, f, at) })
	}
	if used == 0 {
		return nil, fmt.Errorf("no fault or variant is selected")
	}
	return jobs, nil
}

// rest returns runs for the checks that no fault has made fail so far: for each of their
// requirements, one of the next fault that breaks it, with the cases that have such checks.
func (t *tester) rest(altered *faultproxy.Deviations) []job {
	missing := map[string]map[string]bool{} // cases by requirement
	t.eachCheck(func(by string, c *release.Check) {
		if !t.redChecks[string(c.Pos)] {
			if missing[c.Requirement] == nil {
				missing[c.Requirement] = map[string]bool{}
			}
			missing[c.Requirement][by] = true
		}
	})
	var jobs []job
	for id, cases := range missing {
		breaking := slices.DeleteFunc(slices.Clone(altered.Faults), func(f *faultproxy.Fault) bool { return !slices.Contains(t.inForce(f), id) })
		if f, selected := t.next(id, breaking, cases); f != nil {
			jobs = append(jobs, func(ctx context.Context) { t.colourBy(ctx, f, selected) })
		}
	}
	return jobs
}

// next returns the next of the faults that break a requirement, and a predicate for the
// cases to run with it: each fault with those of the given cases that have exchanges that
// it alters (any case, for a rule), then each with all given cases, then each with all
// without large content too, on whose content they can depend. After the last one it
// returns nil.
func (t *tester) next(requirement string, breaking []*faultproxy.Fault, cases map[string]bool) (*faultproxy.Fault, func(string) bool) {
	for n := t.tried[requirement]; n < 3*len(breaking); n++ {
		f := breaking[n%len(breaking)]
		alters := t.alters(&f.Deviation)
		sees := []func(string) bool{
			func(id string) bool { return (cases[id] || cases[byRule]) && alters(id) },
			func(id string) bool { return cases[id] },
			func(id string) bool { return cases[id] || t.light(id) },
		}[n/len(breaking)]
		if t.hasCase(sees) {
			t.tried[requirement] = n + 1
			return f, sees
		}
	}
	return nil, nil
}

// hasCase reports whether a predicate on case ids selects a case.
func (t *tester) hasCase(selects func(string) bool) bool {
	return slices.ContainsFunc(t.rel.Cases, func(c *release.Case) bool { return selects(c.ID) })
}

// colourBy runs cases with a fault.
func (t *tester) colourBy(ctx context.Context, f *faultproxy.Fault, selected func(string) bool) {
	res, err := t.run(ctx, &f.Deviation, selected)
	if err != nil {
		return // the checks stay as they are
	}
	t.colour(res)
	t.pass(f.ID, res)
}

// selects reports whether to run a fault or variant. The model registry without
// a variant has the id "" and is selected only if there are no globs.
func (t *tester) selects(id string) (bool, error) {
	if len(t.opts.Run) == 0 {
		return true, nil
	}
	for _, g := range t.opts.Run {
		ok, err := path.Match(g, id)
		if err != nil {
			return false, fmt.Errorf("%q: %w", g, err)
		}
		if ok && id != "" {
			return true, nil
		}
	}
	return false, nil
}

// inForce returns the requirements of the release that a fault breaks; nil if
// the fault does not apply to the release.
func (t *tester) inForce(f *faultproxy.Fault) []string {
	if !t.applies(&f.Deviation) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(f.Breaks), func(id string) bool { return t.rel.Requirement(id) == nil })
}

// applies reports whether a variant or fault applies to the release, by its
// since and until.
func (t *tester) applies(a *faultproxy.Deviation) bool {
	return t.rel.InForce(a.Since, a.Until, t.rel.Patch)
}

// all runs the jobs, at most Options.Parallel of them at once.
func (t *tester) all(ctx context.Context, jobs []job) {
	next := make(chan job)
	var wg sync.WaitGroup
	for range min(t.opts.Parallel, len(jobs)) {
		wg.Go(func() {
			for j := range next {
				j(ctx)
				t.progress(len(jobs))
			}
		})
	}
	for _, j := range jobs {
		if ctx.Err() != nil {
			break
		}
		next <- j
	}
	close(next)
	wg.Wait()
}

func (t *tester) progress(total int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if t.opts.Progress != nil {
		t.opts.Progress(t.done, total)
	}
}
