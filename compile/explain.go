package compile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/token"

	"github.com/ocispec/ocispec/match"
)

// explainer says in an author's terms what CUE says in its own.
type explainer struct {
	tree    *Tree
	sources []*source
	current *source   // in which there are errors, if known
	schema  cue.Value // #Suite of the schemas
	// missing are the references that lead nowhere: CUE's errors about their
	// consequences are left out.
	missing Errors
}

// raw is an error of CUE's, taken apart.
type raw struct {
	path    []string
	format  string
	args    []any
	msg     string
	authors []Position // in the author's files
	schema  bool       // whether the schemas have a part in it
}

func takeApart(e errors.Error) raw {
	r := raw{path: trimPath(e.Path())}
	r.format, r.args = e.Msg()
	r.msg = strings.Join(strings.Fields(fmt.Sprintf(r.format, r.args...)), " ")
	for _, p := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
		q := position(p)
		if inSchema(q) {
			r.schema = r.schema || q.File != ""
			continue
		}
		if !slices.Contains(r.authors, q) {
			r.authors = append(r.authors, q)
		}
	}
	return r
}

// trimPath leaves out the releases that something is inherited from.
func trimPath(p []string) []string {
	for len(p) > 1 && p[0] == "suite" && p[1] == "prev" {
		p = append([]string{"suite"}, p[2:]...)
	}
	return p
}

// explain turns the errors of CUE's evaluation into those of an author.
func (x *explainer) explain(err error) Errors {
	var raws []raw
	for _, e := range errors.Errors(err) {
		raws = append(raws, takeApart(e))
	}
	raws = sameCases(raws)
	var errs Errors
	for len(raws) > 0 {
		group := raws[:1]
		rest := raws[1:]
		if strings.Contains(raws[0].format, "empty disjunction") {
			group, rest = alternativesOf(raws)
		}
		errs = append(errs, x.one(group)...)
		raws = rest
	}
	return slices.DeleteFunc(errs, func(e Error) bool { return inMacro(e, errs) })
}

// inMacro reports whether an error in a definition is told where it is used.
func inMacro(e Error, errs Errors) bool {
	return strings.HasPrefix(e.Msg, "#") && slices.ContainsFunc(errs, func(o Error) bool {
		return o.Pos == e.Pos && !strings.HasPrefix(o.Msg, "#")
	})
}

// sameCases leaves out what follows from two cases having the same id, of which
// the title tells.
func sameCases(raws []raw) []raw {
	var twice [][]string
	for _, r := range raws {
		if n := len(r.path); n == 4 && r.path[1] == "cases" && r.path[3] == "title" && len(r.authors) > 1 && !r.schema {
			twice = append(twice, r.path[:3])
		}
	}
	return slices.DeleteFunc(raws, func(r raw) bool {
		return len(r.path) > 3 && r.path[3] != "title" && slices.ContainsFunc(twice, func(p []string) bool { return slices.Equal(p, r.path[:3]) })
	})
}

// alternativesOf splits errors into those that the first, about a disjunction,
// is made of, and others.
func alternativesOf(raws []raw) (group, rest []raw) {
	p := raws[0].path
	for _, r := range raws {
		if len(r.path) >= len(p) && slices.Equal(r.path[:len(p)], p) {
			group = append(group, r)
		} else {
			rest = append(rest, r)
		}
	}
	return group, rest
}

// one explains what is wrong with one field. It is said of the innermost field
// that an error is about.
func (x *explainer) one(group []raw) Errors {
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
		return Errors{{x.position(r, group), msg}}
	}
	return nil
}

func (x *explainer) innermost(group []raw) raw {
	head := group[0]
	best := group[1]
	for _, r := range group[1:] {
		if len(r.path) > len(best.path) {
			best = r
		}
	}
	if len(best.path) == len(head.path) {
		best.format, best.schema = "no alternative", true
	}
	return best
}

// position is the author's position of an error: its own, or that of the nearest
// field around it.
func (x *explainer) position(r raw, group []raw) Position {
	for _, g := range append([]raw{r}, group...) {
		if len(g.authors) > 0 {
			return g.authors[0]
		}
	}
	sources := append([]*source{x.current}, x.sources...)
	for n := len(r.path) - 1; n > 0; n-- {
		for _, s := range sources {
			if s == nil {
				continue
			}
			v := s.value.LookupPath(parsePath(r.path[:n]))
			if p := authorPos(v); v.Exists() && !inSchema(p) {
				return p
			}
		}
	}
	return Position{}
}

