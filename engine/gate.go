package engine

import (
	"slices"

	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
)

// gate reports whether steps that depend on this one can go on.
func (run *caseRun) gate(st *stepRun) bool {
	return !slices.ContainsFunc(st.answers, func(a *answer) bool { return !run.holds(st.s, a) })
}

// holds reports whether a response is what the gate of a step says, or else of
// a class that its checks expect.
func (run *caseRun) holds(s *release.Step, a *answer) bool {
	if s.Gate != nil {
		return len(run.mismatches(s.Gate, a)) == 0
	}
	return expected(stepEnv{run}, s.Checks, a.Status)
}

// expected reports whether a status is of the expected class: of one in which
// every check allows some status, or if there is no such class, in which one
// does. Without checks of the status that is the class of success.
func expected(env match.Env, checks []*release.Check, status int) bool {
	var of []*match.Matcher
	for _, c := range checks {
		if c.When == nil && c.Response.Status != nil {
			of = append(of, c.Response.Status)
		}
	}
	if len(of) == 0 {
		return successful(status)
	}
	every := func(allows func(*match.Matcher) bool) bool {
		return !slices.ContainsFunc(of, func(m *match.Matcher) bool { return !allows(m) })
	}
	class := func(n int) func(*match.Matcher) bool {
		return func(m *match.Matcher) bool { return allowsClass(env, m, n) }
	}
	// The first is what the second comes to for what is right.
	if every(func(m *match.Matcher) bool { return len(m.Match(env, status)) == 0 }) || every(class(status/100)) {
		return true
	}
	agreed := slices.ContainsFunc([]int{1, 2, 3, 4, 5}, func(n int) bool { return every(class(n)) })
	return !agreed && slices.ContainsFunc(of, class(status/100))
}

// allowsClass reports whether a constraint allows some status of a class.
func allowsClass(env match.Env, m *match.Matcher, class int) bool {
	for code := class * 100; code < class*100+100; code++ {
		if len(m.Match(env, code)) == 0 {
			return true
		}
	}
	return false
}

// successful reports whether a status is of the class of success.
func successful(status int) bool { return status/100 == 2 }
