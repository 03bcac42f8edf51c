package compile

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/ocispec/ocispec/internal/cueerr"
	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/engine/release/match"
)

// urlName is the value of #URL in the schemas.
const urlName = "${url}"

// matcher compiles a CUE constraint. Structs match with additional fields: a
// registry may send more than the specification names. The schemas' closed
// definitions have already reported fields that the author misspelt.
func (c *compiler) matcher(v cue.Value) *match.Matcher {
	if err := v.Err(); err != nil {
		c.add(err)
		return nil
	}
	v = parameter(v)
	switch v.Kind() {
	case cue.NullKind, cue.BoolKind, cue.IntKind, cue.FloatKind, cue.NumberKind:
		return &match.Matcher{Op: match.Equal, Value: c.json(v)}
	case cue.StringKind:
		if t := c.str(v); t != urlName {
			return &match.Matcher{Op: match.Equal, Text: match.Template(t)}
		}
		return &match.Matcher{Op: match.URL}
	case cue.ListKind:
		return c.listMatcher(v)
	}
	if v.IncompleteKind() == cue.ListKind {
		return c.listMatcher(v)
	}
	e := v.Eval()
	switch op, args := e.Expr(); op {
	case cue.OrOp:
		return c.several(match.Or, args)
	case cue.AndOp:
		return c.several(match.And, args)
	case cue.RegexMatchOp:
		return c.regexp(match.Regexp, v, args[0])
	case cue.NotRegexMatchOp:
		return c.regexp(match.NoRegexp, v, args[0])
	case cue.NotEqualOp, cue.LessThanOp, cue.LessThanEqualOp, cue.GreaterThanOp, cue.GreaterThanEqualOp:
		m := c.matcher(args[0])
		if m != nil {
			m.Op = match.Op(op.String())
		}
		return m
	case cue.NoOp:
		return c.kindMatcher(v, e)
	default:
		c.failed++
		c.errorAt(v, "%v cannot be checked in a response: use literals, types, =~, !~, bounds, & and |, and lists for arrays", e)
		return nil
	}
}

// parameter returns the default of a macro parameter, as in string | *"x",
// which CUE does not select when it unifies the parameter with a type.
func parameter(v cue.Value) cue.Value {
	if d, ok := v.Default(); ok && d.Kind()&(cue.StringKind|cue.NumberKind) != 0 {
		return d
	}
	return v
}

// regexp compiles a regular expression with placeholders.
func (c *compiler) regexp(op match.Op, v, arg cue.Value) *match.Matcher {
	m := &match.Matcher{Op: op, Text: match.Template(c.str(arg))}
	src, err := m.Text.Expand(anyText{})
	if err == nil {
		_, err = regexp.Compile(src)
	}
	if err != nil {
		c.errorAt(v, "%s", badRegexp(err))
	}
	return m
}

// anyText resolves every placeholder to a fixed text.
type anyText struct{}

func (anyText) Lookup(string) (any, error) { return "x", nil }

// badRegexp returns the message for an invalid regular expression.
func badRegexp(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ") + ": use RE2 syntax, which has no look-around and no back-references"
}

func (c *compiler) several(op match.Op, args []cue.Value) *match.Matcher {
	m := &match.Matcher{Op: op}
	for _, a := range args {
		m.Kids = append(m.Kids, c.matcher(a))
	}
	return m
}

func (c *compiler) listMatcher(v cue.Value) *match.Matcher {
	m := &match.Matcher{Op: match.List}
	for _, x := range c.list(v) {
		m.Kids = append(m.Kids, c.matcher(x))
	}
	if rest := v.LookupPath(cue.MakePath(cue.AnyIndex)); rest.Exists() {
		m.Rest = c.matcher(rest)
	}
	return m
}

// kindMatcher compiles a type or a struct.
func (c *compiler) kindMatcher(v, evaluated cue.Value) *match.Matcher {
	if evaluated.Kind() == cue.StructKind {
		return c.structMatcher(v)
	}
	switch k := evaluated.IncompleteKind(); k {
	case cue.TopKind:
		return &match.Matcher{Op: match.Any}
	case cue.StructKind:
		return c.structMatcher(v)
	default:
		return &match.Matcher{Op: match.Kind, Text: match.Template(kindNames(k))}
	}
}

// kindNames returns the JSON types of a CUE kind, in the notation of package
// match.
func kindNames(k cue.Kind) string {
	var names []string
	for _, x := range []struct {
		kind cue.Kind
		name string
	}{
		{cue.NullKind, "null"}, {cue.BoolKind, "bool"}, {cue.IntKind, "int"}, {cue.FloatKind, "number"},
		{cue.StringKind, "string"}, {cue.ListKind, "list"}, {cue.StructKind, "object"},
	} {
		if k&x.kind != 0 {
			names = append(names, x.name)
		}
	}
	return strings.Join(names, "|")
}

func (c *compiler) structMatcher(v cue.Value) *match.Matcher {
	m := &match.Matcher{Op: match.Object, Rest: &match.Matcher{Op: match.Any}}
	it, err := v.Fields(cue.Optional(true), cue.Patterns(true))
	if err != nil {
		c.add(err)
		return nil
	}
	for it.Next() {
		sel := it.Selector()
		x := c.matcher(it.Value())
		if x == nil {
			return nil
		}
		if sel.ConstraintType() == cue.PatternConstraint {
			m.Rest = x
			continue
		}
		m.Fields = append(m.Fields, match.Field{
			Name: sel.Unquoted(), Optional: sel.ConstraintType() == cue.OptionalConstraint, Match: x,
		})
	}
	return m
}

// json returns the JSON encoding of a concrete value, with fields in source
// order.
func (c *compiler) json(v cue.Value) json.RawMessage {
	b, err := v.MarshalJSON()
	if err != nil {
		c.add(err)
	}
	return b
}

func (c *compiler) errorAt(v cue.Value, format string, args ...any) {
	c.errs = append(c.errs, spectree.Error{Pos: cueerr.AuthorPos(v), Msg: fmt.Sprintf(format, args...)})
}

// add records an error of the evaluator.
func (c *compiler) add(err error) {
	c.failed++
	c.errs = append(c.errs, c.Explain(err)...)
}
