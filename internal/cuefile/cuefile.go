// Package cuefile decodes files that users write in CUE or YAML, and that a schema
// of this project types.
package cuefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	cueerrors "cuelang.org/go/cue/errors"
	cueyaml "cuelang.org/go/encoding/yaml"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/internal/nearest"
)

// maxFile bounds the size of a file, in bytes.
const maxFile = 4 << 20

// Decode decodes a file in YAML or, if its name ends in .cue, in CUE. schema is a
// file in schemas/ and definition a definition in it. What the definition does not
// allow is an error with its position in the file.
func Decode(name string, b []byte, schema, definition string, out any) error {
	v, err := Value(name, b, schema, definition)
	if err != nil {
		return err
	}
	if err := v.Decode(out); err != nil {
		return problem(name, err, cue.Value{})
	}
	return nil
}

// Value is Decode without the conversion to Go.
func Value(name string, b []byte, schema, definition string) (cue.Value, error) {
	if len(b) > maxFile {
		return cue.Value{}, fmt.Errorf("%s has more than %d bytes", name, maxFile)
	}
	ctx := cuecontext.New()
	src, err := fs.ReadFile(ocispec.Source, "schemas/"+schema)
	if err != nil {
		return cue.Value{}, err
	}
	def := ctx.CompileBytes(src, cue.Filename("schemas/"+schema)).LookupPath(cue.ParsePath(definition))
	if err := def.Err(); err != nil {
		return cue.Value{}, err
	}
	v := ctx.CompileBytes(b, cue.Filename(name))
	if !IsCUE(name) {
		f, err := cueyaml.Extract(name, b)
		if err != nil {
			return cue.Value{}, problem(name, err, def)
		}
		v = ctx.BuildFile(f)
	}
	v = v.Unify(def)
	if err := v.Validate(cue.Concrete(true)); err != nil {
		return cue.Value{}, problem(name, err, def)
	}
	return v, nil
}

// Field returns the value at a path of field names.
func Field(v cue.Value, names ...string) cue.Value {
	var path []cue.Selector
	for _, n := range names {
		path = append(path, cue.Str(n))
	}
	return v.LookupPath(cue.MakePath(path...))
}

// problem returns the errors of CUE or YAML, each with its position in the file, and
// the nearest field of a definition for a field that it does not have.
func problem(name string, err error, def cue.Value) error {
	var lines []string
	for _, e := range cueerrors.Errors(err) {
		at, msg := name, e.Error()
		for _, p := range append(e.InputPositions(), e.Position()) {
			if p.Filename() == name {
				at = p.String()
				break
			}
		}
		if !strings.HasPrefix(msg, name) {
			msg = at + ": " + msg
		}
		if format, _ := e.Msg(); format == notAllowed {
			msg += didYouMean(def, e.Path())
		}
		lines = append(lines, msg)
	}
	return errors.New(strings.Join(lines, "\n"))
}

// notAllowed is the message of CUE for a field that a definition does not have.
const notAllowed = "field not allowed"

// didYouMean suggests a field of a definition for the last name of a path.
func didYouMean(def cue.Value, path []string) string {
	if len(path) == 0 || !def.Exists() {
		return ""
	}
	last := len(path) - 1
	for _, name := range path[:last] {
		def = below(def, name)
		if !def.Exists() {
			return "" // it is in one of several alternatives
		}
	}
	it, err := def.Fields(cue.Optional(true))
	if err != nil {
		return ""
	}
	var names []string
	for it.Next() {
		names = append(names, it.Selector().Unquoted())
	}
	return nearest.DidYouMean(path[last], names)
}

// below returns what a definition says of a field or, for a number, of an element.
func below(def cue.Value, name string) cue.Value {
	if _, err := strconv.Atoi(name); err == nil {
		return def.LookupPath(cue.MakePath(cue.AnyIndex))
	}
	for _, s := range []cue.Selector{cue.Str(name).Optional(), cue.Str(name), cue.AnyString} {
		if v := def.LookupPath(cue.MakePath(s)); v.Exists() {
			return v
		}
	}
	return cue.Value{}
}

// IsCUE reports whether a file is in CUE.
func IsCUE(name string) bool { return filepath.Ext(name) == ".cue" }
