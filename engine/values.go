package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
	"github.com/ocispec/ocispec/result"
)

// nameEnv resolves the names of the run.
type nameEnv struct{ run *caseRun }

// missing is a repository that does not exist.
func (r *runner) missing() string { return r.target.Repo + "-" + r.id + "-missing" }

// Lookup implements match.Env.
func (e nameEnv) Lookup(name string) (any, error) {
	r, c := e.run.runner, e.run.c
	switch name {
	case "repo":
		if c.Quiet {
			return r.target.Repo + "/" + r.id + "-" + slug(c.ID), nil
		}
		return r.target.Repo, nil
	case "other":
		return r.target.Other, nil
	case "missing":
		return r.missing(), nil
	case "tag":
		return "r" + r.id + "-" + slug(c.ID), nil
	}
	return nil, fmt.Errorf("${%s} stands for nothing", name)
}

// slug is the id of a case in lower-case letters, digits and hyphens, of a
// bounded length, and different for different ids.
func slug(id string) string {
	const longest = 50 // cases add to it
	s := strings.Trim(strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, id), "-")
	if s == id && len(s) <= longest {
		return s
	}
	return strings.Trim(s[:min(len(s), longest-9)]+"-"+runID(id), "-")
}

// stepEnv resolves everything that a step can refer to.
type stepEnv struct{ run *caseRun }

// absence is the error of a value that a response was to have and has not.
type absence struct{ why *cause }

func (e *absence) Error() string { return e.why.message }

// Lookup implements match.Env.
func (e stepEnv) Lookup(name string) (any, error) {
	ref := release.ParseRef(name)
	switch {
	case ref.IsData():
		return e.run.data.Lookup(name)
	case ref.Step == "":
		return nameEnv{e.run}.Lookup(name)
	}
	if v, ok := e.run.state(ref.Step).value(ref); ok {
		return v, nil
	}
	return nil, e.run.absent(ref, fmt.Sprintf("the response to step %s has no %s", ref.Step, whatOf(ref)))
}

// value is a value of the response to a step.
func (st *stepRun) value(ref release.Ref) (any, bool) {
	if st == nil || len(st.answers) == 0 {
		return nil, false
	}
	a := st.answers[0]
	switch ref.Part {
	case "status":
		return int64(a.Status), true
	case "body":
		return a.Body, true
	case "header":
		vs := a.Header.Values(ref.Key)
		if len(vs) == 0 {
			return nil, false
		}
		return vs[0], true
	}
	v, ok := st.captures[ref.Key]
	return v, ok
}

// whatOf names the part of a response that a reference is to.
func whatOf(ref release.Ref) string { return cmp.Or(ref.Key, ref.Part) }

// absent is the error of a value that the response to a step does not have, or
// not so that it can be used; or that no response came.
func (run *caseRun) absent(ref release.Ref, message string) error {
	why := &cause{outcome: result.Blocked, place: &result.Place{Case: run.c.ID, Step: ref.Step}, message: message}
	st := run.state(ref.Step)
	switch {
	case st == nil:
	case len(st.answers) == 0 && st.closed != nil:
		why = st.closed
	default:
		why.key = st.culprit(ref)
	}
	return &absence{why}
}

// culprit is the finding that explains why a response does not have a value:
// one about its place, or else the first one.
func (st *stepRun) culprit(ref release.Ref) *key {
	if st.closed != nil && st.closed.key != nil {
		return st.closed.key
	}
	place := "body"
	if ref.Part == "header" {
		place = "header " + ref.Key
	}
	var found *key
	for _, v := range st.verdicts {
		if v.rule || v.Outcome != result.Fail && v.Outcome != result.Warn {
			continue
		}
		if strings.Contains(v.Way, place) {
			return v.key()
		}
		if found == nil {
			found = v.key()
		}
	}
	return found
}

// unresolved returns why a check cannot be made: a value that it compares with
// is not there. skip says that it comes from a step that has been skipped.
func (run *caseRun) unresolved(c *release.Check) (why *cause, skip bool) {
	look := func(t match.Template) {
		for _, name := range t.Names() {
			ref := release.ParseRef(name)
			if ref.Step == "" || why != nil {
				continue
			}
			st := run.state(ref.Step)
			if st != nil && st.skipped {
				skip = true
			} else if _, ok := st.value(ref); !ok {
				_, err := stepEnv{run}.Lookup(name)
				why = err.(*absence).why
			}
		}
	}
	c.When.Templates(look)
	c.Response.Templates(look)
	return why, skip
}

// state is the state of a step that has been dealt with, or nil.
func (run *caseRun) state(id string) *stepRun {
	run.mu.Lock()
	defer run.mu.Unlock()
	return run.steps[id]
}

func (run *caseRun) setState(st *stepRun) {
	run.mu.Lock()
	defer run.mu.Unlock()
	run.steps[st.s.ID] = st
}

// capture takes the values out of a response that later steps use.
func (st *stepRun) capture() {
	st.captures = map[string]any{}
	for _, k := range st.s.Captures {
		if v, ok := captured(k, st.answers[0]); ok {
			st.captures[k.Name] = v
		}
	}
}

// captured is the value of a capture in a response. A null is none.
func captured(k release.Capture, a *answer) (any, bool) {
	var v any
	switch {
	case k.Header != "":
		vs := a.Header.Values(k.Header)
		if len(vs) == 0 {
			return nil, false
		}
		v = vs[0]
	case k.Pointer == "":
		v = string(a.Body)
	default:
		doc, err := a.got.JSON()
		if err != nil {
			return nil, false
		}
		x, ok := match.Pointer(doc, k.Pointer)
		if !ok || x == nil {
			return nil, false
		}
		v = scalar(x)
	}
	if k.Regexp == "" {
		return v, true
	}
	return firstGroup(k.Regexp, fmt.Sprint(v))
}

// scalar is a JSON value as a placeholder can have it: text, or a number.
func scalar(v any) any {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n
		}
		return x.String()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v) // not for what has been decoded
	}
	return string(b)
}

// firstGroup returns the first group of a regular expression in a text, or the
// whole match if it has none. A group that took no part in the match is not
// there.
func firstGroup(src, text string) (any, bool) {
	re, err := regexp.Compile(src)
	if err != nil {
		return nil, false
	}
	m := re.FindStringSubmatchIndex(text)
	if m == nil {
		return nil, false
	}
	at := 2 * min(1, re.NumSubexp())
	if m[at] < 0 {
		return nil, false
	}
	return text[m[at]:m[at+1]], true
}
