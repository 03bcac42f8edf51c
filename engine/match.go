package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
)

// mismatches checks a response against a constraint.
func (run *caseRun) mismatches(want *release.Response, a *answer) []match.Mismatch {
	return matchResponse(stepEnv{run}, want, a)
}

// matchResponse checks a response against a constraint. What the constraint
// says of all pages is not looked at.
func matchResponse(env match.Env, want *release.Response, a *answer) []match.Mismatch {
	m := responseMatch{env: env, answer: a}
	if want.Status != nil {
		m.add("status", want.Status.Match(env, a.Status))
	}
	for i := range want.Header {
		m.header(&want.Header[i])
	}
	for _, name := range want.Absent {
		if vs := a.Header.Values(name); len(vs) > 0 {
			m.fail("header "+name, "no such header", match.Show(vs[0]))
		}
	}
	for i := range want.Link {
		m.link(&want.Link[i])
	}
	if want.Redirects != nil {
		m.add("redirects", want.Redirects.Match(env, a.Redirects))
	}
	if want.Length != nil && m.whole() {
		m.add("length of the body", want.Length.Match(env, len(a.Body)))
	}
	if want.Body != nil {
		m.body(want.Body, want.BodyOptional)
	}
	for i := range want.Lists {
		m.list(&want.Lists[i])
	}
	return m.wrong
}

// responseMatch collects what is wrong with a response.
type responseMatch struct {
	env match.Env
	*answer
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
func (m *responseMatch) header(h *release.HeaderRule) {
	path := "header " + h.Name
	vs := m.Header.Values(h.Name)
	if len(vs) == 0 {
		if !h.Optional {
			want := "a value"
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
	if h.Value != nil {
		m.add(path, h.Value.MatchText(m.env, vs[0]))
	}
}

// describeMatcher says what a matcher wants, with its placeholders filled in.
func describeMatcher(m *match.Matcher, env match.Env) string {
	var wants []string
	for _, w := range m.Match(env, match.Missing) {
		wants = append(wants, w.Want)
	}
	if len(wants) == 0 {
		return m.String()
	}
	return strings.Join(wants, " & ")
}

// elements are those of a list-valued header (RFC 9110, section 5.6.1): of all
// its field lines, split at commas outside of quoted strings.
func elements(values []string) []any {
	list := []any{}
	for _, v := range values {
		quoted := false
		start := 0
		add := func(s string) {
			if s = strings.Trim(s, " \t"); s != "" {
				list = append(list, s)
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
	return list
}

// link checks a web link (RFC 8288).
func (m *responseMatch) link(l *release.LinkRule) {
	path := "link " + l.Rel
	vs := m.Header.Values("Link")
	if len(vs) == 0 {
		if !l.Optional {
			m.fail(path, "a Link header", "nothing")
		}
		return
	}
	links, err := httpclient.ParseLinks(vs)
	if err != nil {
		m.fail(path, "a Link header as of RFC 8288", match.Show(strings.Join(vs, ", "))+" ("+err.Error()+")")
		return
	}
	i := slices.IndexFunc(links, func(x httpclient.Link) bool { return x.Has(l.Rel) })
	if i < 0 {
		m.fail(path, fmt.Sprintf("a link with rel=%q", l.Rel), match.Show(strings.Join(vs, ", ")))
	} else if l.Target != nil {
		m.add(path, l.Target.MatchText(m.env, links[i].Target))
	}
}

// whole reports whether the body came as it was framed.
func (m *responseMatch) whole() bool {
	if m.Problem != "" {
		m.fail("body", "a whole body", m.Problem)
	}
	return m.Problem == ""
}

// body checks the body as text, or the JSON value in it.
func (m *responseMatch) body(want *match.Matcher, optional bool) {
	switch {
	case !m.whole(), len(m.Body) == 0 && optional:
	case want.IsText():
		m.add("body", want.Match(m.env, m.Body))
	default:
		doc, wrong := m.doc()
		if wrong != nil {
			m.wrong = append(m.wrong, *wrong)
			return
		}
		m.add("body", want.Match(m.env, doc))
	}
}

// list checks an array in the JSON body.
func (m *responseMatch) list(l *release.ListRule) {
	list, wrong := arrayAt(m.answer, l.At)
	if len(wrong) == 0 {
		wrong = listMismatches(m.env, l, list, "body"+dotted(l.At))
	}
	m.wrong = append(m.wrong, wrong...)
}

// doc is the JSON value in the body, or what is wrong with it.
func (a *answer) doc() (any, *match.Mismatch) {
	if a.Problem != "" {
		return nil, &match.Mismatch{Path: "body", Want: "a whole body", Got: a.Problem}
	}
	doc, err := a.json()
	if err != nil {
		return nil, &match.Mismatch{Path: "body", Want: "JSON", Got: match.Show(a.Body) + " (" + match.Cut(err.Error()) + ")"}
	}
	return doc, nil
}
