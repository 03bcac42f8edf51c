package cueerr

import (
	"slices"
	"strconv"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/internal/nearest"
	"github.com/ocispec/ocispec/release"
)

// noName explains a name that nothing has.
func (x *Explainer) noName(name string) string {
	msg := "nothing is called " + quoted(name) + " here"
	if len(name) == 1 && name >= "A" && name <= "Z" {
		return msg + ": write " + name + "=#Case & {…} for it to be the case"
	}
	var has []string
	for _, s := range x.Sources {
		for n := range s.top {
			has = append(has, n)
		}
		for _, f := range s.Inst.Files {
			for spec := range f.ImportSpecs() {
				if spec.Name != nil && spec.Name.Name == name {
					return msg + ": it is a package that the file has to import, as in import " + name + " " + spec.Path.Value
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
	return msg + ": is it misspelt, or to be imported?"
}

// notAllowed explains a field that the language, or a macro, does not have.
func (x *Explainer) notAllowed(r raw) string {
	last := len(r.path) - 1
	name, parent := r.path[last], r.path[:last]
	if i := slices.Index(parent, "use"); i > 0 && len(r.authors) == 0 {
		if !slices.Contains(r.path[i:], "steps") || len(parent) == i+1 {
			return where(r.path[:i+1]) + "a macro needs steps"
		}
		return where(r.path[:i+1]) + "the macro is not typed: embed #Macro in its definition"
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
	msg := where(parent) + "there is no field " + quoted(name) + " here"
	switch {
	case slices.Contains(has, name):
		return where(parent) + "a definition that this is made of, such as a macro, has no field " + quoted(name) + ": embed #Macro in the definition"
	case nearest.Name(name, has) != "":
		return msg + nearest.DidYouMean(name, has)
	}
	if len(has) == 0 {
		for _, v := range language(x.Schema, parent) {
			if k := keys(v); k != "" {
				return msg + ": a name in it has to be " + k
			}
		}
	}
	slices.Sort(has)
	return msg + listed("; there are ", slices.Compact(has))
}

// parameters are the fields of a macro that a step uses.
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
