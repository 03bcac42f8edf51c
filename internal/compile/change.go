package compile

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/ocispec/ocispec/engine/release"
)

// change is what the files of a user define in a spec tree.
type change struct {
	// cases and requirements are ids in the compiled releases.
	cases, requirements []string
	// definitions are the names of macros and the like, by the versions of all
	// releases with a file of the user.
	definitions map[string][]string
}

// changes returns what the user's files of a tree define, or defined before the user's
// files have hidden them. It returns false unless nothing else depends on that: the
// compiled releases may only get cases, requirements and definitions with new names.
func changes(t *spectree.Tree, built map[string]*release.Release) (*change, bool) {
	versions, err := spectree.Versions(t)
	if err != nil || packages(t, versions) != nil {
		return nil, false
	}
	ch := &change{cases: []string{}, requirements: []string{}, definitions: map[string][]string{}}
	for _, name := range t.Own {
		version := path.Base(path.Dir(name))
		if root, _, _ := strings.Cut(name, "/"); !slices.Contains(roots, root) {
			continue
		}
		if path.Dir(name) != path.Join("specs", version) {
			return nil, false
		}
		if ch.definitions[version] == nil {
			ch.definitions[version] = []string{}
		}
		for _, layer := range []fs.FS{t, t.Base()} {
			b, err := fs.ReadFile(layer, name)
			if err != nil {
				continue
			}
			f, err := parser.ParseFile(name, b)
			if err != nil || !ch.file(f, version, built[version] == nil) {
				return nil, false
			}
		}
	}
	for v := range built {
		for _, name := range ch.definitions[v] {
			if mentioned(t.Base(), name) {
				return nil, false
			}
		}
	}
	return ch, len(ch.definitions) > 0
}

// file adds what a file of a release defines. added says that the release is the
// user's.
func (ch *change) file(f *ast.File, version string, added bool) bool {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.Package, *ast.ImportDecl, *ast.CommentGroup:
		case *ast.Field:
			switch name, ok := label(d); {
			case !ok:
				return false
			case name == "suite":
				if !ch.suite(d.Value, added) {
					return false
				}
			case strings.HasPrefix(name, "#"):
				ch.definitions[version] = append(ch.definitions[version], name)
			default:
				return false
			}
		default:
			return false
		}
	}
	return true
}

// suite adds what a value of the field suite defines.
func (ch *change) suite(e ast.Expr, added bool) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return added && e.Op == token.AND && ch.suite(e.X, added) && ch.suite(e.Y, added)
	case *ast.SelectorExpr:
		return added && imports(e, "#Suite") == spectree.SchemasPath
	}
	return fields(e, func(name string, e ast.Expr) bool {
		if added {
			prev, _ := e.(*ast.SelectorExpr)
			return name != "prev" || prev != nil && strings.HasPrefix(imports(prev, "suite"), path.Dir(spectree.SchemasPath)+"/specs/")
		}
		var ids *[]string
		switch name {
		case "cases":
			ids = &ch.cases
		case "requirements":
			ids = &ch.requirements
		default:
			return false
		}
		return fields(e, func(id string, _ ast.Expr) bool {
			*ids = append(*ids, id)
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
		if name, ok := label(field); !ok || strings.HasPrefix(name, "#") || !f(name, field.Value) {
			return false
		}
	}
	return true
}

// label returns the name of a regular field or definition, and false if it is not
// fixed, hidden, optional or required, or has an alias.
func label(f *ast.Field) (string, bool) {
	if f.Constraint != token.ILLEGAL || f.Alias != nil {
		return "", false
	}
	if _, ok := f.Label.(*ast.Alias); ok {
		return "", false
	}
	name, _, err := ast.LabelName(f.Label)
	return name, err == nil && !strings.HasPrefix(name, "_")
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

// mentioned reports whether a name occurs in the text of a tree's releases.
func mentioned(t *spectree.Tree, name string) bool {
	found := false
	for _, root := range roots {
		_ = fs.WalkDir(t, root, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && path.Ext(p) == ".cue" {
				b, err := fs.ReadFile(t, p)
				found = found || err != nil || bytes.Contains(b, []byte(name))
			}
			return nil
		})
	}
	return found
}
