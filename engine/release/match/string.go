package match

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// String returns the constraint in CUE notation, with placeholders unchanged.
// Equivalent matchers have the same string.
func (m *Matcher) String() string { return m.render(nil) }

// describe returns the constraint with placeholders substituted.
func (s *state) describe(m *Matcher) string {
	if s.silent() {
		return ""
	}
	return m.render(s.env)
}

func (m *Matcher) render(env Env) string {
	switch m.Op {
	case Any:
		return "_"
	case Kind:
		return strings.ReplaceAll(string(m.Text), "|", " | ")
	case And:
		return join(m.Kids, " & ", env)
	case Or:
		return join(m.Kids, " | ", env)
	case URL:
		return "a URL"
	case Regexp, NoRegexp:
		return string(m.Op) + strconv.Quote(string(m.Text))
	case Object:
		return m.renderObject(env)
	case List:
		s := join(m.Kids, ", ", env)
		if m.Rest != nil {
			if s != "" {
				s += ", "
			}
			s += "..."
			if m.Rest.Op != Any {
				s += m.Rest.render(env)
			}
		}
		return "[" + s + "]"
	}
	s := strconv.Quote(string(m.Text))
	if m.Value != nil {
		s = string(m.Value)
	} else if env != nil {
		if v, err := m.Text.Value(env); err == nil {
			s = Show(v)
		}
	}
	if m.Op == Equal {
		return s
	}
	return string(m.Op) + s
}

func (m *Matcher) renderObject(env Env) string {
	var fs []string
	for _, f := range m.Fields {
		opt := ""
		if f.Optional {
			opt = "?"
		}
		fs = append(fs, f.Name+opt+": "+f.Match.render(env))
	}
	switch {
	case m.Rest == nil:
	case m.Rest.Op == Any:
		fs = append(fs, "...")
	default:
		fs = append(fs, "[string]: "+m.Rest.render(env))
	}
	return "{" + strings.Join(fs, ", ") + "}"
}

func join(ms []*Matcher, sep string, env Env) string {
	var p []string
	for _, x := range ms {
		p = append(p, x.render(env))
	}
	return strings.Join(p, sep)
}

// Templates calls f for every template in the matcher.
func (m *Matcher) Templates(f func(Template)) {
	if m == nil {
		return
	}
	if m.Op != Kind && m.Text != "" {
		f(m.Text)
	}
	for _, k := range m.Kids {
		k.Templates(f)
	}
	for _, x := range m.Fields {
		x.Match.Templates(f)
	}
	m.Rest.Templates(f)
}

// IsText reports whether the constraint applies to the body as text rather than
// as a JSON value.
func (m *Matcher) IsText() bool {
	switch m.Op {
	case Regexp, NoRegexp, URL:
		return true
	case Kind:
		return m.Text == "string"
	case And, Or:
		return len(m.Kids) > 0 && m.Kids[0].IsText()
	case Object, List, Any:
		return false
	}
	return m.Value == nil
}

// onlyEqual reports whether the constraint on a text is only to be equal or not.
func (m *Matcher) onlyEqual() bool {
	switch m.Op {
	case And, Or:
		return !slices.ContainsFunc(m.Kids, func(k *Matcher) bool { return !k.onlyEqual() })
	case Any, Kind, Equal, NotEqual:
		return true
	}
	return false
}

// Allows reports whether n matches a constraint without placeholders.
func (m *Matcher) Allows(n int) bool { return len(m.Match(noEnv{}, n)) == 0 }

type noEnv struct{}

func (noEnv) Lookup(name string) (any, error) {
	return nil, fmt.Errorf("placeholder ${%s} is not allowed here", name)
}

var ops = []Op{Any, Kind, Equal, NotEqual, Less, AtMost, Greater, AtLeast, Regexp, NoRegexp, URL, And, Or, Object, List}

// maxDepth is the maximum nesting depth of a matcher.
const maxDepth = 100

// Check validates a matcher read from a file. An invalid matcher must not be
// used.
func (m *Matcher) Check() error { return m.check(0) }

func (m *Matcher) check(depth int) error {
	switch {
	case m == nil:
		return fmt.Errorf("empty matcher")
	case depth > maxDepth:
		return fmt.Errorf("matcher nested deeper than %d levels", maxDepth)
	case !slices.Contains(ops, m.Op):
		return fmt.Errorf("unknown operation %q", m.Op)
	case (m.Op == And || m.Op == Or) && len(m.Kids) == 0:
		return fmt.Errorf("operation %q has no operands", m.Op)
	}
	if err := m.checkOperand(); err != nil {
		return err
	}
	for _, k := range m.Kids {
		if err := k.check(depth + 1); err != nil {
			return err
		}
	}
	for _, f := range m.Fields {
		if err := f.Match.check(depth + 1); err != nil {
			return err
		}
	}
	if m.Rest != nil {
		return m.Rest.check(depth + 1)
	}
	return nil
}

// checkOperand validates the operand of the operation.
func (m *Matcher) checkOperand() error {
	switch m.Op {
	case Regexp, NoRegexp:
		if len(m.Text.Names()) == 0 {
			_, err := compileRegexp(string(m.Text))
			return err
		}
	case Kind:
		for k := range strings.SplitSeq(string(m.Text), "|") {
			if !slices.Contains(kinds, k) {
				return fmt.Errorf("unknown type %q", k)
			}
		}
	}
	if m.Value == nil {
		return nil
	}
	v, err := decode(m.Value)
	if err != nil {
		return err
	}
	switch v.(type) {
	case nil, bool, json.Number:
		return nil
	}
	return fmt.Errorf("operand %s is not null, a bool or a number", Cut(string(m.Value)))
}

var kinds = []string{"null", "bool", "int", "number", "string", "list", "object"}

// regexps caches compiled expressions, about maxRegexps of up to maxRegexp bytes each:
// the values in them can be chosen by a registry. A Matcher is plain data shared between
// goroutines and does not hold its own.
var (
	regexps sync.Map
	cached  atomic.Int32
)

const (
	maxRegexps = 1000
	maxRegexp  = 1 << 10
)

func compileRegexp(src string) (*regexp.Regexp, error) {
	if re, ok := regexps.Load(src); ok {
		return re.(*regexp.Regexp), nil
	}
	re, err := regexp.Compile(src)
	if err == nil && len(src) <= maxRegexp && cached.Load() < maxRegexps {
		cached.Add(1)
		regexps.Store(src, re)
	}
	return re, err
}
