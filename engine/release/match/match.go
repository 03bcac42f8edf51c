// Package match defines constraints on values, and matches values against them.
//
// A [Matcher] is a tree that package compile builds from a CUE constraint. CUE
// is not used at run time: unification would add missing fields to the actual
// value, so that it would match. Strings in a matcher may contain placeholders,
// which an [Env] resolves during the match.
package match

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// Op is the operation of a matcher.
type Op string

// The operations. A missing value does not match any of them.
const (
	Any      Op = "any"    // any value
	Kind     Op = "kind"   // a JSON type: see Matcher.Text
	Equal    Op = "=="     // Value, or Text after substitution
	NotEqual Op = "!="     // not Equal, but of the same type unless Value is null
	Less     Op = "<"      // operand as for Equal; numbers by value, strings by bytes
	AtMost   Op = "<="     // as Less
	Greater  Op = ">"      // as Less
	AtLeast  Op = ">="     // as Less
	Regexp   Op = "=~"     // Text, in RE2 syntax; values of placeholders are quoted
	URL      Op = "url"    // a URI reference that an HTTP client can follow
	NoRegexp Op = "!~"     // no match of the regular expression
	And      Op = "and"    // all of Kids
	Or       Op = "or"     // at least one of Kids
	Object   Op = "object" // Fields, and Rest for other members
	List     Op = "list"   // Kids, and Rest for further elements
)

// Matcher is a constraint on a JSON value, a header value or a body. The zero
// Matcher is invalid. A Matcher is safe for concurrent use and must not be
// modified while in use.
type Matcher struct {
	Op Op `json:"op"`
	// Text is a template (Equal, NotEqual, bounds), a regular expression, or
	// for Kind the names of JSON types separated by "|".
	Text Template `json:"text,omitempty"`
	// Value is the operand if it is not a string: null, a boolean or a number.
	Value  json.RawMessage `json:"value,omitempty"`
	Kids   []*Matcher      `json:"kids,omitempty"`
	Fields []Field         `json:"fields,omitempty"`
	Rest   *Matcher        `json:"rest,omitempty"`
}

// Field is a member of an object.
type Field struct {
	Name     string   `json:"name"`
	Optional bool     `json:"optional,omitempty"`
	Match    *Matcher `json:"match"`
}

// Mismatch is a difference between a value and a constraint.
type Mismatch struct {
	Path string // such as "errors.0.code"; "" for the value itself
	Want string
	Got  string
	// Limit reports that there may be no difference: Got is the limit of ocispec
	// because of which the value was not matched.
	Limit bool
}

// InBody reports whether the difference is in the body, or in arrays of all pages.
func (m Mismatch) InBody() bool {
	return strings.HasPrefix(m.Path, "body") || strings.HasPrefix(m.Path, "all pages")
}

// missingValue is the type of Missing.
type missingValue struct{}

// Missing represents a missing value in [Matcher.Match].
var Missing any = missingValue{}

// maxMismatches is the maximum number of mismatches returned by one match.
const maxMismatches = 20

// Match matches a value and returns the mismatches. The value is one decoded by
// encoding/json with UseNumber, or a []byte, an int or [Missing]. A *[Long] only matches
// what compares for equality or the type.
func (m *Matcher) Match(env Env, v any) []Mismatch {
	s := state{env: env}
	s.match(m, v)
	return s.found
}

// MatchText matches a header value. Placeholders and numbers compare as text.
func (m *Matcher) MatchText(env Env, v string) []Mismatch {
	s := state{env: env, text: true}
	s.match(m, v)
	return s.found
}

type state struct {
	env   Env
	text  bool
	path  []string
	found []Mismatch
	// quiet is set inside a disjunction, which reports its mismatch as a whole.
	quiet bool
}

func (s *state) fail(want string, got any) bool {
	if !s.silent() {
		s.found = append(s.found, Mismatch{Path: strings.Join(s.path, "."), Want: want, Got: Show(got)})
	}
	return false
}

// silent reports whether mismatches are not recorded.
func (s *state) silent() bool { return s.quiet || len(s.found) >= maxMismatches }

func (s *state) at(name string, f func() bool) bool {
	s.path = append(s.path, name)
	ok := f()
	s.path = s.path[:len(s.path)-1]
	return ok
}

func (s *state) match(m *Matcher, v any) bool {
	switch m.Op {
	case And:
		ok := true
		for _, k := range m.Kids {
			ok = s.match(k, v) && ok
		}
		return ok
	case Or:
		q := state{env: s.env, text: s.text, quiet: true}
		for _, k := range m.Kids {
			if q.match(k, v) {
				return true
			}
		}
		return s.fail(s.describe(m), v)
	}
	if v == Missing {
		return s.fail(s.describe(m), v)
	}
	switch m.Op {
	case Any:
		return true
	case Kind:
		if !slices.Contains(strings.Split(string(m.Text), "|"), kindOf(v)) {
			return s.fail(m.String(), v)
		}
		return true
	case Regexp, NoRegexp:
		return s.regexp(m, v)
	case URL:
		return s.url(v)
	case Object:
		return s.object(m, v)
	case List:
		return s.list(m, v)
	}
	return s.compare(m, v)
}

func (s *state) regexp(m *Matcher, v any) bool {
	str, ok := bytesOf(v)
	if !ok {
		return s.fail(m.String(), v)
	}
	src, re, err := s.expression(m)
	if err != nil {
		return s.fail(m.String()+" ("+err.Error()+")", v)
	}
	if re.Match(str) != (m.Op == Regexp) {
		return s.fail(string(m.Op)+strconv.Quote(src), v)
	}
	return true
}

// url matches a URI reference, absolute or relative, that an HTTP client can
// follow.
func (s *state) url(v any) bool {
	const want = "a URL that a client can follow"
	str, ok := bytesOf(v)
	if !ok {
		return s.fail(want, v)
	}
	if err := httpsyntax.CheckReference(string(str)); err != nil {
		return s.fail(want+" ("+err.Error()+")", v)
	}
	return true
}

// expression returns the regular expression of m.
func (s *state) expression(m *Matcher) (string, *regexp.Regexp, error) {
	src, err := m.Text.expand(s.env, m.Text.parts(), regexp.QuoteMeta)
	if err != nil {
		return "", nil, err
	}
	re, err := compileRegexp(src)
	return src, re, err
}

func (s *state) object(m *Matcher, v any) bool {
	o, ok := v.(map[string]any)
	if !ok {
		return s.fail("an object", v)
	}
	res := true
	known := map[string]bool{}
	for _, f := range m.Fields {
		known[f.Name] = true
		x, ok := o[f.Name]
		if !ok {
			if f.Optional {
				continue
			}
			x = Missing
		}
		res = s.at(f.Name, func() bool { return s.match(f.Match, x) }) && res
	}
	if m.Rest == nil || m.Rest.Op == Any {
		return res
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if !known[name] {
			res = s.at(name, func() bool { return s.match(m.Rest, o[name]) }) && res
		}
	}
	return res
}

func (s *state) list(m *Matcher, v any) bool {
	l, ok := v.([]any)
	if !ok {
		return s.fail("an array", v)
	}
	if len(l) < len(m.Kids) || m.Rest == nil && len(l) > len(m.Kids) {
		return s.fail(s.describe(m), v)
	}
	res := true
	for i, x := range l {
		e := m.Rest
		if i < len(m.Kids) {
			e = m.Kids[i]
		}
		if e.Op != Any {
			res = s.at(strconv.Itoa(i), func() bool { return s.match(e, x) }) && res
		}
	}
	return res
}
