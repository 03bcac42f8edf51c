package selftest

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/faultproxy"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// fault runs the cases that can detect a fault and records the findings and
// problems in at.
func (t *tester) fault(ctx context.Context, f *faultproxy.Fault, at *FaultResult) {
	for _, id := range at.Breaks {
		if len(t.checked[id]) == 0 {
			at.Problems = append(at.Problems, "no case or rule checks "+id)
		}
	}
	if len(at.Problems) == len(at.Breaks) {
		return
	}
	known := at.Problems
	for _, sees := range t.selections(f, at.Breaks) {
		res, err := t.run(ctx, &f.Deviation, sees)
		if err != nil {
			at.Problems = append(at.Problems, err.Error())
			return
		}
		t.colour(res)
		t.pass(f.ID, res)
		at.Requests, at.Cases = at.Requests+res.Requests, len(res.Cases)
		at.Findings = findings(res)
		at.Surplus = surplus(f, at)
		at.Problems = slices.Concat(known, missed(at), troubles(res))
		if !t.opts.AllCases {
			at.Problems = append(at.Problems, at.Surplus...)
		}
		if len(at.Problems) == len(known) {
			return
		}
	}
}

// pass calls Options.Results.
func (t *tester) pass(fault string, res *result.Run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.opts.Results != nil {
		t.opts.Results(fault, res)
	}
}

// selections returns predicates on case ids for the cases that can detect a fault,
// to be tried in turn: at first a few, then all without large content. nil means all
// cases.
func (t *tester) selections(f *faultproxy.Fault, breaks []string) []func(string) bool {
	if t.opts.AllCases {
		return []func(string) bool{nil}
	}
	if len(f.Cases) > 0 {
		return []func(string) bool{func(id string) bool {
			return slices.ContainsFunc(f.Cases, func(g string) bool { ok, _ := path.Match(g, id); return ok })
		}}
	}
	sees := t.sees(breaks)
	light := func(id string) bool { return t.light(id) && (sees == nil || sees(id)) }
	if !t.hasCase(light) {
		return []func(string) bool{sees}
	}
	if t.opts.Checking {
		return []func(string) bool{light, sees}
	}
	cases := t.inOrder(f, breaks, light)
	return []func(string) bool{t.few(cases, 20), t.few(cases, 100), light, sees}
}

// inOrder returns the selected cases, those first that are the most likely to find a
// fault with few requests: those with an exchange that it alters, then those that check
// the requirements themselves, not by a rule, then those that need the fewest requests.
func (t *tester) inOrder(f *faultproxy.Fault, breaks []string, selected func(string) bool) []*release.Case {
	alters := t.alters(&f.Deviation)
	place := map[*release.Case]int{}
	cases := slices.DeleteFunc(slices.Clone(t.rel.Cases), func(c *release.Case) bool { return !selected(c.ID) })
	for _, c := range cases {
		if !alters(c.ID) {
			place[c] += 2
		}
		if !slices.ContainsFunc(breaks, func(id string) bool { return slices.Contains(c.Checks, id) }) {
			place[c]++
		}
	}
	slices.SortStableFunc(cases, func(a, b *release.Case) int {
		return cmp.Or(place[a]-place[b], len(t.needed[a.ID])-len(t.needed[b.ID]))
	})
	return cases
}

// few returns a predicate for the first of the cases, with about enough requests.
func (t *tester) few(cases []*release.Case, enough int) func(string) bool {
	few, steps := map[string]bool{}, map[*release.Step]bool{}
	for _, c := range cases {
		for _, s := range t.needed[c.ID] {
			steps[s] = true
		}
		if few[c.ID] = true; len(steps) >= enough {
			break
		}
	}
	return func(id string) bool { return few[id] }
}

