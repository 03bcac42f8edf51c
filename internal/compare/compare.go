// Package compare compares the results of two runs: of other times, registries,
// releases or versions of ocispec, and results published in earlier formats.
package compare

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/ocispec/ocispec/internal/published"
	"github.com/ocispec/ocispec/result"
)

// Input is one of the two results: exactly one of Run and Published is set.
type Input struct {
	Source    string // the name of the file or folder
	Run       *result.Run
	Published *published.Result
}

// Comparison is the difference between two results. Lists are never nil, and are
// sorted by kind and name.
type Comparison struct {
	Before  Side    `json:"before"`
	After   Side    `json:"after"`
	New     []Entry `json:"new"`     // violations that only the second result has
	Fixed   []Entry `json:"fixed"`   // violations that the second result no longer has, though it was checked
	Changed []Entry `json:"changed"` // other differences
	Same    []Entry `json:"same"`    // violations in both results
	Lost    []Entry `json:"lost"`    // what only the first result checked
	// Rows has the published rows and the workflows that differ, if New to Lost are
	// about requirements. They follow from those.
	Rows []Entry `json:"rows"`
	// OnlyBefore and OnlyAfter name what only one of the results can have: the
	// requirements of its release, or the rows and cases of its format.
	OnlyBefore []Entry `json:"onlyBefore"`
	OnlyAfter  []Entry `json:"onlyAfter"`
}

// Side describes one of the results.
type Side struct {
	Source   string `json:"source"`
	Tool     string `json:"tool"`
	Spec     string `json:"spec"`
	Registry string `json:"registry,omitempty"`
	Time     string `json:"time,omitempty"`
}

// Kind is the kind of what an entry is about.
type Kind string

// The kinds.
const (
	Requirement Kind = "requirement"
	API         Kind = "apis"
	Data        Kind = "data"
	Workflow    Kind = "workflow"
	Case        Kind = "case"
)

// kinds is the order of entries.
var kinds = []Kind{Requirement, Workflow, API, Data, Case}

// Entry is a requirement, row, workflow or case in both results. Before and After
// are outcomes or statuses; one is empty if the other result has no such thing.
type Entry struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"`
	Level  string `json:"level,omitempty"` // of a requirement
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Message says how a requirement is violated, for the later of the results
	// that violate it.
	Message string `json:"message,omitempty"`
	// Regression reports that the second result is worse in something that both
	// results can have.
	Regression bool   `json:"regression,omitempty"`
	Why        string `json:"why,omitempty"` // a remark
}

// Of compares two results. Requirements are compared if both are results of
// ocispec, and otherwise rows, workflows and, between published results, cases.
func Of(a, b Input) *Comparison {
	c := &Comparison{Before: side(a), After: side(b)}
	if a.Run != nil && b.Run != nil {
		c.requirements(a.Run, b.Run)
		rows := &Comparison{}
		rows.statuses(statusesOf(a), statusesOf(b))
		c.Rows = slices.Concat(rows.New, rows.Fixed, rows.Changed, rows.Lost)
	} else {
		c.statuses(statusesOf(a), statusesOf(b))
	}
	for _, l := range []*[]Entry{&c.New, &c.Fixed, &c.Changed, &c.Same, &c.Lost, &c.Rows, &c.OnlyBefore, &c.OnlyAfter} {
		slices.SortStableFunc(*l, func(x, y Entry) int {
			return cmp.Or(cmp.Compare(slices.Index(kinds, x.Kind), slices.Index(kinds, y.Kind)), cmp.Compare(x.Name, y.Name))
		})
		*l = append([]Entry{}, *l...)
	}
	return c
}

// Regression reports whether an entry is a regression.
func (c *Comparison) Regression() bool {
	return slices.ContainsFunc(slices.Concat(c.New, c.Changed), func(e Entry) bool { return e.Regression })
}

// Inconclusive reports whether the second result could not check something that
// the first did, because of an error, the network or an earlier failure.
func (c *Comparison) Inconclusive() bool {
	return slices.ContainsFunc(c.Lost, func(e Entry) bool {
		return e.After == string(result.Blocked) || e.After == string(result.Inconclusive) || e.After == string(result.Error)
	})
}

func side(in Input) Side {
	if p := in.Published; p != nil {
		return Side{in.Source, "published " + string(p.Format), cmp.Or(p.Spec.Suite, p.Spec.Folder), cmp.Or(p.Product.Name, p.Registry), p.Started}
	}
	r := in.Run
	return Side{in.Source, r.Tool.Name + " " + r.Tool.Version, r.Spec, r.Registry, r.Started.UTC().Format(time.RFC3339)}
}

// key identifies what has a status.
type key struct {
	kind Kind
	name string
}

// statusesOf returns the statuses of rows, workflows and cases.
func statusesOf(in Input) map[key]published.Status {
	out := map[key]published.Status{}
	if p := in.Published; p != nil {
		for kind, rows := range p.Rows {
			for title, s := range rows {
				out[key{Kind(kind), title}] = s
			}
		}
		for w, s := range p.Workflows {
			out[key{Workflow, w}] = s
		}
		for _, c := range p.Cases {
			out[key{Case, c.Name}] = c.Status
		}
		return out
	}
	for kind, rows := range in.Run.Rows {
		for title, s := range rows {
			out[key{Kind(kind), title}] = published.Status(s)
		}
	}
	for name, c := range in.Run.Categories {
		out[key{Workflow, name}] = categoryStatus(c.Outcome)
	}
	return out
}

func categoryStatus(o result.Outcome) published.Status {
	switch o {
	case result.Pass, result.Warn:
		return published.Pass
	case result.Fail:
		return published.Fail
	case result.Disabled, "":
		return published.Disabled
	case result.Unsupported:
		return published.Skip
	}
	return published.Error
}

// statuses compares statuses. Cases are compared only if both sides have one of
// the same name: formats name them differently.
func (c *Comparison) statuses(a, b map[key]published.Status) {
	isCase := func(k key) bool { return k.kind == Case }
	cases := slices.ContainsFunc(slices.Collect(maps.Keys(a)), func(k key) bool { return isCase(k) && b[k] != "" })
	for k, before := range a {
		e := Entry{Kind: k.kind, Name: k.name, Before: string(before), After: string(b[k])}
		after, ok := b[k]
		switch {
		case isCase(k) && !cases:
		case !ok:
			c.OnlyBefore = append(c.OnlyBefore, e)
		default:
			c.status(e, before, after)
		}
	}
	for k, after := range b {
		if _, ok := a[k]; !ok && (cases || !isCase(k)) {
			c.OnlyAfter = append(c.OnlyAfter, Entry{Kind: k.kind, Name: k.name, After: string(after)})
		}
	}
}

// status adds what both sides have.
func (c *Comparison) status(e Entry, before, after published.Status) {
	bad := func(s published.Status) bool { return s == published.Fail || s == published.Error }
	switch {
	case bad(before) && before == after:
		c.Same = append(c.Same, e)
	case before == after:
	case bad(after) && !bad(before):
		e.Regression = true
		c.New = append(c.New, e)
	case bad(before) && after == published.Pass:
		c.Fixed = append(c.Fixed, e)
	case (bad(before) || before == published.Pass) && !bad(after):
		c.Lost = append(c.Lost, e)
	default:
		c.Changed = append(c.Changed, e)
	}
}
