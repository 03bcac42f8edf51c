// Package weaken tests the faults. It weakens every expectation of a release in
// several ways and checks that some fault shows the difference: the original
// check fails, and the weakened one passes.
//
// An expectation whose weakening no fault shows could be removed without notice:
// a fault is missing, or the expectation has no effect.
package weaken

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// Weakening is a weakened expectation of the release. The same change of the same
// line by several uses of a macro is one Weakening.
type Weakening struct {
	key
	Faults []string // ids of faults that show the difference
}

// key identifies a weakening.
type key struct {
	Pos         release.Pos
	Requirement string
	What        string // is weakened to what, as in "status: any 2xx"
}

// File returns the file with the expectation.
func (x *Weakening) File() string {
	file, _, _ := strings.Cut(string(x.Pos), ":")
	return file
}

func (x *Weakening) String() string {
	return fmt.Sprintf("%s %s: %s", x.Pos, x.Requirement, x.What)
}

// Weakened is a release with the weakened checks beside the original ones. They
// fail only where the original ones do, so nothing else changes. The position of
// a check is replaced by its number; a weakened one has a second number.
type Weakened struct {
	Release    *release.Release
	Weakenings []*Weakening
	levels     map[string]*Weakening // by requirement
	checks     []*check
	known      map[key]*Weakening
}

// check is a check of the release with its weakenings.
type check struct {
	requirement string
	weak        []*Weakening
}

// All weakens every expectation of a release, and the level of every
// requirement that is checked.
func All(rel *release.Release) *Weakened {
	w := &Weakened{known: map[key]*Weakening{}, levels: map[string]*Weakening{}}
	w.Release = rewrite(rel, w.beside)
	checked := map[string]bool{}
	for _, c := range w.checks {
		checked[c.requirement] = true
	}
	for _, q := range rel.Requirements {
		if checked[q.ID] && q.Level.Binding() && q.Contested == nil {
			w.levels[q.ID] = w.weakening(key{q.Pos, q.ID, level})
		}
	}
	return w
}

// level is the weakening of a requirement to one that only warns.
const level = "level: " + string(release.Should)

// rewrite returns a copy of a release with other checks.
func rewrite(rel *release.Release, checks func([]*release.Check) []*release.Check) *release.Release {
	steps := func(steps []*release.Step) []*release.Step {
		var out []*release.Step
		for _, s := range steps {
			c := *s
			c.Checks = checks(s.Checks)
			out = append(out, &c)
		}
		return out
	}
	out := *rel
	out.Rules, out.Cases = nil, nil
	for _, r := range rel.Rules {
		c := *r
		c.Checks = checks(r.Checks)
		out.Rules = append(out.Rules, &c)
	}
	for _, k := range rel.Cases {
		c := *k
		c.Steps, c.Cleanup = steps(k.Steps), steps(k.Cleanup)
		out.Cases = append(out.Cases, &c)
	}
	return &out
}

// beside returns checks with the weakened ones after them.
func (w *Weakened) beside(checks []*release.Check) []*release.Check {
	var own, weak []*release.Check
	for _, k := range checks {
		of := &check{requirement: k.Requirement}
		n := strconv.Itoa(len(w.checks))
		w.checks = append(w.checks, of)
		c := *k
		c.Pos = release.Pos(n)
		own = append(own, &c)
		for _, r := range response(k.Response) {
			c := *k
			c.Response = r.to
			c.Pos = release.Pos(fmt.Sprintf("%s.%d", n, len(of.weak)))
			of.weak = append(of.weak, w.weakening(key{k.Pos, k.Requirement, r.what}))
			weak = append(weak, &c)
		}
	}
	return append(own, weak...)
}

// weakening is the one of that key.
func (w *Weakened) weakening(id key) *Weakening {
	if w.known[id] == nil {
		w.known[id] = &Weakening{key: id}
		w.Weakenings = append(w.Weakenings, w.known[id])
	}
	return w.known[id]
}

// Apply returns a release with one expectation weakened.
func Apply(rel *release.Release, x *Weakening) *release.Release {
	if x.What == level {
		out := *rel
		out.Requirements = nil
		for _, q := range rel.Requirements {
			c := *q
			if q.ID == x.Requirement {
				c.Level = release.Should
			}
			out.Requirements = append(out.Requirements, &c)
		}
		return &out
	}
	return rewrite(rel, func(checks []*release.Check) []*release.Check {
		var out []*release.Check
		for _, k := range checks {
			for _, r := range response(k.Response) {
				if x.key == (key{k.Pos, k.Requirement, r.what}) {
					c := *k
					c.Response = r.to
					k = &c
					break
				}
			}
			out = append(out, k)
		}
		return out
	})
}

// Add evaluates the results of a run of the release against a registry with a
// fault.
func (w *Weakened) Add(fault string, res *result.Run) {
	shown := map[*Weakening]bool{}
	for _, c := range res.Cases {
		for _, s := range c.Steps {
			w.step(s.Checks, shown)
		}
	}
	for x := range shown {
		x.Faults = append(x.Faults, fault)
	}
}

// step notes the weakenings by which a check of a step that failed would not
// have. A weakened check that says nothing about the response is not made at
// all, which is no failure either. A rule makes a check as often as the step
// has exchanges: a weakened rule that applies to some of them only cannot be
// compared one by one, and shows nothing.
func (w *Weakened) step(checks []result.Check, shown map[*Weakening]bool) {
	at := map[string][]result.Outcome{}
	for _, c := range checks {
		at[c.Pos] = append(at[c.Pos], c.Outcome)
	}
	for pos, outcomes := range at {
		n, err := strconv.Atoi(pos)
		if err != nil {
			continue // of a weakened one
		}
		of := w.checks[n]
		for i, o := range outcomes {
			if o != result.Fail && o != result.Warn {
				continue
			}
			for j, x := range of.weak {
				weak := at[fmt.Sprintf("%s.%d", pos, j)]
				if len(weak) == 0 || len(weak) == len(outcomes) && weak[i] == result.Pass {
					shown[x] = true
				}
			}
			if x := w.levels[of.requirement]; x != nil && o == result.Fail {
				shown[x] = true
			}
		}
	}
}
