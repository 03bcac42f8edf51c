// Package cueerr translates errors of the CUE evaluator into messages in terms
// of the spec language.
package cueerr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
)

// Explainer explains errors in the sources of one spec tree.
type Explainer struct {
	Tree    *spectree.Tree
	Sources []*Source
	Current *Source   // the package being validated, if known
	Schema  cue.Value // #Suite of the schemas
	// Missing lists the unresolved references. Explain omits the errors that
	// follow from them.
	Missing spectree.Errors
}

// Explain translates the errors of an evaluation.
func (x *Explainer) Explain(err error) spectree.Errors {
	var raws []raw
	for _, e := range errors.Errors(err) {
		raws = append(raws, takeApart(e))
	}
	raws = sameCases(raws)
	var errs spectree.Errors
	for len(raws) > 0 {
		group := raws[:1]
		rest := raws[1:]
		if strings.Contains(raws[0].format, "empty disjunction") {
			group, rest = alternativesOf(raws)
		}
		errs = append(errs, x.one(group)...)
		raws = rest
	}
	return slices.DeleteFunc(errs, func(e spectree.Error) bool { return inMacro(e, errs) })
}

// inMacro reports whether an error in a macro definition is also reported where
// the macro is used.
func inMacro(e spectree.Error, errs spectree.Errors) bool {
	return strings.HasPrefix(e.Msg, "#") && slices.ContainsFunc(errs, func(o spectree.Error) bool {
		return o.Pos == e.Pos && !strings.HasPrefix(o.Msg, "#")
	})
}

// one translates a group of errors about one field into an error about the
// innermost field.
func (x *Explainer) one(group []raw) spectree.Errors {
	r := group[0]
	if len(group) > 1 {
		r = x.innermost(group)
	}
	for _, w := range []string{"undefined field", "invalid interpolation", "cannot reference optional", "non-concrete"} {
		if strings.Contains(r.format, w) {
			return x.unresolved(r)
		}
	}
	if !r.schema && len(r.authors) > 1 && contradiction(r.format) {
		return x.twice(r)
	}
	if msg := x.message(r); msg != "" {
		return spectree.Errors{{Pos: x.position(r, group), Msg: msg}}
	}
	return nil
}

// position returns the author's position of an error or, if it has none, that
// of the nearest enclosing field.
func (x *Explainer) position(r raw, group []raw) spectree.Position {
	for _, g := range append([]raw{r}, group...) {
		if len(g.authors) > 0 {
			return g.authors[0]
		}
	}
	sources := append([]*Source{x.Current}, x.Sources...)
	for n := len(r.path) - 1; n > 0; n-- {
		for _, s := range sources {
			if s == nil {
				continue
			}
			v := s.Value.LookupPath(parsePath(r.path[:n]))
			if p := AuthorPos(v); v.Exists() && !InSchema(p) {
				return p
			}
		}
	}
	return spectree.Position{}
}

// message returns the message for an error, or "" if the error follows from
// another one that is reported.
func (x *Explainer) message(r raw) string {
	switch {
	case strings.Contains(r.format, "field not allowed"):
		return x.notAllowed(r)
	case strings.Contains(r.format, "required but not present"):
		last := len(r.path) - 1
		return where(r.path[:last]) + quoted(r.path[last]) + " is missing" + x.words(r.path)
	case strings.Contains(r.format, "reference %q not found"):
		return x.noName(fmt.Sprint(r.args...))
	case strings.Contains(r.format, "unreferenced alias"):
		name := fmt.Sprint(r.args...)
		return fmt.Sprintf("alias %s is not used: remove %s=", name, name)
	case strings.Contains(r.format, "field not found"), strings.Contains(r.format, "more errors"):
		if len(x.Missing) > 0 {
			return ""
		}
	case strings.Contains(r.format, "imported and not used"):
		return strings.TrimLeft(r.msg, ": ") + ": remove the import"
	case strings.Contains(r.msg, "builtin package"):
		return noPackage(r.msg)
	case strings.Contains(r.format, "incompatible list lengths") && len(r.authors) > 0:
		return where(r.path) + "this list has two definitions of different lengths: remove one, or rename one"
	}
	if vs := language(x.Schema, r.path); len(vs) > 0 && (r.schema || strings.Contains(r.format, "conflicting")) {
		return where(r.path) + "must be " + phrase(vs) + x.written(r)
	}
	return where(r.path) + r.msg
}

// words returns "; want " and a description of what the schema requires at a
// path, or "" if the schema has no such path.
func (x *Explainer) words(p []string) string {
	vs := language(x.Schema, p)
	if len(vs) == 0 {
		return ""
	}
	return "; want " + phrase(vs)
}

// written returns ", not " and the expression that the author has written, or
// "".
func (x *Explainer) written(r raw) string {
	if len(r.authors) == 0 {
		return ""
	}
	if text := x.text(r.authors[0]); text != "" {
		return ", not " + text
	}
	return ""
}

// unresolved returns errors for an expression without a concrete value, unless
// another error explains it.
func (x *Explainer) unresolved(r raw) spectree.Errors {
	for _, p := range r.authors {
		s, n := x.at(p)
		if n == nil {
			continue
		}
		if errs := s.missingIn(n); len(errs) > 0 {
			return errs
		}
	}
	if len(x.Missing) > 0 || len(r.authors) == 0 {
		return nil
	}
	return spectree.Errors{{Pos: r.authors[0], Msg: where(r.path) + "the value is not concrete: a macro argument is missing, or a referenced value is not concrete"}}
}
