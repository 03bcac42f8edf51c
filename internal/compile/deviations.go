package compile

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"slices"

	"github.com/ocispec/ocispec/internal/cueerr"
	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/faultproxy"
	"github.com/ocispec/ocispec/internal/nearest"
)

// The directories of variants and faults, which are also the names of their
// packages and fields.
const (
	variantsRoot = "variants"
	faultsRoot   = "faults"
)

// Deviations evaluates the variants and faults of a tree. The requirements,
// sections and patch releases that they refer to must exist in one of the
// releases.
func Deviations(t *spectree.Tree, releases []*release.Release) (*faultproxy.Deviations, error) {
	a := &faultproxy.Deviations{}
	var errs spectree.Errors
	c := &deviationCompiler{compiler: &compiler{Explainer: cueerr.Explainer{Tree: t}}, releases: releases}
	for _, f := range c.load(variantsRoot) {
		v := &faultproxy.Variant{}
		if c.decode(f, v) {
			c.deviation(f, &v.Deviation)
			c.known(f, "warns", v.Warns, c.requirements())
			c.known(f, "allowed", v.Allowed, append(c.requirements(), c.sections()...))
			a.Variants = append(a.Variants, v)
		}
	}
	for _, f := range c.load(faultsRoot) {
		x := &faultproxy.Fault{}
		if c.decode(f, x) {
			c.deviation(f, &x.Deviation)
			c.known(f, "breaks", x.Breaks, c.requirements())
			if (x.Findings > 1) != (x.Reason != "") {
				c.errorAt(f.value, "fault %q: more than one finding and reason must be given together", f.name)
			}
			a.Faults = append(a.Faults, x)
		}
	}
	if errs = append(errs, c.errs...); len(errs) > 0 {
		return nil, t.Tidy(errs)
	}
	return a, nil
}

type deviationCompiler struct {
	*compiler
	releases []*release.Release
}

// load returns the fields of the top-level struct named like the package,
// sorted by id.
func (c *deviationCompiler) load(root string) []field {
	if m, err := fs.Glob(c.Tree, path.Join(root, "*.cue")); err != nil || len(m) == 0 {
		return nil
	}
	inst := packagesOf(c.Tree.FS, "./"+root+":"+root)[0]
	if inst.Err != nil {
		c.errs = append(c.errs, cueerr.Load(inst.Err, nil)...)
		return nil
	}
	s := cueerr.ReadSource(inst, cuecontext.New().BuildInstance(inst))
	c.Sources = []*cueerr.Source{s}
	if c.Missing = s.Missing(); len(c.Missing) > 0 {
		c.errs = append(c.errs, c.Missing...)
		return nil
	}
	v := s.Value.LookupPath(cue.ParsePath(root))
	if err := s.Value.Validate(cue.Concrete(true)); err != nil {
		c.add(err)
		return nil
	}
	fs := c.fields(v)
	slices.SortFunc(fs, func(a, b field) int { return bytes.Compare([]byte(a.name), []byte(b.name)) })
	return fs
}

// decode decodes the value of a field to the Go type with the same fields.
func (c *deviationCompiler) decode(f field, into any) bool {
	b, err := f.value.MarshalJSON()
	if err != nil {
		c.add(err)
		return false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		c.errorAt(f.value, "%s: %v", f.name, err)
		return false
	}
	return true
}

// deviation completes and checks the common part of variants and faults.
func (c *deviationCompiler) deviation(f field, a *faultproxy.Deviation) {
	title := f.value.LookupPath(cue.ParsePath("title"))
	a.ID, a.Pos = f.name, cueerr.AuthorPos(title).String()
	if len(a.Alter) == 0 && len(a.Registry) == 0 {
		c.errorAt(title, "%q has no effect: add alter or registry", f.name)
	}
	for i := range a.Alter {
		if err := faultproxy.Check(&a.Alter[i]); err != nil {
			c.errorAt(title, "%s: alteration %d: %v", f.name, i+1, err)
		}
	}
	for _, p := range []string{a.Since, a.Until} {
		if p != "" && !slices.ContainsFunc(c.releases, func(r *release.Release) bool { return slices.Contains(r.History, p) }) {
			c.errorAt(title, "%s: unknown patch release %q", f.name, p)
		}
	}
}

// known reports names in a list field that are not among the candidates.
func (c *deviationCompiler) known(f field, list string, names, candidates []string) {
	for _, n := range names {
		if !slices.Contains(candidates, n) {
			c.errorAt(f.value.LookupPath(cue.ParsePath(list)), "%s: unknown requirement %q%s", f.name, n, nearest.DidYouMean(n, candidates))
		}
	}
}

func (c *deviationCompiler) requirements() []string {
	var ids []string
	for _, r := range c.releases {
		for _, q := range r.Requirements {
			ids = append(ids, q.ID)
		}
	}
	return ids
}

func (c *deviationCompiler) sections() []string {
	var ids []string
	for _, r := range c.releases {
		for _, q := range r.Requirements {
			ids = append(ids, q.Clause.Section)
		}
	}
	return ids
}
