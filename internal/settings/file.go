package settings

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	cueerrors "cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/yaml"

	"github.com/ocispec/ocispec/internal/nearest"
)

// suiteFile is the name of the file of the OCI conformance suite.
const suiteFile = "oci-conformance.yaml"

// defaultFiles are the names of the file in the working directory. The first one
// that exists is read.
var defaultFiles = []string{"ocispec.cue", "ocispec.yaml", suiteFile}

// maxFile bounds the size of a file, in bytes.
const maxFile = 1 << 20

// file reads the file with settings, if there is one.
func (s *schema) file(in Input, env map[string]string) (map[string]Entry, error) {
	if in.NoFile {
		return nil, nil
	}
	name := in.File
	if name == "" {
		name = env[configuration]
	}
	if name != "" {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		return s.parse(name, b)
	}
	for _, d := range defaultFiles {
		b, err := os.ReadFile(filepath.Join(in.Dir, d))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return s.parse(d, b)
	}
	return nil, nil
}

// parse reads a file in YAML or, if its name ends in .cue, in CUE.
func (s *schema) parse(name string, b []byte) (map[string]Entry, error) {
	if len(b) > maxFile {
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxFile)
	}
	ctx := cuecontext.New()
	var v cue.Value
	if strings.HasSuffix(name, ".cue") {
		v = ctx.CompileBytes(b, cue.Filename(name))
	} else {
		f, err := yaml.Extract(name, b)
		if err != nil {
			return nil, problem(err)
		}
		v = ctx.BuildFile(f)
	}
	if err := v.Validate(); err != nil {
		return nil, problem(err)
	}
	return s.read(name, v)
}

// Read reads settings that are part of a file with a name. The error, which can have
// several lines, names positions in the file.
func Read(name string, v cue.Value) (map[string]Entry, error) {
	s, err := readSchema()
	if err != nil {
		return nil, err
	}
	return s.read(name, v)
}

func (s *schema) read(name string, v cue.Value) (map[string]Entry, error) {
	r := &reader{schema: s, name: name, out: map[string]Entry{}}
	if v.Null() != nil { // an empty file is null
		r.fields("", v)
	}
	return r.out, r.err()
}

// problem returns an error of CUE or YAML with its position.
func problem(err error) error {
	var lines []string
	for _, e := range cueerrors.Errors(err) {
		msg := e.Error()
		p := e.Position()
		if in := e.InputPositions(); !p.IsValid() && len(in) > 0 {
			p = in[0]
		}
		if p.IsValid() && !strings.HasPrefix(msg, p.Filename()) {
			msg = p.String() + ": " + msg
		}
		lines = append(lines, msg)
	}
	return errors.New(strings.Join(lines, "\n"))
}

// reader collects the settings of a file.
type reader struct {
	*schema
	name  string
	out   map[string]Entry
	wrong []wrong
}

// wrong is what is wrong with a value in a file.
type wrong struct {
	at   token.Pos
	what string
}

func (r *reader) errorf(v cue.Value, format string, args ...any) {
	r.wrong = append(r.wrong, wrong{v.Pos(), fmt.Sprintf(format, args...)})
}

// err returns what is wrong in the order of the file, or nil.
func (r *reader) err() error {
	slices.SortStableFunc(r.wrong, func(a, b wrong) int {
		return cmp.Or(cmp.Compare(a.at.Line(), b.at.Line()), cmp.Compare(a.at.Column(), b.at.Column()))
	})
	var lines []string
	for _, w := range r.wrong {
		at := r.name
		if w.at.IsValid() {
			at = fmt.Sprintf("%s:%d:%d", r.name, w.at.Line(), w.at.Column())
		}
		lines = append(lines, at+": "+w.what)
	}
	if lines == nil {
		return nil
	}
	return errors.New(strings.Join(lines, "\n"))
}

// fields reads the fields of a struct, whose paths begin with prefix.
func (r *reader) fields(prefix string, v cue.Value) {
	it, err := v.Fields()
	if err != nil {
		if prefix == "" {
			r.errorf(v, "want a map of settings")
		} else {
			r.errorf(v, "%s: want a map", strings.TrimSuffix(prefix, "."))
		}
		return
	}
	for it.Next() {
		path := prefix + it.Selector().Unquoted()
		if to := r.aliases[path]; to != "" {
			path = to
		}
		f := r.field(path)
		switch {
		case f != nil:
			r.value(f, it.Value())
		case r.isStruct(path):
			r.fields(path+".", it.Value())
		default:
			r.errorf(it.Value(), "unknown setting %q%s", path, nearest.DidYouMean(path, r.names(prefix)))
		}
	}
}

func (r *reader) isStruct(path string) bool {
	return slices.ContainsFunc(r.schema.fields, func(f *Field) bool { return strings.HasPrefix(f.Path, path+".") })
}

// names lists the paths that a field below prefix can have.
func (r *reader) names(prefix string) []string {
	var names []string
	for _, f := range r.schema.fields {
		if rest, ok := strings.CutPrefix(f.Path, prefix); ok {
			first, _, _ := strings.Cut(rest, ".")
			names = append(names, prefix+first)
		}
	}
	for a := range r.aliases {
		if strings.HasPrefix(a, prefix) {
			names = append(names, a)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// value reads the value of a field. A null, as an empty value in YAML is, sets
// nothing.
func (r *reader) value(f *Field, v cue.Value) {
	if v.Null() == nil {
		return
	}
	var got any
	var err error
	switch f.Kind {
	case Switch:
		got, err = v.Bool()
	case List:
		got, err = texts(v)
	case Number:
		var n float64
		if n, err = v.Float64(); err == nil && n <= 0 {
			err = errNotPositive
		}
		got = n
	case Duration:
		var text string
		if text, err = v.String(); err == nil {
			got, err = f.parse(text)
		}
	default:
		var text string
		if text, err = textOf(v); err == nil {
			if text == "" || f.Path == "password" && text == concealed {
				return
			}
			if bad := f.allowed(text); bad != nil {
				r.errorf(v, "%s: %v", f.Path, bad)
				return
			}
		}
		got = text
	}
	if err != nil {
		r.errorf(v, "%s: want %s", f.Path, kinds[f.Kind].want)
		return
	}
	r.out[f.Path] = Entry{release(f, got), fmt.Sprintf("%s:%d", r.name, v.Pos().Line())}
}

// plainNumber matches a number that is written as its digits are read.
var plainNumber = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// textOf returns a text. In YAML it needs no quotes if it looks like a number, as in
// version: 1.1 or password: 12345.
func textOf(v cue.Value) (string, error) {
	source := v.Source()
	if f, ok := source.(*ast.Field); ok {
		source = f.Value
	}
	if lit, ok := source.(*ast.BasicLit); ok && plainNumber.MatchString(lit.Value) {
		return lit.Value, nil
	}
	return v.String()
}

// texts returns a list of texts.
func texts(v cue.Value) ([]string, error) {
	it, err := v.List()
	if err != nil {
		return nil, err
	}
	list := []string{}
	for it.Next() {
		text, err := textOf(it.Value())
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, nil
}
