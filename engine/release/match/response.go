package match

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// Response is a constraint on a response. Nil fields do not constrain it.
type Response struct {
	Status *Matcher     `json:"status,omitempty"`
	Header []HeaderRule `json:"header,omitempty"`
	Absent []string     `json:"absent,omitempty"` // headers
	Link   []LinkRule   `json:"link,omitempty"`
	Body   *Matcher     `json:"body,omitempty"`
	// BodyOptional allows an empty body.
	BodyOptional bool       `json:"bodyOptional,omitempty"`
	Lists        []ListRule `json:"lists,omitempty"`
	// Pages constrains arrays concatenated over all pages.
	Pages []ListRule `json:"pages,omitempty"`
	// Length constrains the size of the body in bytes.
	Length *Matcher `json:"length,omitempty"`
	// Digest constrains the digest of the body, by sha256 or by sha512.
	Digest *Matcher `json:"digest,omitempty"`
	// Redirects constrains the number of redirects that led to the response.
	Redirects *Matcher `json:"redirects,omitempty"`
}

// HeaderRule constrains a header field: its Value as a whole, or the elements
// of all its field lines as a List (RFC 9110, section 5.6.1).
type HeaderRule struct {
	Name     string    `json:"name"`
	Optional bool      `json:"optional,omitempty"`
	Value    *Matcher  `json:"value,omitempty"`
	List     *ListRule `json:"list,omitempty"`
}

// LinkRule constrains the target of a link (RFC 8288). Even with Optional, a
// response does not match if it has a Link header that is malformed or does not
// contain the relation.
type LinkRule struct {
	Rel      string   `json:"rel"`
	Optional bool     `json:"optional,omitempty"`
	Target   *Matcher `json:"target"`
}

// ListRule constrains an array, independent of the positions of its elements.
type ListRule struct {
	At       string     `json:"at,omitempty"`       // JSON pointer to the array
	Contains []*Matcher `json:"contains,omitempty"` // for each, some element matches
	Lacks    []*Matcher `json:"lacks,omitempty"`    // no element matches any
	Each     *Matcher   `json:"each,omitempty"`     // every element matches
	Length   *Matcher   `json:"length,omitempty"`
	Total    *Matcher   `json:"total,omitempty"` // sum of the lengths of the elements, in bytes
	// Sorted lists the allowed orders: ByBytes, ByCaseless.
	Sorted []string `json:"sorted,omitempty"`
	Unique bool     `json:"unique,omitempty"`
	// By is a JSON pointer within each element to the key that Sorted and
	// Unique compare.
	By string `json:"by,omitempty"`
}

// Orders of a list.
const (
	ByBytes    = "bytes"
	ByCaseless = "caseless"
)

// Match matches a response against the constraint, except for Pages: see
// [ListRule.MatchPages].
func (want *Response) Match(env Env, got *Received) []Mismatch {
	return want.match(env, got, false)
}

// Holds reports whether Match finds no mismatch. It does not read the body if
// status, header or redirects do not match.
func (want *Response) Holds(env Env, got *Received) bool {
	return len(want.match(env, got, true)) == 0
}

// match returns the mismatches: all or, if brief, only those before the body.
func (want *Response) match(env Env, got *Received, brief bool) []Mismatch {
	m := responseMatch{env: env, Received: got}
	if want.Status != nil {
		m.add("status", want.Status.Match(env, got.Status))
	}
	for i := range want.Header {
		m.header(&want.Header[i])
	}
	for _, name := range want.Absent {
		if vs := got.Header.Values(name); len(vs) > 0 {
			m.fail("header "+name, "the header to be absent", Show(vs[0]))
		}
	}
	for i := range want.Link {
		m.link(&want.Link[i])
	}
	if want.Redirects != nil {
		m.add("redirects", want.Redirects.Match(env, got.Redirects))
	}
	if brief && len(m.wrong) > 0 {
		return m.wrong
	}
	if want.Length != nil && m.whole() {
		m.add("length of the body", want.Length.Match(env, m.length()))
	}
	if want.Digest != nil && m.whole() {
		m.digest(want.Digest)
	}
	if want.Body != nil {
		m.body(want.Body, want.BodyOptional)
	}
	for i := range want.Lists {
		m.list(&want.Lists[i])
	}
	return m.wrong
}

// digest matches the digest of the body by each algorithm.
func (m *responseMatch) digest(want *Matcher) {
	wrong := want.Match(m.env, digestOf(m.text, digest.SHA256))
	if len(wrong) > 0 && len(want.Match(m.env, digestOf(m.text, digest.SHA512))) > 0 {
		m.add("body", wrong)
	}
}

func digestOf(text any, a digest.Algorithm) string {
	if long, ok := text.(*Long); ok {
		return long.Digest(a).String()
	}
	return a.FromBytes(text.([]byte)).String()
}

// Headers lists the names of the header fields that the constraint refers to. A
// nil constraint refers to none.
func (r *Response) Headers() []string {
	if r == nil {
		return nil
	}
	names := slices.Clone(r.Absent)
	for _, h := range r.Header {
		names = append(names, h.Name)
	}
	if len(r.Link) > 0 {
		names = append(names, "Link")
	}
	return names
}

