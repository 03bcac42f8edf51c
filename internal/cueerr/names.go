package cueerr

import (
	"slices"
	"strconv"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/nearest"
)

// noName returns the message for an undefined identifier.
func (x *Explainer) noName(name string) string {
	msg := "undefined name " + quoted(name)
	if len(name) == 1 && name >= "A" && name <= "Z" {
		return msg + ": write " + name + "=#Case & {…} to let it refer to the case"
	}
	var has []string
	for _, s := range x.Sources {
		for n := range s.top {
			has = append(has, n)
		}
		for _, f := range s.Inst.Files {
			for spec := range f.ImportSpecs() {
				if spec.Name != nil && spec.Name.Name == name {
					return msg + ": to use the package, add import " + name + " " + spec.Path.Value
				}
			}
		}
	}
	slices.Sort(has)
	if slices.Contains(release.Names, name) {
		return msg + `: write "${` + name + `}"`
	}
	if name == "data" {
		return msg + ": write C=#Case & {…} for the case, and C.data"
	}
	if nearest.Name(name, has) != "" {
		return msg + nearest.DidYouMean(name, has)
	}
	return msg + ": check the spelling, or import its package"
}

// notAllowed returns the message for a field that neither the schema nor a
// macro defines.
func (x *Explainer) notAllowed(r raw) string {
	last := len(r.path) - 1
	name, parent := r.path[last], r.path[:last]
	if i := slices.Index(parent, "use"); i > 0 && len(r.authors) == 0 {
		if !slices.Contains(r.path[i:], "steps") || len(parent) == i+1 {
			return where(r.path[:i+1]) + "a macro must have steps"
		}
		return where(r.path[:i+1]) + "the macro does not embed #Macro: add it to the definition"
	}
	var has []string
	for _, v := range language(x.Schema, parent) {
		for _, a := range alternatives(v) {
			has = append(has, names(a)...)
		}
	}
	if len(has) == 0 || parent[len(parent)-1] == "use" {
		has = x.parameters(parent)
	}
	if u, err := strconv.Unquote(name); err == nil {
		name = u
	}
	msg := where(parent) + "unknown field " + quoted(name)
	switch {
	case slices.Contains(has, name):
		return where(parent) + "a definition that this value embeds, such as a macro, does not allow the field " + quoted(name) + ": embed #Macro in the definition"
	case nearest.Name(name, has) != "":
		return msg + nearest.DidYouMean(name, has)
	}
	if len(has) == 0 {
		for _, v := range language(x.Schema, parent) {
			if k := keys(v); k != "" {
				return msg + ": a field name must be " + k
			}
		}
	}
	slices.Sort(has)
	return msg + listed("; want one of ", slices.Compact(has))
}

// parameters returns the field names of the macro that a step uses.
func (x *Explainer) parameters(p []string) []string {
	for _, s := range x.Sources {
		for _, name := range s.embeds[parsePath(p).String()] {
			if v := s.Value.LookupPath(cue.ParsePath(name)); v.Exists() {
				return names(v)
			}
		}
	}
	return nil
}
