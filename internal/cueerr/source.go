package cueerr

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/token"

	"github.com/ocispec/ocispec/internal/nearest"
)

// Source indexes the files of one package. CUE reports an unresolved reference
// only where it evaluates it, often without naming it, and not at all within a
// disjunct or an optional field. Source looks up every reference.
type Source struct {
	Inst  *build.Instance
	Value cue.Value
	paths map[ast.Node]spot // paths of fields, by the node that identifiers resolve to
	top   map[string]bool   // the top-level field names
	refs  []ref
	calls []*ast.CallExpr
	// embeds lists the identifiers at each path, such as the macro after use.
	embeds map[string][]string
}

// spot is the path of a field in the package; nil if the path is not fixed.
type spot []cue.Selector

func (p spot) with(s cue.Selector) spot {
	if p == nil {
		return nil
	}
	return append(slices.Clone(p), s)
}

// ref is a reference to a field: an identifier and the selectors on it.
type ref struct {
	root *ast.Ident
	sels []*ast.SelectorExpr // outermost last
}

// ReadSource indexes the files of a package, whose value is v.
func ReadSource(inst *build.Instance, v cue.Value) *Source {
	s := &Source{Inst: inst, Value: v, paths: map[ast.Node]spot{}, top: map[string]bool{}, embeds: map[string][]string{}}
	for _, f := range inst.Files {
		for _, d := range f.Decls {
			if x, ok := d.(*ast.Field); ok {
				if name, _, err := ast.LabelName(x.Label); err == nil {
					s.top[name] = true
				}
			}
		}
		s.walk(f, spot{})
	}
	return s
}

// walk indexes the fields and references below node n, whose value is at path
// p.
func (s *Source) walk(n ast.Node, p spot) {
	ast.Walk(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportDecl, *ast.IfClause:
			return false // a condition may test whether a field exists
		case *ast.Field:
			s.field(n, p)
			return false
		case *ast.Alias:
			s.paths[n] = p
			s.walk(n.Expr, p)
			return false
		case *ast.ListLit:
			s.list(n, p)
			return false
		case *ast.BinaryExpr:
			if n.Op != token.AND && p != nil {
				s.walk(n, nil)
				return false
			}
		case *ast.CallExpr:
			s.calls = append(s.calls, n)
			if p != nil {
				s.walk(n, nil)
				return false
			}
		case *ast.SelectorExpr:
			return !s.reference(n)
		case *ast.Ident:
			if p != nil {
				at := cue.MakePath(p...).String()
				s.embeds[at] = append(s.embeds[at], n.Name)
			}
		}
		return true
	}, nil)
}

func (s *Source) field(n *ast.Field, p spot) {
	p = p.with(cue.AnyString)
	if name, ident, err := ast.LabelName(n.Label); err == nil && p != nil {
		p[len(p)-1] = selector(name, ident)
	} else {
		s.walk(n.Label, nil)
		p = nil
	}
	if n.Constraint == token.OPTION && p != nil {
		p[len(p)-1] = p[len(p)-1].Optional()
	}
	s.paths[n], s.paths[n.Value] = p, p
	if a, ok := n.Value.(*ast.Alias); ok {
		s.paths[a.Expr] = p
	}
	s.walk(n.Value, p)
}

func selector(name string, ident bool) cue.Selector {
	if ident && strings.HasPrefix(name, "#") {
		return cue.Def(name)
	}
	return cue.Str(name)
}

// list indexes the elements of a list. The index of an element after a
// comprehension is not fixed.
func (s *Source) list(n *ast.ListLit, p spot) {
	fixed := true
	for i, e := range n.Elts {
		switch e.(type) {
		case *ast.Comprehension, *ast.Ellipsis:
			fixed = false
		}
		at := p.with(cue.Index(i))
		if !fixed {
			at = nil
		}
		s.walk(e, at)
	}
}

// reference indexes a selector expression if it starts with an identifier.
func (s *Source) reference(n *ast.SelectorExpr) bool {
	r, ok := chain(n)
	if ok {
		s.refs = append(s.refs, r)
	}
	return ok
}

func chain(n ast.Expr) (ref, bool) {
	switch n := n.(type) {
	case *ast.Ident:
		return ref{root: n}, true
	case *ast.SelectorExpr:
		r, ok := chain(n.X)
		r.sels = append(r.sels, n)
		return r, ok
	}
	return ref{}, false
}

// Missing returns an error for each reference to a field that does not exist.
func (s *Source) Missing() spectree.Errors { return s.lookups(s.refs, false) }

// missingIn returns those errors for the references within node n, where CUE
// has found an error. Unlike Missing it also looks up references in
// definitions, whose fields depend on arguments.
func (s *Source) missingIn(n ast.Node) spectree.Errors {
	from, to := n.Pos().Offset(), n.End().Offset()
	var in []ref
	for _, r := range s.refs {
		if p := r.root.Pos(); p.Filename() == n.Pos().Filename() && p.Offset() >= from && p.Offset() < to {
			in = append(in, r)
		}
	}
	return s.lookups(in, true)
}