// Applies reports whether the constraint applies to a response. A constraint
// with only optional headers and links does not apply if all of them are
// missing or empty.
func (r *Response) Applies(got *Received) bool {
	if r.Status != nil || r.Body != nil || r.Length != nil || r.Digest != nil || r.Redirects != nil || len(r.Absent)+len(r.Lists)+len(r.Pages) > 0 {
		return true
	}
	for _, h := range r.Header {
		if !h.Optional || got.has(h.Name) {
			return true
		}
	}
	for _, l := range r.Link {
		if !l.Optional || len(got.Header.Values("Link")) > 0 {
			return true
		}
	}
	return false
}

// responseMatch collects the mismatches of a response.
type responseMatch struct {
	env Env
	*Received
	text  any // the body, after whole: see Received.Text
	wrong []Mismatch
}

func (m *responseMatch) fail(path, want, got string) {
	m.wrong = append(m.wrong, Mismatch{Path: path, Want: want, Got: got})
}

func (m *responseMatch) add(path string, wrong []Mismatch) {
	for _, w := range wrong {
		if w.Path != "" {
			w.Path = path + "." + w.Path
		} else {
			w.Path = path
		}
		m.wrong = append(m.wrong, w)
	}
}

// header matches a header field. Repeated field lines with the same value count
// as one. Different values are a mismatch unless the rule has a List.
func (m *responseMatch) header(h *HeaderRule) {
	path := "header " + h.Name
	vs := m.Header.Values(h.Name)
	switch {
	case h.Optional && !m.has(h.Name):
		return
	case len(vs) == 0:
		want := "a value"
		if h.Value != nil {
			want = describeMatcher(h.Value, m.env)
		}
		m.fail(path, want, "nothing")
		return
	}
	if h.List != nil {
		m.wrong = append(m.wrong, listMismatches(m.env, h.List, elements(vs), path)...)
		return
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(vs))); len(distinct) > 1 {
		m.fail(path, "one value", strconv.Itoa(len(distinct))+" different values: "+Show(strings.Join(distinct, " / ")))
		return
	}
	if h.Value != nil {
		m.add(path, h.Value.MatchText(m.env, vs[0]))
	}
}

// describeMatcher formats a matcher with its placeholders substituted.
func describeMatcher(m *Matcher, env Env) string {
	var wants []string
	for _, w := range m.Match(env, Missing) {
		wants = append(wants, w.Want)
	}
	if len(wants) == 0 {
		return m.String()
	}
	return strings.Join(wants, " & ")
}

// elements returns the elements of a list-valued header (RFC 9110, section
// 5.6.1): all field lines, split at commas outside of quoted strings.
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

// link matches a link (RFC 8288).
func (m *responseMatch) link(l *LinkRule) {
	path := "link " + l.Rel
	vs := m.Header.Values("Link")
	if len(vs) == 0 {
		if !l.Optional {
			m.fail(path, "a Link header", "nothing")
		}
		return
	}
	links, err := httpsyntax.ParseLinks(vs)
	if err != nil {
		m.fail(path, "a valid Link header (RFC 8288)", Show(strings.Join(vs, ", "))+" ("+err.Error()+")")
		return
	}
	i := slices.IndexFunc(links, func(x httpsyntax.Link) bool { return x.Has(l.Rel) })
	if i < 0 {
		m.fail(path, fmt.Sprintf("a link with rel=%q", l.Rel), Show(strings.Join(vs, ", ")))
	} else if l.Target != nil {
		m.add(path, l.Target.MatchText(m.env, links[i].Target))
	}
}

// whole reports whether the body is complete and reads it, or records a mismatch.
func (m *responseMatch) whole() bool {
	wrong := m.broken()
	if wrong == nil && m.text == nil {
		var err error
		if m.text, err = m.Text(); err != nil {
			wrong = &Mismatch{Path: "body", Want: "a complete body", Got: err.Error(), Limit: true}
		}
	}
	if wrong != nil {
		m.wrong = append(m.wrong, *wrong)
	}
	return wrong == nil
}

// length returns the length of the body in bytes.
func (m *responseMatch) length() int {
	if m.Long != nil {
		return int(m.Long.Len())
	}
	return len(m.text.([]byte))
}

// body matches the body as text, or as a JSON value. Only a comparison for equality does
// without the bytes of a long one.
func (m *responseMatch) body(want *Matcher, optional bool) {
	switch {
	case !m.whole(), m.length() == 0 && optional:
	case want.IsText() && (m.Long == nil || want.onlyEqual()):
		m.add("body", want.Match(m.env, m.text))
	case want.IsText():
		b, _ := m.Content() // a Long does not fail
		m.add("body", want.Match(m.env, b))
	default:
		doc, wrong := m.doc()
		if wrong != nil {
			m.wrong = append(m.wrong, *wrong)
			return
		}
		m.add("body", want.Match(m.env, doc))
	}
}

// list matches an array in the JSON body.
func (m *responseMatch) list(l *ListRule) {
	list, wrong := arrayAt(m.Received, l.At)
	if len(wrong) == 0 {
		wrong = listMismatches(m.env, l, list, "body"+dotted(l.At))
	}
	m.wrong = append(m.wrong, wrong...)
}
