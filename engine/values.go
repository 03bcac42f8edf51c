package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

// nameEnv resolves the placeholders that are defined by the run.
type nameEnv struct{ run *caseRun }

// missing returns the name of a repository that does not exist.
func (r *runner) missing() string { return r.target.Repo + "-" + r.id + "-missing" }

// Lookup implements match.Env.
func (e nameEnv) Lookup(name string) (any, error) {
	r, c := e.run.runner, e.run.c
	switch name {
	case "repo":
		if c.Quiet {
			return r.target.Repo + "/" + e.run.runID() + "-" + slug(c.ID), nil
		}
	case "missing":
		return r.missing(), nil
	case "given":
		if e.run.given == "" && c.Given != nil {
			return c.Given.Otherwise.Expand(stepEnv(e))
		}
		return e.run.given, nil
	case "tag":
		return "r" + e.run.runID() + "-" + slug(c.ID), nil
	}
	return repoEnv(r.target).Lookup(name)
}

// slug encodes the id of a case in lower-case letters, digits and hyphens, in
// at most 50 characters. Different ids have different slugs.
func slug(id string) string {
	const longest = 50 // cases append to it
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

// stepEnv resolves all placeholders that a step can use.
type stepEnv struct{ run *caseRun }

// absence is the error for a value that is missing from a response.
type absence struct{ why *cause }

func (e *absence) Error() string { return e.why.message }

// Lookup implements match.Env.
func (e stepEnv) Lookup(name string) (any, error) {
	ref := release.ParseRef(name)
	switch {
	case ref.IsData():
		return e.run.data.Lookup(name)
	case ref.Step == "":
		return nameEnv(e).Lookup(name)
	}
	if v, ok := e.run.state(ref.Step).value(ref); ok {
		return v, nil
	}
	return nil, e.run.absent(ref, fmt.Sprintf("%s is missing from the response to step %q", partOf(ref), ref.Step))
}

// value returns a value from the response to a step.
func (st *stepRun) value(ref release.Ref) (any, bool) {
	if st == nil || len(st.responses) == 0 {
		return nil, false
	}
	a := st.responses[0]
	switch ref.Part {
	case "status":
		return int64(a.Status), true
	case "body", "length", "digests", "digest":
		return a.content(ref.Part)
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

// content returns a part of a step's reference that is about the body, unless the body
// is not known because of a limit.
func (a *response) content(part string) (any, bool) {
	text, err := a.got.Text()
	if a.got.Limit != "" || err != nil {
		return nil, false
	}
	if part == "body" {
		return text, true
	}
	c := datagen.Of(text)
	switch part {
	case "length":
		return c.Len(), true
	case "digests":
		return match.OneOf(c.Digests()), true
	}
	return c.Digest.String(), true
}

// limit returns the limit of ocispec because of which the response to a step is not
// known completely, or "".
func (st *stepRun) limit() string {
	for _, v := range st.verdicts {
		if v.limited {
			return v.Message
		}
	}
	for _, a := range st.responses {
		if a.got.Limit != "" {
			return a.got.Limit
		}
	}
	return ""
}

// partOf names the part of a response that a reference denotes.
func partOf(ref release.Ref) string { return cmp.Or(ref.Key, ref.Part) }

// absent returns the error for a value that is missing or unusable in the
// response to a step, or for a missing response.
func (run *caseRun) absent(ref release.Ref, message string) error {
	why := &cause{outcome: result.Blocked, place: &result.Place{Case: run.c.ID, Step: ref.Step}, message: message}
	st := run.state(ref.Step)
	switch {
	case st == nil:
	case len(st.responses) == 0 && st.closed != nil:
		why = st.closed
	default:
		if why.key = st.culprit(ref); why.key == nil && st.limit() != "" {
			why.outcome, why.message = result.Inconclusive, st.limit()
		}
	}
	return &absence{why}
}

// culprit returns the finding that explains a missing value: one about the same
// header or the body, or else the first finding of the step.
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
		if v.Rule || !v.failed() {
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
// is missing. skip reports that the value is from a skipped step.
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

// state returns the state of a step, or nil if it was not reached.
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

// capture stores the values from the response that later steps use.
func (st *stepRun) capture() {
	st.captures = map[string]any{}
	for _, k := range st.s.Captures {
		if v, ok := captured(k, st.responses[0]); ok {
			st.captures[k.Name] = v
		}
	}
}

// captured returns the value of a capture in a response. A JSON null is a
// missing value, and so is a string of more than httpclient.LargeBody bytes.
func captured(k release.Capture, a *response) (any, bool) {
	var v any
	switch {
	case k.Header != "":
		vs := a.Header.Values(k.Header)
		if len(vs) == 0 {
			return nil, false
		}
		v = vs[0]
	case k.Pointer == "":
		b, err := a.got.Content()
		if err != nil {
			return nil, false
		}
		v = b
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
	if b, ok := v.([]byte); ok {
		v = string(b)
	}
	if k.Regexp != "" {
		var ok bool
		if v, ok = firstGroup(k.Regexp, fmt.Sprint(v)); !ok {
			return nil, false
		}
	}
	if s, ok := v.(string); ok && len(s) > httpclient.LargeBody {
		return nil, false
	}
	if k.Add == 0 {
		return v, true
	}
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	return n + k.Add, err == nil && n < math.MaxInt64-max(k.Add, 0)
}

// scalar converts a JSON value to the value of a placeholder: an int64 or a
// string.
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
		return fmt.Sprint(v) // unreachable: v was decoded from JSON
	}
	return string(b)
}

// firstGroup returns the text of the first group of a regular expression, or of
// the whole match if it has no groups. It returns false if the group did not
// participate in the match.
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
	return strings.Clone(text[m[at]:m[at+1]]), true // text may be large
}
