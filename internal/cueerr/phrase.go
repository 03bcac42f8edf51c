package cueerr

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
)

// language returns the schema values at a path of a package, such as ["suite",
// "cases", "mine", "steps", "0"]; the alternatives of a disjunction are
// separate values.
func language(suite cue.Value, p []string) []cue.Value {
	if len(p) == 0 || p[0] != "suite" || !suite.Exists() {
		return nil
	}
	vs := []cue.Value{suite}
	p = slices.Clone(p[1:])
	for i := slices.Index(p, "use"); i > 1 && i+2 < len(p) && p[i+1] == "steps"; i = slices.Index(p, "use") {
		p = slices.Delete(p, i, i+3) // the steps of a macro have the same schema
	}
	for _, name := range p {
		var next []cue.Value
		for _, v := range vs {
			next = append(next, schemaFields(v, name)...)
		}
		vs = next
	}
	return vs
}

// schemaFields returns the schema values for a field or element. name is a path
// element of a CUE error, which is quoted if necessary.
func schemaFields(v cue.Value, name string) []cue.Value {
	var out []cue.Value
	if s, err := strconv.Unquote(name); err == nil {
		name = s
	}
	for _, v := range alternatives(v) {
		if v.IncompleteKind() == cue.ListKind {
			if x := v.LookupPath(cue.MakePath(cue.AnyIndex)); x.Exists() {
				out = append(out, alternatives(x)...)
			}
			continue
		}
		it, err := v.Fields(cue.Optional(true), cue.Patterns(true))
		if err != nil {
			continue
		}
		var pattern []cue.Value
		found := false
		for it.Next() {
			if it.Selector().ConstraintType() == cue.PatternConstraint {
				pattern = append(pattern, it.Value())
			} else if it.Selector().Unquoted() == name {
				out, found = append(out, it.Value()), true
			}
		}
		if !found {
			out = append(out, pattern...)
		}
	}
	return out
}

// expr returns the expression of a schema value after resolving references and
// single-argument expressions.
func expr(v cue.Value) (cue.Op, []cue.Value) {
	for range 3 {
		v = cue.Dereference(v)
		op, args := v.Expr()
		if op != cue.NoOp || len(args) != 1 {
			return op, args
		}
		v = args[0]
	}
	return cue.NoOp, nil
}

// keys describes the names that a struct's fields must have.
func keys(v cue.Value) string {
	it, err := v.Fields(cue.Patterns(true))
	if err != nil {
		return ""
	}
	for it.Next() {
		if it.Selector().ConstraintType() == cue.PatternConstraint {
			return phraseOf(it.Selector().Pattern())
		}
	}
	return ""
}

// alternatives returns the terms of a disjunction, or v itself.
func alternatives(v cue.Value) []cue.Value {
	op, args := expr(v)
	if op != cue.OrOp {
		return []cue.Value{v}
	}
	var out []cue.Value
	for _, a := range args {
		out = append(out, alternatives(a)...)
	}
	return out
}

// phrase describes what schema values accept, as in "a list of strings".
func phrase(vs []cue.Value) string {
	var words []string
	literal := 0
	for _, v := range vs {
		for _, a := range alternatives(v) {
			w := phraseOf(a)
			if !slices.Contains(words, w) {
				words = append(words, w)
			}
			if a.IsConcrete() && a.Kind() == cue.StringKind {
				literal++
			}
		}
	}
	if literal == len(words) && literal > 1 {
		slices.Sort(words)
		return "one of " + strings.Join(words, ", ")
	}
	return strings.Join(words, ", or ")
}

func phraseOf(v cue.Value) string {
	op, args := expr(v)
	switch op {
	case cue.AndOp:
		return phraseAnd(args)
	case cue.RegexMatchOp:
		s, _ := args[0].String()
		return pattern(s)
	case cue.GreaterThanOp, cue.GreaterThanEqualOp, cue.LessThanOp, cue.LessThanEqualOp:
		return op.String() + show(args[0])
	}
	switch k := v.IncompleteKind(); {
	case k == cue.ListKind:
		return phraseList(v)
	case v.IsConcrete() && k != cue.StructKind:
		return show(v)
	case k == cue.StringKind:
		return "a string"
	case k == cue.IntKind, k == cue.NumberKind:
		return "a whole number"
	case k == cue.BoolKind:
		return "true or false"
	case k == cue.StructKind:
		return "a struct" + listed(" with ", names(v))
	}
	return "a value"
}

func phraseAnd(args []cue.Value) string {
	var words []string
	for _, a := range args {
		if w := phraseOf(a); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return strings.Join(words, ", ")
}

func phraseList(v cue.Value) string {
	least := ""
	if it, err := v.List(); err == nil && it.Next() {
		least = ", with at least one"
	}
	x := v.LookupPath(cue.MakePath(cue.AnyIndex))
	switch x.IncompleteKind() {
	case cue.StringKind:
		return "a list of strings" + least
	case cue.StructKind:
		return "a list of structs" + least
	}
	return "a list" + least
}

// patterns maps the regular expressions of the schemas to descriptions.
var patterns = []struct{ re, words string }{
	{"^/", "a JSON pointer or path that starts with /"},
	{"^(/|$)", "a JSON pointer, either empty or starting with /"},
	{"^[a-z][A-Za-z0-9 /-]*$", "an id of letters, digits, spaces, / and - that starts with a lower-case letter"},
	{"^[a-z0-9.]+$", "a string of lower-case letters, digits and dots"},
	{"^[0-9]+(ms|s)$", "a duration such as 200ms or 2s"},
}

func pattern(re string) string {
	for _, p := range patterns {
		if p.re == re {
			return p.words
		}
	}
	return "a string that matches " + regexp.MustCompile(`\s+`).ReplaceAllString(re, " ")
}

func show(v cue.Value) string {
	b, err := v.MarshalJSON()
	if err != nil {
		return "a value"
	}
	return string(b)
}
