package compile

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// change is what files of a spec tree define.
type change struct {
	// cases and requirements are ids in the compiled releases.
	cases, requirements []string
	// fields are the names of the definitions and other fields beside suite, by the
	// versions of all releases with one of the files.
	fields map[string][]string
}

// changes returns what the user's files of a tree define, or defined before the user's
// files have hidden them. It returns false unless nothing else depends on that: the
// compiled releases may only get cases, requirements, and fields with new names.
func changes(t *spectree.Tree, compiled []string) (*change, bool) {
	ch := &change{fields: map[string][]string{}}
	for _, name := range t.Own {
		version := path.Base(path.Dir(name))
		if root, _, _ := strings.Cut(name, "/"); !slices.Contains(roots, root) {
			continue
		}
		if path.Dir(name) != path.Join("specs", version) {
			return nil, false
		}
		for _, layer := range []fs.FS{t, t.Base()} {
			b, err := fs.ReadFile(layer, name)
			if err != nil {
				continue
			}
			f, err := parser.ParseFile(name, b)
			if err != nil || !ch.file(f, version, !slices.Contains(compiled, version)) {
				return nil, false
			}
		}
	}
	for _, v := range compiled {
		for _, name := range ch.fields[v] {
			if mentioned(t.Base(), name) {
				return nil, false
			}
		}
	}
	return ch, len(ch.fields) > 0
}

// file adds what a file of a release defines. whole says that the release is evaluated
// as a whole, so that its suite may have all sections. It returns false for a file whose
// fields do not show without evaluation.
func (ch *change) file(f *ast.File, version string, whole bool) bool {
	if ch.fields[version] == nil {
		ch.fields[version] = []string{}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.Package, *ast.ImportDecl, *ast.CommentGroup, *ast.LetClause:
		case *ast.Comprehension:
			if !whole || !ch.loop(d) {
				return false
			}
		case *ast.Field:
			switch name, ok := label(d); {
			case !ok:
				return false
			case name == "suite":
				if !ch.suite(d.Value, whole) {
					return false
				}
			case strings.HasPrefix(name, "#"), strings.HasPrefix(name, "_"):
				ch.fields[version] = append(ch.fields[version], name)
			default:
				return false
			}
		default:
			return false
		}
	}
	return true
}

// loop reports whether a comprehension only defines cases.
func (ch *change) loop(d *ast.Comprehension) bool {
	return fields(d.Value, func(name string, e ast.Expr) bool {
		return name == "suite" && fields(e, func(name string, _ ast.Expr) bool { return name == "cases" })
	})
}

// suite adds what a value of the field suite defines.
func (ch *change) suite(e ast.Expr, whole bool) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return whole && e.Op == token.AND && ch.suite(e.X, whole) && ch.suite(e.Y, whole)
	case *ast.SelectorExpr:
		return whole && imports(e, "#Suite") == spectree.SchemasPath
	}
	return fields(e, func(name string, e ast.Expr) bool {
		if whole {
			prev, _ := e.(*ast.SelectorExpr)
			return name != "prev" || prev != nil && strings.HasPrefix(imports(prev, "suite"), path.Dir(spectree.SchemasPath)+"/specs/")
		}
		var to *[]string
		switch name {
		case "cases":
			to = &ch.cases
		case "requirements":
			to = &ch.requirements
		default:
			return false
		}
		return fields(e, func(id string, _ ast.Expr) bool {
			*to = append(*to, id)
			return true
		})
	})
}

// fields calls f with the name and value of each field of a struct literal. It returns
// false if f does, or if e is something else or has declarations other than regular
// fields with fixed names.
func fields(e ast.Expr, f func(string, ast.Expr) bool) bool {
	s, ok := e.(*ast.StructLit)
	if !ok {
		return false
	}
	for _, d := range s.Elts {
		if _, ok := d.(*ast.CommentGroup); ok {
			continue
		}
		field, ok := d.(*ast.Field)
		if !ok {
			return false
		}
		if name, ok := label(field); !ok || strings.HasPrefix(name, "#") || strings.HasPrefix(name, "_") || !f(name, field.Value) {
			return false
		}
	}
	return true
}

// label returns the name of a field, and false if it is not fixed, optional or
// required, or has an alias.
func label(f *ast.Field) (string, bool) {
	if f.Constraint != token.ILLEGAL || f.Alias != nil {
		return "", false
	}
	if _, ok := f.Label.(*ast.Alias); ok {
		return "", false
	}
	name, _, err := ast.LabelName(f.Label)
	return name, err == nil
}

// imports returns the path of the package of which an expression selects a field, or
// "" if it is another expression.
func imports(e *ast.SelectorExpr, field string) string {
	x, ok := e.X.(*ast.Ident)
	if !ok {
		return ""
	}
	spec, ok := x.Node.(*ast.ImportSpec)
	if name, _, err := ast.LabelName(e.Sel); !ok || err != nil || name != field {
		return ""
	}
	p, _ := strconv.Unquote(spec.Path.Value)
	return p
}

// mentioned reports whether a name occurs in the text of a tree's releases, also at the
// end of another.
func mentioned(t *spectree.Tree, name string) bool {
	whole := regexp.MustCompile(regexp.QuoteMeta(name) + `(?:[^\pL\pN_$]|$)`)
	found := false
	for _, root := range roots {
		_ = fs.WalkDir(t, root, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && path.Ext(p) == ".cue" {
				b, err := fs.ReadFile(t, p)
				found = found || err != nil || whole.Match(b)
			}
			return nil
		})
	}
	return found
}