// needed returns by case its steps and those of the cases that it needs, one or more
// times.
func needed(rel *release.Release) map[string][]*release.Step {
	provider := map[string]*release.Case{}
	for _, c := range rel.Cases {
		for _, what := range c.Provides {
			provider[what] = c
		}
	}
	steps := map[string][]*release.Step{}
	var add func(c *release.Case) []*release.Step
	add = func(c *release.Case) []*release.Step {
		if known, ok := steps[c.ID]; ok {
			return known
		}
		set := map[*release.Step]bool{}
		steps[c.ID] = nil // in a circle
		all := slices.Concat(c.Steps, c.Cleanup)
		for _, need := range c.Needs {
			all = append(all, add(provider[need])...)
		}
		steps[c.ID] = slices.DeleteFunc(all, func(s *release.Step) bool {
			was := set[s]
			set[s] = true
			return was
		})
		return steps[c.ID]
	}
	for _, c := range rel.Cases {
		add(c)
	}
	return steps
}

// large is the size in bytes from which the content of a case is large.
const large = 3 << 20

// light reports whether the content of a case is not large.
func (t *tester) light(id string) bool { return !t.heavy[id] }

// heavy returns the ids of the cases with large content.
func heavy(rel *release.Release) map[string]bool {
	ids := map[string]bool{}
	for _, c := range rel.Cases {
		size := int64(0)
		for _, d := range c.Data {
			size += d.Size
			if d.Random != nil {
				size += *d.Random
			}
		}
		if size >= large {
			ids[c.ID] = true
		}
	}
	return ids
}

// sees returns a predicate on case ids for the cases that check requirements; nil
// means all cases.
func (t *tester) sees(breaks []string) func(string) bool {
	cases := map[string]bool{}
	for _, id := range breaks {
		for _, by := range t.checked[id] {
			if strings.HasPrefix(by, "rule ") {
				return nil // a rule applies to every exchange
			}
			cases[by] = true
		}
	}
	return func(id string) bool { return cases[id] }
}

// missed returns the problems with the requirements that a fault breaks and that no
// finding names.
func missed(at *FaultResult) []string {
	var problems []string
	for _, id := range at.Breaks {
		if !slices.ContainsFunc(at.Findings, func(x Finding) bool { return x.Requirement == id }) {
			problems = append(problems, "no finding for "+id)
		}
	}
	return problems
}

// surplus returns the problems with the findings of a fault beyond those that it
// declares.
func surplus(f *faultproxy.Fault, at *FaultResult) []string {
	var problems []string
	for _, x := range at.Findings {
		if !slices.Contains(at.Breaks, x.Requirement) {
			problems = append(problems, fmt.Sprintf("unexpected finding for %s: %s (%s)", x.Requirement, x.Message, x.Place))
		}
	}
	if most := max(f.Findings, 1); len(at.Findings) > most {
		problems = append(problems, fmt.Sprintf("%d findings; want at most %d", len(at.Findings), most))
	}
	return problems
}

// troubles returns a problem for each case whose outcome does not judge the
// registry.
func troubles(res *result.Run) []string {
	var problems []string
	for _, c := range res.Cases {
		if c.Outcome == result.Error || c.Outcome == result.Inconclusive {
			problems = append(problems, fmt.Sprintf("case %s: %s: %s", c.ID, c.Outcome, trouble(c)))
		}
	}
	return problems
}

// trouble returns the message that explains the outcome of a case: the case's
// own, or that of a check.
func trouble(c result.Case) string {
	if c.Message != "" {
		return c.Message
	}
	for _, s := range c.Steps {
		for _, k := range s.Checks {
			if k.Outcome == c.Outcome {
				return "step " + s.ID + ": " + k.Message
			}
		}
	}
	return ""
}

