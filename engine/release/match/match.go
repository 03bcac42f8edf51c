// Package match defines constraints on values, and matches values against them.
//
// A [Matcher] is a tree that package compile builds from a CUE constraint. CUE
// is not used at run time: unification would add missing fields to the actual
// value, so that it would match. Strings in a matcher may contain placeholders,
// which an [Env] resolves during the match.
package match

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/opencontainers/go-digest"

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
// encoding/json with UseNumber, or a []byte, an int or [Missing].
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

// operand returns the operand of a comparison.
func (s *state) operand(m *Matcher) (any, error) {
	if m.Value == nil {
		return m.Text.Value(s.env)
	}
	return decode(m.Value)
}

// decode decodes a constant. Numbers and strings without escapes, which most are,
// need no decoder.
func decode(raw []byte) (any, error) {
	if len(raw) > 0 && (raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9') && json.Valid(raw) {
		return json.Number(raw), nil
	}
	if n := len(raw); n >= 2 && raw[0] == '"' && raw[n-1] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : n-1]), nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func (s *state) compare(m *Matcher, v any) bool {
	w, err := s.operand(m)
	if err != nil {
		return s.fail(m.String()+" ("+err.Error()+")", v)
	}
	if m.Op == Equal || m.Op == NotEqual {
		if s.equal(w, v) != (m.Op == Equal) || m.Op == NotEqual && !s.sameKind(w, v) {
			return s.fail(s.describe(m), v)
		}
		return true
	}
	c, ok := order(v, w)
	if ok {
		switch m.Op {
		case Less:
			ok = c < 0
		case AtMost:
			ok = c <= 0
		case Greater:
			ok = c > 0
		case AtLeast:
			ok = c >= 0
		default:
			ok = false
		}
	}
	if !ok {
		return s.fail(s.describe(m), v)
	}
	return true
}

func (s *state) equal(want, got any) bool {
	if one, ok := want.(OneOf); ok {
		for w := range one {
			if s.equal(w, got) {
				return true
			}
		}
		return false
	}
	if long, ok := want.(*Long); ok {
		gb, ok := bytesOf(got)
		return ok && long.Equal(gb)
	}
	if wb, ok := bytesOf(want); ok {
		gb, ok := bytesOf(got)
		return ok && bytes.Equal(wb, gb)
	}
	if s.text {
		return fmt.Sprint(want) == got
	}
	switch want.(type) {
	case nil, bool:
		return want == got
	}
	a, b := number(want), number(got)
	return a != nil && b != nil && a.Cmp(b) == 0
}

// sameKind reports whether two values are both strings, both numbers or both
// booleans: as in CUE, !="a" requires a string, but !=null allows any type.
func (s *state) sameKind(want, got any) bool {
	switch want.(type) {
	case OneOf, *Long:
		want = ""
	}
	if _, ok := bytesOf(want); ok || s.text {
		_, ok := bytesOf(got)
		return ok
	}
	switch want.(type) {
	case nil:
		return true
	case bool:
		_, ok := got.(bool)
		return ok
	}
	return number(got) != nil
}

func bytesOf(v any) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case string:
		return []byte(v), true
	}
	return nil, false
}

func number(v any) *big.Rat {
	switch v := v.(type) {
	case int:
		return new(big.Rat).SetInt64(int64(v))
	case int64:
		return new(big.Rat).SetInt64(v)
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil && v[0] != '+' {
			return new(big.Rat).SetInt64(n)
		}
		// As a big.Rat, 1e999999999 would exhaust the memory.
		if !decimal.MatchString(string(v)) {
			return nil
		}
		if len(v) > 40 || strings.ContainsAny(string(v), "eE") {
			f, err := v.Float64()
			if err != nil {
				return nil
			}
			return new(big.Rat).SetFloat64(f)
		}
		r, ok := new(big.Rat).SetString(string(v))
		if ok {
			return r
		}
	}
	return nil
}

// decimal matches the numbers allowed in a header. big.Rat would also parse
// 0x1p99999999 and 1/3.
var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// order compares two numbers by value, or two strings by bytes. If want is a
// number, a string is parsed as a number, because header values are strings.
func order(got, want any) (int, bool) {
	if b := number(want); b != nil {
		if str, ok := got.(string); ok {
			got = json.Number(str)
		}
		a := number(got)
		if a == nil {
			return 0, false
		}
		return a.Cmp(b), true
	}
	a, ok1 := bytesOf(got)
	b, ok2 := bytesOf(want)
	return bytes.Compare(a, b), ok1 && ok2
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

// kindOf returns the name of the JSON type of a value.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case string, []byte:
		return "string"
	case int, int64:
		return "int"
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return "number"
		}
		return "int"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	}
	return "nothing"
}

// shown is the maximum length of a quoted value in a mismatch, in bytes.
const shown = 160

// Show formats a value received from a registry, truncated. A []byte that is
// long or not UTF-8 is shown as its length and digest.
func Show(v any) string {
	switch v := v.(type) {
	case missingValue:
		return "nothing"
	case []byte:
		if len(v) > shown || !utf8.Valid(v) {
			return fmt.Sprintf("%d bytes with sha256:%x", len(v), sha256.Sum256(v))
		}
		return strconv.Quote(string(v))
	case *Long:
		return fmt.Sprintf("%d bytes with %s", v.Len(), v.Digest(digest.SHA256))
	case string:
		if len(v) > shown {
			v = v[:shown+1] // do not quote a 4 MB string
		}
		return Cut(strconv.Quote(v))
	case OneOf:
		return strings.Join(slices.Collect(iter.Seq[string](v)), " or ")
	}
	b, err := json.Marshal(beginning(v))
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	return Cut(string(b))
}

// beginning returns the part of a value from JSON that the first bytes of its encoding
// come from: the whole of a large value would take as much memory again.
func beginning(v any) any {
	switch v := v.(type) {
	case string:
		return v[:min(len(v), shown+utf8.UTFMax)]
	case json.Number:
		return v[:min(len(v), shown+1)]
	case []any:
		list := make([]any, 0, min(len(v), shown))
		for _, x := range v[:min(len(v), shown)] {
			list = append(list, beginning(x))
		}
		return list
	case map[string]any:
		o := map[string]any{}
		names := slices.Sorted(maps.Keys(v))
		for _, name := range names[:min(len(names), shown)] {
			o[name] = beginning(v[name])
		}
		return o
	}
	return v
}

// Cut truncates a string at a rune boundary to at most 160 bytes, and appends
// "…" if it was longer.
func Cut(s string) string {
	if len(s) <= shown {
		return s
	}
	n := shown
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
