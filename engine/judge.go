package engine

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/exchange"
	"github.com/ocispec/ocispec/match"
	"github.com/ocispec/ocispec/model"
	"github.com/ocispec/ocispec/result"
)

// finding is a check with what is wrong with the responses that it was made
// on.
type finding struct {
	check *model.Check
	wrong []match.Mismatch
	// rule says that the check is made on every exchange and is not the step's.
	rule bool
}

// evaluate makes every check of a step, and those that are made on every
// exchange, on the step's last response.
func (run *caseRun) evaluate(st *stepRun) []*finding {
	var found []*finding
	add := func(c *model.Check, rule bool) {
		if c.When == nil || len(run.mismatches(c.When, st)) == 0 {
			found = append(found, &finding{c, run.mismatches(c.Response, st), rule})
		}
	}
	for _, c := range st.s.Checks {
		add(c, false)
	}
	for _, rule := range run.rel.Rules {
		if rule.When != nil && len(run.mismatches(rule.When, st)) > 0 {
			continue
		}
		for _, c := range rule.Checks {
			add(c, true)
		}
	}
	return found
}

// follow goes on with the links of a step that has pages, makes its checks on
// every page, and then those on all pages together.
func (run *caseRun) follow(ctx context.Context, st *stepRun, req *exchange.Request, found []*finding) error {
	if st.s.Pages == nil {
		return nil
	}
	first := st.resp
	st.pages = []*exchange.Response{first}
	seen := map[string]bool{req.URL.String(): true}
	for range st.s.Pages.Max {
		next, err := nextPage(st.resp, st.s.Pages.Rel)
		if next == nil || err != nil || seen[next.String()] {
			break // a malformed link is found by the check of the link
		}
		seen[next.String()] = true
		page := *req
		page.URL = next
		if err := run.send(ctx, st, &page); err != nil {
			return err
		}
		st.pages = append(st.pages, st.resp)
		for _, f := range found {
			f.wrong = append(f.wrong, run.mismatches(f.check.Response, st)...)
		}
	}
	for _, f := range found {
		for i := range f.check.Response.Pages {
			rule := &f.check.Response.Pages[i]
			f.wrong = append(f.wrong, run.list(rule, joined(st.pages, rule.At), "all pages"+rule.At)...)
		}
	}
	st.resp = first
	return nil
}

// nextPage is the target of a response's link of that relation, or nil.
func nextPage(resp *exchange.Response, rel string) (*url.URL, error) {
	links, err := exchange.ParseLinks(resp.Header.Values("Link"))
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.Has(rel) {
			return exchange.Resolve(resp.URL, l.Target)
		}
	}
	return nil, nil
}

// joined is the arrays at a pointer in the bodies of all pages, as one. A page
// without one adds nothing.
func joined(pages []*exchange.Response, at string) any {
	all := []any{}
	for _, p := range pages {
		doc, err := decodeJSON(p.Body)
		if err != nil {
			continue
		}
		if v, ok := pointer(doc, at); ok {
			if l, ok := v.([]any); ok {
				all = append(all, l...)
			}
		}
	}
	return all
}

// failedAny reports whether a check of the step itself failed.
func (st *stepRun) failedAny(found []*finding) bool {
	return slices.ContainsFunc(found, func(f *finding) bool { return !f.rule && len(f.wrong) > 0 })
}

// record turns findings into verdicts. If the response was not of the expected
// class, the first failure is the finding, and the others are its shadows; if
// it says that the registry does not offer this, there is none.
func (st *stepRun) record(run *caseRun, found []*finding, shadow result.Outcome) {
	cause := st.cause(found)
	for _, f := range found {
		outcome := result.Pass
		message, way := "", ""
		if len(f.wrong) > 0 {
			outcome = run.verdict(f.check)
			message, way = describe(f.wrong), wayOf(f.wrong)
			if !f.rule && (shadow == result.Unsupported || shadow == result.Blocked && f != cause) {
				outcome = shadow
			}
		}
		st.result.Checks = append(st.result.Checks, run.check(f.check, outcome, message, way))
	}
}

// cause is the failure that explains the others on a response that is not of
// the expected class: the first about the status, of a binding requirement if
// there is one.
func (st *stepRun) cause(found []*finding) *finding {
	var cause *finding
	for _, f := range found {
		if f.rule || len(f.wrong) == 0 {
			continue
		}
		status := slices.ContainsFunc(f.wrong, func(m match.Mismatch) bool { return m.Path == "status" })
		if status {
			return f
		}
		if cause == nil {
			cause = f
		}
	}
	return cause
}

// verdict is the outcome of a check that failed.
func (run *caseRun) verdict(c *model.Check) result.Outcome {
	if q := run.rel.Requirement(c.Requirement); run.opts.Strict || q != nil && q.Level.Binding() {
		return result.Fail
	}
	return result.Warn
}

func (run *caseRun) check(c *model.Check, outcome result.Outcome, message, way string) result.Check {
	r := result.Check{Requirement: c.Requirement, Outcome: outcome, Message: message, Way: way, Pos: string(c.Pos)}
	if q := run.rel.Requirement(c.Requirement); q != nil {
		r.Level = string(q.Level)
	}
	return r
}

// describe says what was expected and what came.
func describe(wrong []match.Mismatch) string {
	var lines []string
	for _, m := range wrong {
		what := m.Path
		if what != "" {
			what += ": "
		}
		line := fmt.Sprintf("%sexpected %s, got %s", what, m.Want, m.Got)
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	const most = 5
	if n := len(lines) - most; n > 0 {
		lines = append(lines[:most], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(lines, "\n")
}

var digits = regexp.MustCompile(`\.[0-9]+`)

// wayOf tells failures of one requirement apart by what was wrong, so that the
// same defect met in many cases is one finding.
func wayOf(wrong []match.Mismatch) string {
	var ways []string
	for _, m := range wrong {
		way := digits.ReplaceAllString(m.Path, "") + " wrong"
		switch {
		case m.Path == "status":
			way = "status " + m.Got
		case m.Got == "nothing":
			way = digits.ReplaceAllString(m.Path, "") + " missing"
		}
		if !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	slices.Sort(ways)
	return strings.Join(ways, ", ")
}

// gate reports whether steps that depend on this one can go on: the response
// is what the gate says, or else of a class that the checks expect.
func (run *caseRun) gate(st *stepRun) bool {
	if st.s.Gate != nil {
		return len(run.mismatches(st.s.Gate, st)) == 0
	}
	return slices.Contains(classes(st.s), st.resp.Status/100)
}

// classes are the classes of status codes that the checks of a step expect:
// those on which all agree, or else those that one allows. Without any it is
// that of success.
func classes(s *model.Step) []int {
	var all, union []int
	first := true
	for _, c := range s.Checks {
		if c.When != nil || c.Response.Status == nil {
			continue
		}
		of := classesOf(c.Response.Status)
		union = append(union, of...)
		if first {
			all, first = of, false
			continue
		}
		all = slices.DeleteFunc(all, func(n int) bool { return !slices.Contains(of, n) })
	}
	switch {
	case first:
		return []int{2}
	case len(all) > 0:
		return all
	}
	return union
}

func classesOf(status *match.Matcher) []int {
	var of []int
	for code := 100; code < 600; code++ {
		if n := code / 100; !slices.Contains(of, n) && status.Allows(code) {
			of = append(of, n)
		}
	}
	return of
}
