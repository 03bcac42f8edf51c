// Package settings reads the settings of a run from flags, environment variables
// and a file, each with its origin. The fields are those of #Settings in
// schemas/settings.cue.
package settings

import (
	"fmt"
	"strings"
	"unicode"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"

	"github.com/ocispec/ocispec"
)

// Kind is the type of a field.
type Kind int

// The kinds of fields.
const (
	Text     Kind = iota
	Switch        // a boolean
	List          // of texts
	Number        // above zero
	Duration      // above zero, in the syntax of time.ParseDuration
)

// Field is a setting.
type Field struct {
	Path   string // as in "apis.blobs.delete"
	Kind   Kind
	Doc    string
	Values []string // the allowed values of a text; nil for any
	OCI    string   // variable of the OCI conformance suite
	None   string   // why it has no effect, if it has none
}

// Env returns the environment variable of the field: OCISPEC_APIS_BLOBS_DELETE.
func (f *Field) Env() string {
	var b strings.Builder
	b.WriteString("OCISPEC_")
	for _, r := range f.Path {
		switch {
		case r == '.':
			r = '_'
		case unicode.IsUpper(r):
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

// schema is the fields, and the other names of paths in files.
type schema struct {
	fields  []*Field
	aliases map[string]string // to the path, of fields and structs
}

func (s *schema) field(path string) *Field {
	for _, f := range s.fields {
		if f.Path == path {
			return f
		}
	}
	return nil
}

const schemaFile = "schemas/settings.cue"

// readSchema reads the fields of #Settings in their order.
func readSchema() (*schema, error) {
	src, err := ocispec.Source.ReadFile(schemaFile)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(schemaFile, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	s := &schema{aliases: map[string]string{}}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.Field); ok && label(f) == "#Settings" {
			if st, ok := f.Value.(*ast.StructLit); ok {
				return s, s.add("", st)
			}
		}
	}
	return nil, fmt.Errorf("%s has no #Settings", schemaFile)
}

func label(f *ast.Field) string {
	name, _, _ := ast.LabelName(f.Label)
	return name
}

// add adds the fields of a struct, whose paths begin with prefix.
func (s *schema) add(prefix string, st *ast.StructLit) error {
	for _, e := range st.Elts {
		f, ok := e.(*ast.Field)
		if !ok {
			continue
		}
		path := prefix + label(f)
		x := &Field{Path: path, Doc: doc(f)}
		for _, a := range f.Attrs {
			name, body := a.Split()
			switch name {
			case "oci":
				x.OCI = body
			case "file":
				s.aliases[prefix+body] = path
			case "none":
				x.None, _ = literal.Unquote(body)
			case "duration":
				x.Kind = Duration
			}
		}
		switch v := f.Value.(type) {
		case *ast.StructLit:
			if err := s.add(path+".", v); err != nil {
				return err
			}
			continue
		case *ast.ListLit:
			x.Kind = List
		case *ast.Ident:
			switch v.Name {
			case "bool":
				x.Kind = Switch
			case "number":
				x.Kind = Number
			}
		case *ast.BinaryExpr:
			x.Values = alternatives(v)
		default:
			return fmt.Errorf("%s: %s has a type that settings cannot have", schemaFile, path)
		}
		s.fields = append(s.fields, x)
	}
	return nil
}

// alternatives returns the strings of a disjunction.
func alternatives(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return append(alternatives(e.X), alternatives(e.Y)...)
	case *ast.BasicLit:
		if v, err := literal.Unquote(e.Value); err == nil {
			return []string{v}
		}
	}
	return nil
}

// doc returns the comment above a field as one line.
func doc(f *ast.Field) string {
	var lines []string
	for _, g := range ast.Comments(f) {
		if g.Doc {
			lines = append(lines, strings.TrimSpace(g.Text()))
		}
	}
	return strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
}