// parsePath parses a path as CUE's errors have it.
func parsePath(p []string) cue.Path {
	var sels []cue.Selector
	for _, s := range p {
		if n, err := strconv.Atoi(s); err == nil {
			sels = append(sels, cue.Index(n))
			continue
		}
		if u, err := strconv.Unquote(s); err == nil {
			sels = append(sels, cue.Str(u))
			continue
		}
		sels = append(sels, selector(s, true))
	}
	return cue.MakePath(sels...)
}

// message says what is wrong, or nothing where that is a consequence of
// something that is said elsewhere.
func (x *explainer) message(r raw) string {
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
		if len(x.missing) > 0 {
			return ""
		}
	case strings.Contains(r.format, "imported and not used"):
		return strings.TrimLeft(r.msg, ": ") + ": remove the import"
	case strings.Contains(r.msg, "builtin package"):
		return noPackage(r.msg)
	case strings.Contains(r.format, "incompatible list lengths") && len(r.authors) > 0:
		return where(r.path) + "this list is given twice, in different lengths: give it once, or another name to one of them"
	}
	if vs := language(x.schema, r.path); len(vs) > 0 && (r.schema || strings.Contains(r.format, "conflicting")) {
		return where(r.path) + "this has to be " + phrase(vs) + x.not(r)
	}
	return where(r.path) + r.msg
}

// contradiction reports whether an error is about two values of one field.
func contradiction(format string) bool {
	return strings.HasPrefix(format, "conflicting values") ||
		strings.HasPrefix(format, "incompatible") && strings.Contains(format, "bounds %v and %v")
}

// twice explains two values of one field: at that of the user, or else at the
// later one.
func (x *explainer) twice(r raw) Errors {
	var at []Position
	for _, p := range r.authors {
		if _, n := x.at(p); !composite(n) {
			at = append(at, p)
		}
	}
	if len(at) < 2 {
		at = r.authors
	}
	slices.SortFunc(at, func(a, b Position) int {
		if own := slices.Contains(x.tree.Own, a.File); own != slices.Contains(x.tree.Own, b.File) {
			return map[bool]int{true: -1, false: 1}[own]
		}
		return -a.compare(b)
	})
	return Errors{{at[0], where(r.path) + twiceMessage(r, x.text(at[0]), x.text(at[1]), x.tree.author(at[1]))}}
}

func twiceMessage(r raw, here, there string, other Position) string {
	switch {
	case !strings.HasPrefix(r.format, "conflicting values"):
		return fmt.Sprintf("nothing is both %v and %v", r.args[0], r.args[1])
	case slices.Contains(r.path, "use"):
		return fmt.Sprintf("%s does not fit %s at %v", here, there, other)
	case len(r.path) == 4 && r.path[1] == "cases":
		return fmt.Sprintf("this is given twice, as %s and as %s at %v: leave out one, or give one of the cases another id", here, there, other)
	}
	return fmt.Sprintf("this is given twice, as %s and as %s at %v: leave out one", here, there, other)
}

// composite reports whether an expression is not the value itself, but has it
// in it or refers to it.
func composite(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.StructLit, *ast.SelectorExpr:
		return true
	case *ast.BinaryExpr:
		return n.Op == token.AND && (composite(n.X) || composite(n.Y))
	}
	return n == nil
}

// words says what the language has at a path.
func (x *explainer) words(p []string) string {
	vs := language(x.schema, p)
	if len(vs) == 0 {
		return "it has to be given"
	}
	return "it has to be " + phrase(vs)
}

// not quotes what an author has written instead.
func (x *explainer) not(r raw) string {
	if len(r.authors) == 0 {
		return ""
	}
	if text := x.text(r.authors[0]); text != "" {
		return ", not " + text
	}
	return ""
}

// text is what is written at a position, if it is an expression.
func (x *explainer) text(p Position) string {
	_, n := x.at(p)
	e, ok := n.(ast.Expr)
	if _, loop := n.(*ast.Comprehension); !ok || loop {
		return "" // format.Node does not know a comprehension by itself
	}
	b, err := format.Node(e)
	if err != nil {
		return ""
	}
	return match.Cut(strings.Join(strings.Fields(string(b)), " "))
}

