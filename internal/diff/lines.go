package diff

import (
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/show"
)

// replaced returns the differences between two versions of a case.
func replaced(a, b *release.Case) Replaced {
	out := Replaced{Case: Case{ID: b.ID, Title: b.Title}, Steps: []Step{}}
	out.Other = changed(show.Setting(a), show.Setting(b))
	out.Steps = append(out.Steps, steps("", a.Steps, b.Steps)...)
	out.Steps = append(out.Steps, steps("cleanup ", a.Cleanup, b.Cleanup)...)
	if len(out.Other)+len(out.Steps) == 0 {
		out.Other = []string{"the encoding differs, but not the description"}
	}
	return out
}

// steps returns the differences between two lists of steps, which it matches by
// id.
func steps(prefix string, a, b []*release.Step) []Step {
	before, after := byID(a, stepID), byID(b, stepID)
	var out []Step
	for _, s := range a {
		if after[s.ID] == nil {
			out = append(out, step(prefix, "removed", s, &release.Step{ID: s.ID}))
		}
	}
	for _, s := range b {
		old := before[s.ID]
		switch {
		case old == nil:
			out = append(out, step(prefix, "added", &release.Step{ID: s.ID}, s))
		case !same(bareSteps([]*release.Step{old}), bareSteps([]*release.Step{s})):
			out = append(out, step(prefix, changedStep, old, s))
		}
	}
	return out
}

func stepID(s *release.Step) string { return s.ID }

func step(prefix, state string, a, b *release.Step) Step {
	return Step{ID: prefix + b.ID, State: state, Request: changed(exchange(a), exchange(b)), Checks: checks(a.Checks, b.Checks)}
}

// exchange describes a step without its checks; nil for a step without a
// request.
func exchange(s *release.Step) []string {
	if s.Method == "" {
		return nil
	}
	return show.Exchange(s)
}

// checks returns the checks that differ between two steps or rules, by
// requirement.
func checks(a, b []*release.Check) []Check {
	out := []Check{}
	before, after := byID(a, requirementOf), byID(b, requirementOf)
	for _, c := range a {
		if after[c.Requirement] == nil {
			out = append(out, Check{c.Requirement, show.Expectation(c), []string{}})
		}
	}
	for _, c := range b {
		old := before[c.Requirement]
		switch {
		case old == nil:
			out = append(out, Check{c.Requirement, []string{}, show.Expectation(c)})
		case !same(bareChecks([]*release.Check{old}), bareChecks([]*release.Check{c})):
			out = append(out, Check{c.Requirement, show.Expectation(old), show.Expectation(c)})
		}
	}
	return out
}

func requirementOf(c *release.Check) string { return c.Requirement }

func replacedRule(a, b *release.Rule) ReplacedRule {
	out := ReplacedRule{ID: b.ID, Checks: checks(a.Checks, b.Checks)}
	if x, y := show.Response(a.When), show.Response(b.When); !slices.Equal(x, y) {
		out.Checks = append(out.Checks, Check{"condition of the rule", some(x), some(y)})
	}
	return out
}

// some returns a copy of lines that is not nil, so that its JSON encoding is
// not null.
func some(lines []string) []string { return append([]string{}, lines...) }

// changed returns a line diff: removed lines marked by "- ", added lines by "+
// ".
func changed(a, b []string) []string {
	var out []string
	add := func(mark string, lines []string) {
		for _, l := range lines {
			out = append(out, mark+strings.TrimRight(l, "\n"))
		}
	}
	for _, op := range difflib.NewMatcher(a, b).GetOpCodes() {
		if op.Tag != 'e' {
			add("- ", a[op.I1:op.I2])
			add("+ ", b[op.J1:op.J2])
		}
	}
	return out
}
