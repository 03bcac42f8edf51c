// Package cueerr puts the errors of CUE's evaluator into the words of the
// language that releases are written in.
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
	Current *Source   // where errors are, if known
	Schema  cue.Value // #Suite of the schemas
	// Missing are the references that lead nowhere: errors that follow from them
	// are left out.
	Missing spectree.Errors
}

// Explain turns the errors of an evaluation into those of an author.
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

// inMacro reports whether an error in a definition is told where it is used.
func inMacro(e spectree.Error, errs spectree.Errors) bool {
	return strings.HasPrefix(e.Msg, "#") && slices.ContainsFunc(errs, func(o spectree.Error) bool {
		return o.Pos == e.Pos && !strings.HasPrefix(o.Msg, "#")
	})
}

// one explains what is wrong with one field. It is said of the innermost field
// that an error is about.
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

// position is the author's position of an error: its own, or that of the nearest
// field around it.
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

// message says what is wrong, or nothing where that is a consequence of
// something that is said elsewhere.
func (x *Explainer) message(r raw) string {
	switch {
	case strings.Contains(r.format, "field not allowed"):
		return x.notAllowed(r)
	case strings.Contains(r.format, "required but not present"):
		last := len(r.path) - 1
		return where(r.path[:last]) + quoted(r.path[last]) + " is missing: " + x.words(r.path)
	case strings.Contains(r.format, "reference %q not found"):
		return x.noName(fmt.Sprint(r.args...))
	case strings.Contains(r.format, "unreferenced alias"):
		name := fmt.Sprint(r.args...)
		return fmt.Sprintf("%s is not used: leave out %s=", name, name)
	case strings.Contains(r.format, "field not found"), strings.Contains(r.format, "more errors"):
		if len(x.Missing) > 0 {
			return ""
		}
	case strings.Contains(r.format, "imported and not used"):
		return strings.TrimLeft(r.msg, ": ") + ": remove the import"
	case strings.Contains(r.msg, "builtin package"):
		return noPackage(r.msg)
	case strings.Contains(r.format, "incompatible list lengths") && len(r.authors) > 0:
		return where(r.path) + "this list is given twice, in different lengths: give it once, or another name to one of them"
	}
	if vs := language(x.Schema, r.path); len(vs) > 0 && (r.schema || strings.Contains(r.format, "conflicting")) {
		return where(r.path) + "this has to be " + phrase(vs) + x.not(r)
	}
	return where(r.path) + r.msg
}

// words says what the language has at a path.
func (x *Explainer) words(p []string) string {
	vs := language(x.Schema, p)
	if len(vs) == 0 {
		return "it has to be given"
	}
	return "it has to be " + phrase(vs)
}

// not quotes what an author has written instead.
func (x *Explainer) not(r raw) string {
	if len(r.authors) == 0 {
		return ""
	}
	if text := x.text(r.authors[0]); text != "" {
		return ", not " + text
	}
	return ""
}

// unresolved explains an expression that has no value, if it does not follow
// from something else that is said.
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
	return spectree.Errors{{Pos: r.authors[0], Msg: where(r.path) + "this has no value: an argument of a macro is not given, or what it refers to is not a single value"}}
}