// at is the outermost expression that begins at a position, and where it is
// written.
func (x *explainer) at(p Position) (*source, ast.Node) {
	for _, s := range x.sources {
		if n := s.at(p); n != nil {
			return s, n
		}
	}
	return nil, nil
}

func (s *source) at(p Position) ast.Node {
	var found ast.Node
	for _, f := range s.inst.Files {
		if position(f.Pos()).File != p.File {
			continue
		}
		ast.Walk(f, func(n ast.Node) bool {
			if found != nil {
				return false
			}
			if e, ok := n.(ast.Expr); ok && position(e.Pos()) == p {
				found = n
			}
			return true
		}, nil)
	}
	return found
}

// noName explains a name that nothing has.
func (x *explainer) noName(name string) string {
	msg := "nothing is called " + quoted(name) + " here"
	if len(name) == 1 && name >= "A" && name <= "Z" {
		return msg + ": write " + name + "=#Case & {…} for it to be the case"
	}
	var has []string
	for _, s := range x.sources {
		for n := range s.top {
			has = append(has, n)
		}
		for _, f := range s.inst.Files {
			for spec := range f.ImportSpecs() {
				if spec.Name != nil && spec.Name.Name == name {
					return msg + ": it is a package that the file has to import, as in import " + name + " " + spec.Path.Value
				}
			}
		}
	}
	slices.Sort(has)
	if slices.Contains([]string{"data", "repo", "other", "missing", "tag", "got"}, name) {
		return msg + ": write C=#Case & {…} for the case, and C." + name
	}
	if nearest(name, has) != "" {
		return msg + DidYouMean(name, has)
	}
	return msg + ": is it misspelt, or to be imported?"
}

// notAllowed explains a field that the language, or a macro, does not have.
func (x *explainer) notAllowed(r raw) string {
	last := len(r.path) - 1
	name, parent := r.path[last], r.path[:last]
	if i := slices.Index(parent, "use"); i > 0 && len(r.authors) == 0 {
		if !slices.Contains(r.path[i:], "steps") || len(parent) == i+1 {
			return where(r.path[:i+1]) + "a macro needs steps: steps: [...#Step] & [{…}]"
		}
		return where(r.path[:i+1]) + "the steps of a macro have to be typed: write steps: [...#Step] & [{…}] in it"
	}
	var has []string
	for _, v := range language(x.schema, parent) {
		for _, a := range alternatives(v) {
			has = append(has, names(a)...)
		}
	}
	if len(has) == 0 || parent[len(parent)-1] == "use" {
		has = x.parameters(parent)
	}
	if u, err := strconv.Unquote(name); err == nil {
		name = u
	}
	msg := where(parent) + "there is no field " + quoted(name) + " here"
	switch {
	case slices.Contains(has, name):
		return where(parent) + "a definition that this is made of, such as a macro, has no field " + quoted(name) + ": type it, as in steps: [...#Step] & [{…}]"
	case nearest(name, has) != "":
		return msg + DidYouMean(name, has)
	}
	if len(has) == 0 {
		for _, v := range language(x.schema, parent) {
			if k := keys(v); k != "" {
				return msg + ": a name in it has to be " + k
			}
		}
	}
	slices.Sort(has)
	return msg + listed("; there are ", slices.Compact(has))
}

// parameters are the fields of a macro that a step uses.
func (x *explainer) parameters(p []string) []string {
	for _, s := range x.sources {
		for _, name := range s.embeds[parsePath(p).String()] {
			if v := s.value.LookupPath(cue.ParsePath(name)); v.Exists() {
				return names(v)
			}
		}
	}
	return nil
}

// unresolved explains an expression that has no value, if it does not follow
// from something else that is said.
func (x *explainer) unresolved(r raw) Errors {
	for _, p := range r.authors {
		s, n := x.at(p)
		if n == nil {
			continue
		}
		if errs := s.missingIn(n); len(errs) > 0 {
			return errs
		}
	}
	if len(x.missing) > 0 || len(r.authors) == 0 {
		return nil
	}
	return Errors{{r.authors[0], where(r.path) + "this has no value: an argument of a macro is not given, or what it refers to is not a single value"}}
}
