package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	cueerrors "cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/format"
	cueyaml "cuelang.org/go/encoding/yaml"
	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec"
)

// maxFile bounds the size of a file, in bytes.
const maxFile = 4 << 20

// Parse decodes a baseline in YAML or, if its name ends in .cue, in CUE. It returns
// an error for what #Baseline in schemas/baseline.cue does not allow and, together
// with the baseline, one for findings without a reason and for duplicates.
func Parse(name string, b []byte) (*Baseline, error) {
	if len(b) > maxFile {
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxFile)
	}
	ctx := cuecontext.New()
	def, err := definition(ctx)
	if err != nil {
		return nil, err
	}
	var v cue.Value
	if isCUE(name) {
		v = ctx.CompileBytes(b, cue.Filename(name))
	} else {
		f, err := cueyaml.Extract(name, b)
		if err != nil {
			return nil, problem(name, err)
		}
		v = ctx.BuildFile(f)
	}
	v = v.Unify(def)
	if err := v.Validate(cue.Concrete(true)); err != nil {
		return nil, problem(name, err)
	}
	var base Baseline
	if err := v.Decode(&base); err != nil {
		return nil, problem(name, err)
	}
	if err := base.check(); err != nil {
		return &base, fmt.Errorf("%s: %w", name, err)
	}
	return &base, nil
}

// definition returns #Baseline.
func definition(ctx *cue.Context) (cue.Value, error) {
	const name = "schemas/baseline.cue"
	b, err := fs.ReadFile(ocispec.Source, name)
	if err != nil {
		return cue.Value{}, err
	}
	def := ctx.CompileBytes(b, cue.Filename(name)).LookupPath(cue.ParsePath("#Baseline"))
	return def, def.Err()
}

// check returns an error for findings without a reason and for duplicates.
func (b *Baseline) check() error {
	var errs []error
	seen := map[key]bool{}
	for _, e := range b.Findings {
		if strings.TrimSpace(e.Reason) == "" {
			errs = append(errs, fmt.Errorf("%v has no reason: say why it is known", e))
		}
		if seen[e.key()] {
			errs = append(errs, fmt.Errorf("%v is there twice", e))
		}
		seen[e.key()] = true
	}
	return errors.Join(errs...)
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

func isCUE(name string) bool { return filepath.Ext(name) == ".cue" }

// Encode returns the baseline in YAML or, for a name that ends in .cue, in CUE.
func (b *Baseline) Encode(name string) ([]byte, error) {
	const title = "Known findings: a run with --baseline fails if one is new, or no longer occurs.\n"
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(b), e.Close()); err != nil {
		return nil, err
	}
	if !isCUE(name) {
		return append([]byte("# "+title), out.Bytes()...), nil
	}
	f, err := cueyaml.Extract(name, out.Bytes())
	if err != nil {
		return nil, err
	}
	text, err := format.Node(f)
	return append([]byte("// "+title+"\n"), text...), err
}