func (s *Source) lookups(refs []ref, definitions bool) spectree.Errors {
	var errs spectree.Errors
	for _, r := range refs {
		if e, ok := s.lookup(r, definitions); ok {
			errs = append(errs, e)
		}
	}
	return errs
}

// lookup returns an error for the first selector of a reference that does not
// resolve.
func (s *Source) lookup(r ref, definitions bool) (spectree.Error, bool) {
	if spec, ok := r.root.Node.(*ast.ImportSpec); ok {
		return s.lookupImport(r, spec)
	}
	p, ok := s.paths[r.root.Node]
	if r.root.Node == nil && s.top[r.root.Name] {
		p, ok = spot{selector(r.root.Name, true)}, true
	}
	if !ok || p == nil || !definitions && slices.ContainsFunc(p, cue.Selector.IsDefinition) {
		return spectree.Error{}, false
	}
	v := s.Value.LookupPath(cue.MakePath(p...))
	if !v.Exists() {
		return spectree.Error{}, false
	}
	base := r.root.Name
	for _, sel := range r.sels {
		name, ident, err := ast.LabelName(sel.Sel)
		if err != nil {
			return spectree.Error{}, false
		}
		next := v.LookupPath(cue.MakePath(selector(name, ident)))
		if !next.Exists() {
			has := names(v) // also for a struct with errors
			if k := v.IncompleteKind(); k != cue.StructKind && k != cue.BottomKind || k == cue.BottomKind && len(has) == 0 || slices.Contains(has, name) {
				return spectree.Error{}, false // not a struct, or an optional field
			}
			return spectree.Error{Pos: At(sel.Sel.Pos()), Msg: noField(base, name, has)}, true
		}
		v, base = next, base+"."+name
	}
	return spectree.Error{}, false
}

// lookupImport returns an error if an imported package lacks the referenced
// definition.
func (s *Source) lookupImport(r ref, spec *ast.ImportSpec) (spectree.Error, bool) {
	i := slices.IndexFunc(s.Inst.Imports, func(i *build.Instance) bool {
		return `"`+i.ImportPath+`"` == spec.Path.Value
	})
	if i < 0 {
		return spectree.Error{}, false
	}
	var has []string
	for _, f := range s.Inst.Imports[i].Files {
		for _, d := range f.Decls {
			if x, ok := d.(*ast.Field); ok {
				if name, _, err := ast.LabelName(x.Label); err == nil {
					has = append(has, name)
				}
			}
		}
	}
	name, _, err := ast.LabelName(r.sels[0].Sel)
	if err != nil || len(has) == 0 || slices.Contains(has, name) {
		return spectree.Error{}, false
	}
	return spectree.Error{Pos: At(r.sels[0].Sel.Pos()), Msg: noField(r.root.Name, name, has)}, true
}

// names returns the names of the fields of a struct, including optional ones.
func names(v cue.Value) []string {
	it, err := v.Fields(cue.Optional(true))
	if err != nil {
		return nil
	}
	var ns []string
	for it.Next() {
		ns = append(ns, it.Selector().Unquoted())
	}
	return ns
}

// noField returns the message for an unknown field of base; has lists the known
// ones.
func noField(base, name string, has []string) string {
	msg := base + " has no " + quoted(name)
	switch {
	case nearest.Name(name, has) != "":
		return msg + nearest.DidYouMean(name, has)
	case slices.Contains(release.Names, name) || name == "got":
		return msg + `: write "${repo}" for a name of the run, "${STEP.header.NAME}" for a value of a response`
	}
	return msg + cmp.Or(listed("; want one of ", has), ": check the spelling")
}

func quoted(s string) string { return `"` + s + `"` }

// listed returns lead and the names, or "" if there are none or more than 30.
func listed(lead string, names []string) string {
	if len(names) == 0 || len(names) > 30 {
		return ""
	}
	return lead + strings.Join(names, ", ")
}

// vanishing lists the validators that CUE evaluates and drops, because they
// hold for the empty list or struct that a constraint accepts.
var vanishing = []string{"list.MinItems", "list.MaxItems", "list.UniqueItems", "list.IsSorted", "list.IsSortedStrings", "list.MatchN", "struct.MinFields", "struct.MaxFields"}

// Validators returns an error for each call of such a validator, since no
// response would be checked by it.
func (s *Source) Validators() spectree.Errors {
	var errs spectree.Errors
	for _, c := range s.calls {
		r, ok := chain(c.Fun)
		if !ok || len(r.sels) != 1 {
			continue
		}
		sel, _, err := ast.LabelName(r.sels[0].Sel)
		if name := r.root.Name + "." + sel; err == nil && slices.Contains(vanishing, name) {
			errs = append(errs, spectree.Error{Pos: At(c.Pos()), Msg: name + " cannot be checked in a response: use lists: {\"/tags\": {length: …, unique: true, sorted: …, contains: […]}}"})
		}
	}
	return errs
}