// variant runs the cases against a variant and records the warnings and
// problems in at.
func (t *tester) variant(ctx context.Context, v *faultproxy.Variant, at *VariantResult) {
	var selected func(string) bool
	if !v.Large && !t.opts.AllCases {
		selected = t.light
	}
	res, err := t.run(ctx, &v.Deviation, selected)
	if err != nil {
		at.Problems = append(at.Problems, err.Error())
		return
	}
	t.colour(res)
	at.Requests = res.Requests
	for _, x := range findings(res) {
		if x.Outcome == result.Warn && slices.Contains(v.Warns, x.Requirement) {
			at.Warns = append(at.Warns, x)
			continue
		}
		at.Problems = append(at.Problems, fmt.Sprintf("%s for %s: %s (%s)", x.Outcome, x.Requirement, x.Message, x.Place))
	}
	at.Problems = append(at.Problems, troubles(res)...)
}

func findings(res *result.Run) []Finding {
	failed := places(res)
	fs := []Finding{}
	for _, f := range res.Findings {
		fs = append(fs, Finding{
			Requirement: f.Requirement, Outcome: f.Outcome, Way: f.Way, Count: f.Count,
			Checks:  len(failed[way{f.Requirement, f.Way}]),
			Message: strings.ReplaceAll(f.Message, "\n", "; "), Place: f.Example.Case + ", step " + f.Example.Step,
		})
	}
	return fs
}

// way identifies a finding.
type way struct{ requirement, way string }

// places returns the positions of the failed expectations of each finding.
func places(res *result.Run) map[way][]string {
	failed := map[way][]string{}
	for _, c := range res.Cases {
		for _, s := range c.Steps {
			for _, k := range s.Checks {
				id := way{k.Requirement, k.Way}
				if (k.Outcome == result.Fail || k.Outcome == result.Warn) && !slices.Contains(failed[id], k.Pos) {
					failed[id] = append(failed[id], k.Pos)
				}
			}
		}
	}
	return failed
}

// colour records the checks that have failed, except those blocked by an
// earlier check. An unsupported outcome counts as failed too, and so does a check
// whose requirement states what another failed check of the step says already.
func (t *tester) colour(res *result.Run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range res.Cases {
		for _, s := range c.Steps {
			for _, k := range s.Checks {
				if k.Way != "" && (k.Outcome != result.Blocked || t.restates(k, s.Checks)) {
					t.red[k.Requirement] = true
					t.redChecks[k.Pos] = true
				}
			}
		}
	}
}

// restates reports whether one of the checks has failed by a requirement that states
// the same as that of a check.
func (t *tester) restates(k result.Check, checks []result.Check) bool {
	q := t.rel.Requirement(k.Requirement)
	return q != nil && slices.ContainsFunc(checks, func(o result.Check) bool {
		return o.Outcome == result.Fail && slices.Contains(q.Overlaps, o.Requirement)
	})
}

// neverRed records the requirements and checks that no fault has made fail.
func (t *tester) neverRed() {
	for _, q := range t.rel.Requirements {
		if len(t.checked[q.ID]) > 0 && !t.red[q.ID] {
			t.report.NeverRed = append(t.report.NeverRed, q.ID)
		}
	}
	seen := map[string]bool{}
	t.eachCheck(func(_ string, c *release.Check) {
		p := string(c.Pos)
		if seen[p] {
			return
		}
		seen[p] = true
		t.report.Counts.Checks++
		if t.redChecks[p] {
			t.report.Counts.RedChecks++
		} else {
			t.report.NeverRedChecks = append(t.report.NeverRedChecks, CheckAt{p, c.Requirement})
		}
	})
}

// byRule stands for the rules where a check has the id of its case.
const byRule = "rule"

// eachCheck calls f for the checks of the cases and rules.
func (t *tester) eachCheck(f func(by string, c *release.Check)) {
	for _, k := range t.rel.Cases {
		for _, s := range slices.Concat(k.Steps, k.Cleanup) {
			for _, c := range s.Checks {
				f(k.ID, c)
			}
		}
	}
	for _, r := range t.rel.Rules {
		for _, c := range r.Checks {
			f(byRule, c)
		}
	}
}
