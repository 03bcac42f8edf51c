package engine

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/exchange"
	"github.com/ocispec/ocispec/match"
	"github.com/ocispec/ocispec/model"
)

// mismatches checks the last response of a step against a constraint.
func (run *caseRun) mismatches(want *model.Response, st *stepRun) []match.Mismatch {
	return matchResponse(stepEnv{run}, want, st.resp)
}

// matchResponse checks a response against a constraint. What the constraint
// says of all pages is not looked at.
func matchResponse(env match.Env, want *model.Response, resp *exchange.Response) []match.Mismatch {
	m := responseMatch{env: env, resp: resp}
	if want.Status != nil {
		m.add("status", want.Status.Match(env, resp.Status))
	}
	for i := range want.Header {
		m.header(&want.Header[i])
	}
	for _, name := range want.Absent {
		if vs := resp.Header.Values(name); len(vs) > 0 {
			m.fail("header "+name, "no such header", match.Show(vs[0]))
		}
	}
	for i := range want.Link {
		m.link(&want.Link[i])
	}
	if want.Redirects != nil {
		m.add("redirects", want.Redirects.Match(env, resp.Redirects))
	}
	if want.Length != nil {
		m.add("length of the body", want.Length.Match(env, len(resp.Body)))
	}
	if want.Body != nil {
		m.body(want.Body, want.BodyOptional)
	}
	for i := range want.Lists {
		m.listAt(&want.Lists[i])
	}
	return m.wrong
}

type responseMatch struct {
	env   match.Env
	resp  *exchange.Response
	wrong []match.Mismatch
}

func (m *responseMatch) fail(path, want, got string) {
	m.wrong = append(m.wrong, match.Mismatch{Path: path, Want: want, Got: got})
}

func (m *responseMatch) add(path string, wrong []match.Mismatch) {
	for _, w := range wrong {
		if w.Path != "" {
			w.Path = path + "." + w.Path
		} else {
			w.Path = path
		}
		m.wrong = append(m.wrong, w)
	}
}

// header checks a header. Several field lines with the same value are one;
// with different values they are wrong for a header that is not a list.
func (m *responseMatch) header(h *model.HeaderRule) {
	path := "header " + h.Name
	vs := m.resp.Header.Values(h.Name)
	if len(vs) == 0 {
		if !h.Optional {
			want := "an element"
			if h.Value != nil {
				want = describeMatcher(h.Value, m.env)
			}
			m.fail(path, want, "nothing")
		}
		return
	}
	if h.List != nil {
		m.wrong = append(m.wrong, listMismatches(m.env, h.List, elements(vs), path)...)
		return
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(vs))); len(distinct) > 1 {
		m.fail(path, "one value", strconv.Itoa(len(distinct))+" different ones: "+match.Show(strings.Join(distinct, " / ")))
		return
	}
	m.add(path, h.Value.MatchText(m.env, vs[0]))
}

// describeMatcher says what a matcher wants, with its placeholders filled in.
func describeMatcher(m *match.Matcher, env match.Env) string {
	if wrong := m.Match(env, match.Missing); len(wrong) > 0 {
		return wrong[0].Want
	}
	return m.String()
}

// elements are those of a list-valued header (RFC 9110, section 5.6.1): of all
// its field lines, split at commas outside of quoted strings.
func elements(values []string) []any {
	all := []any{}
	for _, v := range values {
		quoted := false
		start := 0
		add := func(s string) {
			if s = strings.Trim(s, " \t"); s != "" {
				all = append(all, s)
			}
		}
		for i := 0; i < len(v); i++ {
			switch {
			case v[i] == '\\' && quoted:
				i++
			case v[i] == '"':
				quoted = !quoted
			case v[i] == ',' && !quoted:
				add(v[start:i])
				start = i + 1
			}
		}
		add(v[start:])
	}
	return all
}

// link checks a web link (RFC 8288).
func (m *responseMatch) link(l *model.LinkRule) {
	path := "link " + l.Rel
	vs := m.resp.Header.Values("Link")
	if len(vs) == 0 {
		if !l.Optional {
			m.fail(path, "a Link header", "nothing")
		}
		return
	}
	links, err := exchange.ParseLinks(vs)
	if err != nil {
		m.fail(path, "a Link header as of RFC 8288", match.Show(strings.Join(vs, ", "))+" ("+err.Error()+")")
		return
	}
	for _, x := range links {
		if x.Has(l.Rel) {
			m.add(path, l.Target.MatchText(m.env, x.Target))
			return
		}
	}
	m.fail(path, fmt.Sprintf("a link with rel=%q", l.Rel), match.Show(strings.Join(vs, ", ")))
}

// body checks the body as text, or the JSON value in it.
func (m *responseMatch) body(want *match.Matcher, optional bool) {
	if len(m.resp.Body) == 0 && optional {
		return
	}
	if m.resp.Problem != "" {
		m.fail("body", "a whole body", m.resp.Problem)
		return
	}
	if want.IsText() {
		m.add("body", want.Match(m.env, m.resp.Body))
		return
	}
	doc, err := decodeJSON(m.resp.Body)
	if err != nil {
		m.fail("body", "JSON", match.Show(m.resp.Body)+" ("+match.Cut(err.Error())+")")
		return
	}
	m.add("body", want.Match(m.env, doc))
}

// listAt checks an array in the JSON body.
func (m *responseMatch) listAt(l *model.ListRule) {
	path := "body" + strings.ReplaceAll(l.At, "/", ".")
	doc, err := decodeJSON(m.resp.Body)
	if err != nil {
		m.fail("body", "JSON", match.Show(m.resp.Body)+" ("+match.Cut(err.Error())+")")
		return
	}
	v, ok := pointer(doc, l.At)
	if !ok {
		v = match.Missing
	}
	m.wrong = append(m.wrong, listMismatches(m.env, l, v, path)...)
}

// successful reports whether a response is of the class of success.
func successful(status int) bool { return status/100 == http.StatusOK/100 }
