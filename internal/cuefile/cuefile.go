// Package cuefile decodes files that users write in CUE or YAML, and that a schema
// of this project types.
package cuefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	cueerrors "cuelang.org/go/cue/errors"
	cueyaml "cuelang.org/go/encoding/yaml"

	"github.com/ocispec/ocispec"
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
		return problem(name, err)
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
			return cue.Value{}, problem(name, err)
		}
		v = ctx.BuildFile(f)
	}
	v = v.Unify(def)
	if err := v.Validate(cue.Concrete(true)); err != nil {
		return cue.Value{}, problem(name, err)
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

// problem returns the errors of CUE or YAML, each with its position in the file.
func problem(name string, err error) error {
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
		lines = append(lines, msg)
	}
	return errors.New(strings.Join(lines, "\n"))
}

// IsCUE reports whether a file is in CUE.
func IsCUE(name string) bool { return filepath.Ext(name) == ".cue" }
