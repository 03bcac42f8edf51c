package engine

import (
	"slices"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// gate reports whether steps that depend on this one can run.
func (run *caseRun) gate(st *stepRun) bool {
	return !slices.ContainsFunc(st.responses, func(a *response) bool { return !run.holds(st.s, a) })
}

// holds reports whether a response matches the gate of a step, as far as its body is
// known, or, if the step has none, whether its status is of the expected class.
func (run *caseRun) holds(s *release.Step, a *response) bool {
	if s.Gate != nil {
		return !slices.ContainsFunc(run.mismatches(s.Gate, a), func(w match.Mismatch) bool { return !w.Limit })
	}
	return expected(stepEnv{run}, s.Checks, a.Status)
}

// expected reports whether a status code is of the expected class. That is a
// class of which every check on the status allows some code or, if there is no
// such class, one of which any check does. Without checks on the status, the
// class is 2xx.
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
	// If the status passes all checks, its class is expected.
	if every(func(m *match.Matcher) bool { return len(m.Match(env, status)) == 0 }) || every(class(status/100)) {
		return true
	}
	agreed := slices.ContainsFunc([]int{1, 2, 3, 4, 5}, func(n int) bool { return every(class(n)) })
	return !agreed && slices.ContainsFunc(of, class(status/100))
}

// allowsClass reports whether m allows any status code of a class, such as 4
// for 4xx.
func allowsClass(env match.Env, m *match.Matcher, class int) bool {
	for code := class * 100; code < class*100+100; code++ {
		if len(m.Match(env, code)) == 0 {
			return true
		}
	}
	return false
}

// successful reports whether a status code is 2xx.
func successful(status int) bool { return status/100 == 2 }
