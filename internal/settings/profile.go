package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/internal/nearest"
)

// Profile is what a run has to know about a hosted registry.
type Profile struct {
	Name, Title, AsOf string
	// Before is what to do before a run.
	Before []Step
	// Because says why the profile has its settings, in their order.
	Because  []Because
	settings cue.Value
}

// Step is something to do before a run, with the source that says so.
type Step struct{ Step, Source string }

// Because is why a profile has a setting, or the settings below a path.
type Because struct{ Path, Reason, Source string }

// Profiles returns the profiles of the files in profiles, by name. They conform
// to #Profile in schemas/profile.cue.
func Profiles() ([]Profile, error) { return profiles(ocispec.Source) }

func profiles(source fs.FS) ([]Profile, error) {
	ctx := cuecontext.New()
	schema, err := instance(ctx, source, schemaFile, "schemas/profile.cue")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(source, "profiles/*.cue")
	if err != nil {
		return nil, err
	}
	all, err := instance(ctx, source, files...)
	if err != nil {
		return nil, err
	}
	def := schema.LookupPath(cue.ParsePath("#Profile"))
	it, err := all.LookupPath(cue.ParsePath("profiles")).Fields()
	if err != nil {
		return nil, problem(err)
	}
	var out []Profile
	for it.Next() {
		p, err := profile(it.Selector().Unquoted(), it.Value(), def)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// instance evaluates files of one package that imports nothing.
func instance(ctx *cue.Context, source fs.FS, files ...string) (cue.Value, error) {
	inst := build.NewContext().NewInstance("", nil)
	for _, name := range files {
		b, err := fs.ReadFile(source, name)
		if err != nil {
			return cue.Value{}, err
		}
		file, err := parser.ParseFile(name, b)
		if err != nil {
			return cue.Value{}, problem(err)
		}
		if err := inst.AddSyntax(file); err != nil {
			return cue.Value{}, problem(err)
		}
	}
	v := ctx.BuildInstance(inst)
	if err := v.Validate(); err != nil {
		return cue.Value{}, problem(err)
	}
	return v, nil
}

// profile reads one profile.
func profile(name string, v, def cue.Value) (Profile, error) {
	p := Profile{Name: name}
	if err := v.Unify(def).Validate(cue.Concrete(true)); err != nil {
		return p, fmt.Errorf("profile %s: %w", name, problem(err))
	}
	p.settings = v.LookupPath(cue.ParsePath("settings"))
	err := errors.Join(
		decode(v, "title", &p.Title), decode(v, "asOf", &p.AsOf), decode(v, "before", &p.Before),
	)
	it, fieldsErr := v.LookupPath(cue.ParsePath("because")).Fields()
	if err = errors.Join(err, fieldsErr); err != nil {
		return p, err
	}
	for it.Next() {
		b := Because{Path: it.Selector().Unquoted()}
		if err := errors.Join(decode(it.Value(), "reason", &b.Reason), decode(it.Value(), "source", &b.Source)); err != nil {
			return p, err
		}
		p.Because = append(p.Because, b)
	}
	return p, nil
}

// decode decodes a field, if it exists.
func decode(v cue.Value, path string, to any) error {
	if f := v.LookupPath(cue.ParsePath(path)); f.Exists() {
		return f.Decode(to)
	}
	return nil
}

// profile returns the settings of the profile that the first of the layers
// names, if one does.
func (s *schema) profile(layers ...map[string]Entry) (map[string]Entry, error) {
	for _, layer := range layers {
		if e, ok := layer["profile"]; ok {
			out, err := s.named(e.Value.(string))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Origin, err)
			}
			return out, nil
		}
	}
	return nil, nil
}

// named returns the settings of a profile.
func (s *schema) named(name string) (map[string]Entry, error) {
	all, err := Profiles()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range all {
		if p.Name == name {
			return s.entries(p)
		}
		names = append(names, p.Name)
	}
	return nil, fmt.Errorf("unknown profile %q; want one of %s%s", name, strings.Join(names, ", "), nearest.DidYouMean(name, names))
}

// entries reads the settings of a profile.
func (s *schema) entries(p Profile) (map[string]Entry, error) {
	r := &reader{schema: s, name: "profile " + p.Name, out: map[string]Entry{}}
	r.fields("", p.settings)
	if err := r.err(); err != nil {
		return nil, err
	}
	for path, e := range r.out {
		r.out[path] = Entry{e.Value, r.name}
	}
	return r.out, nil
}
