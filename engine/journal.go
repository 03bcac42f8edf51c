package engine

import (
	"cmp"
	"context"
	"slices"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// Event is a change of the state of a case. The events of a run are enough to
// report, to clean up or to go on with it after it was killed.
type Event struct {
	// Started is the id of a case whose requests follow, with content from Seed.
	Started string `json:"started,omitempty"`
	Seed    string `json:"seed,omitempty"`
	// Ran is a case whose steps have run, Clean the same case with its cleanup steps.
	Ran   *Record `json:"ran,omitempty"`
	Clean *Record `json:"clean,omitempty"`
	// Undone is the id of a case that the end of the run cut short, after its
	// cleanup.
	Undone string `json:"undone,omitempty"`
	// Given has the content that a read-only run has found, by kind.
	Given map[string][]string `json:"given,omitempty"`
}

// Case returns the id of the case of the event, or "".
func (e *Event) Case() string {
	switch {
	case e.Ran != nil:
		return e.Ran.Case.ID
	case e.Clean != nil:
		return e.Clean.Case.ID
	}
	return cmp.Or(e.Started, e.Undone)
}

// Record is a case that has run.
type Record struct {
	Case   result.Case  `json:"case"`
	Ended  *causeRecord `json:"ended,omitempty"`
	Closed *causeRecord `json:"closed,omitempty"`
	Steps  []stepRecord `json:"steps"`
}

// causeRecord, stepRecord and verdictRecord have what results do not have of
// cause, stepRun and verdict.
type causeRecord struct {
	Outcome     result.Outcome `json:"outcome"`
	Place       *result.Place  `json:"place,omitempty"`
	Message     string         `json:"message,omitempty"`
	Setting     string         `json:"setting,omitempty"`
	Requirement string         `json:"requirement,omitempty"`
	Way         string         `json:"way,omitempty"`
	Trouble     bool           `json:"trouble,omitempty"`
}

type stepRecord struct {
	ID          string            `json:"id"`
	Skipped     bool              `json:"skipped,omitempty"`
	Open        bool              `json:"open,omitempty"`
	Unsupported bool              `json:"unsupported,omitempty"`
	Fault       result.Outcome    `json:"fault,omitempty"`
	Closed      *causeRecord      `json:"closed,omitempty"`
	Observed    []release.Observe `json:"observed,omitempty"`
	Verdicts    []verdictRecord   `json:"verdicts,omitempty"` // one for each check in results
}

type verdictRecord struct {
	Success  bool            `json:"success,omitempty"`
	Cause    *causeRecord    `json:"cause,omitempty"`
	Evidence *result.Example `json:"evidence,omitempty"`
}

// journal passes an event to Options.Journal.
func (r *runner) journal(e Event) {
	if r.opts.Journal == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opts.Journal(e)
}

// record returns the record of a case with some of its steps.
func (run *caseRun) record(steps []*release.Step) *Record {
	rec := &Record{Case: *run.result, Ended: recordCause(run.ended), Closed: recordCause(run.closed), Steps: []stepRecord{}}
	rec.Case.Steps = slices.DeleteFunc(slices.Clone(rec.Case.Steps), func(r result.Step) bool {
		return !slices.ContainsFunc(steps, func(s *release.Step) bool { return s.ID == r.ID })
	})
	for _, s := range steps {
		st := run.state(s.ID)
		if st == nil {
			continue
		}
		sr := stepRecord{
			ID: s.ID, Skipped: st.skipped, Open: st.open, Unsupported: st.unsupported, Fault: st.fault,
			Closed: recordCause(st.closed), Observed: st.observed,
		}
		for _, v := range st.verdicts {
			sr.Verdicts = append(sr.Verdicts, verdictRecord{Success: v.success, Cause: recordCause(v.cause), Evidence: v.evidence})
		}
		rec.Steps = append(rec.Steps, sr)
	}
	return rec
}

// restore adds the steps of a record to the state of a case.
func (run *caseRun) restore(rec *Record) {
	res := rec.Case
	res.Steps = slices.Concat(run.result.Steps, res.Steps)
	run.result, run.ran, run.lost = &res, true, true
	run.ended, run.closed = rec.Ended.cause(), rec.Closed.cause()
	results := map[string]result.Step{}
	for _, s := range res.Steps {
		results[s.ID] = s
	}
	records := map[string]stepRecord{}
	for _, s := range rec.Steps {
		records[s.ID] = s
	}
	for _, s := range run.all() {
		sr, ok := records[s.ID]
		if !ok {
			continue
		}
		st := newStep(s)
		st.skipped, st.open, st.unsupported, st.fault = sr.Skipped, sr.Open, sr.Unsupported, sr.Fault
		st.closed, st.observed = sr.Closed.cause(), sr.Observed
		run.announcedBefore(st)
		if was, ok := results[s.ID]; ok {
			st.result = was
			st.result.Checks = nil // conclude adds them
			for i, c := range was.Checks[:min(len(was.Checks), len(sr.Verdicts))] {
				v := sr.Verdicts[i]
				st.verdicts = append(st.verdicts, verdict{Check: c, success: v.Success, cause: v.Cause.cause(), evidence: v.Evidence})
			}
		}
		run.setState(st)
	}
}

func recordCause(c *cause) *causeRecord {
	if c == nil {
		return nil
	}
	r := &causeRecord{Outcome: c.outcome, Place: c.place, Message: c.message, Setting: c.setting, Trouble: c.trouble}
	if c.key != nil {
		r.Requirement, r.Way = c.key.requirement, c.key.way
	}
	return r
}

func (r *causeRecord) cause() *cause {
	if r == nil {
		return nil
	}
	c := &cause{outcome: r.Outcome, place: r.Place, message: r.Message, setting: r.Setting, trouble: r.Trouble}
	if r.Requirement != "" {
		c.key = &key{r.Requirement, r.Way}
	}
	return c
}

// given returns the content that an earlier run has found, or nil.
func given(past []Event) map[string][]string {
	for _, e := range past {
		if e.Given != nil {
			return e.Given
		}
	}
	return nil
}

// recall sets the states of the cases from Options.Past: those that have run are
// not run again, and what one that was cut short has left is removed before it
// starts.
func (r *runner) recall() {
	nodes := map[string]*node{}
	for _, n := range r.order {
		nodes[n.c.ID] = n
	}
	seeds := map[string]string{}
	for _, e := range r.opts.Past {
		switch {
		case e.Started != "":
			seeds[e.Started] = e.Seed
			if n := nodes[e.Started]; n != nil {
				n.left = r.newCase(n, e.Seed)
				n.left.ran, n.left.cut, n.left.lost = true, true, true
			}
		case e.Undone != "":
			if n := nodes[e.Undone]; n != nil {
				n.left = nil
			}
		case e.Ran != nil:
			r.recallRun(nodes[e.Ran.Case.ID], e.Ran, seeds, ran)
		case e.Clean != nil:
			r.recallRun(nodes[e.Clean.Case.ID], e.Clean, seeds, clean)
		}
	}
}

func (r *runner) recallRun(n *node, rec *Record, seeds map[string]string, s state) {
	if n == nil {
		return
	}
	n.left, n.state = nil, s
	if s == ran || n.run == nil {
		n.run = r.newCase(n, seeds[n.c.ID])
	}
	n.run.restore(rec)
}

// newCase returns the state of a case before it runs.
func (r *runner) newCase(n *node, seed string) *caseRun {
	run := &caseRun{
		runner: r, c: n.c, seed: seed, before: n.before, given: n.given, late: n.late, steps: map[string]*stepRun{},
		result: &result.Case{ID: n.c.ID, Aliases: n.c.Aliases, Title: n.c.Title},
	}
	run.data = generator(n.c, seed, r.sized(n.c.Data))
	run.data.Env = nameEnv{run}
	return run
}

// Report returns the results of a run from the events in Options.Past. If the run was
// killed, the cases that are not complete are inconclusive.
func Report(rel *release.Release, target Target, opts Options) (*result.Run, error) {
	if found := given(opts.Past); found != nil {
		opts.Given = found
	}
	r, err := newRunner(rel, target, nil, opts)
	if err != nil {
		return nil, err
	}
	incomplete := map[*node]bool{}
	for _, n := range r.order { // providers before users
		if n.run != nil {
			continue
		}
		n.run = r.newCase(n, opts.Seed)
		why := n.run.obstacle(context.Background(), slices.DeleteFunc(slices.Clone(n.providers), func(p *node) bool { return incomplete[p] }))
		if why == nil {
			incomplete[n] = true
			message := cmp.Or(opts.NotRun[n.c.ID], "not complete: the run was killed")
			why = &cause{outcome: result.Inconclusive, message: message, trouble: true}
		}
		n.run.notStarted(why)
		n.run.conclude()
	}
	out := r.results()
	for _, c := range out.Cases {
		for _, s := range c.Steps {
			out.Requests += len(s.Exchanges)
		}
	}
	return out, nil
}

// Clean runs the cleanup of the cases in Options.Past that it did not run for. It
// returns the requests that it sent and their responses.
func Clean(ctx context.Context, rel *release.Release, target Target, client Doer, opts Options) ([]result.Exchange, error) {
	r, err := newRunner(rel, target, client, opts)
	if err != nil {
		return nil, err
	}
	var sent []result.Exchange
	for _, n := range slices.Backward(r.order) { // users before providers
		run := n.left
		if run == nil && n.state == ran {
			run = n.run
		}
		if run == nil {
			continue
		}
		run.cleanup(ctx)
		for _, s := range run.c.Cleanup {
			if st := run.state(s.ID); st != nil {
				sent = append(sent, st.result.Exchanges...)
			}
		}
	}
	return sent, nil
}

// undo removes what an earlier run of a case has left, and returns the number of requests
// on the longest chain that ends with that.
func (r *runner) undo(ctx context.Context, n *node) int {
	left := n.left
	if left == nil {
		return 0
	}
	left.cleanup(ctx)
	n.left = nil
	return left.depth
}
