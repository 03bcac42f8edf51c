package compile

import (
	"slices"
	"strings"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/nearest"
)

// preflight compiles a request before the first case.
func (c *compiler) preflight(f field) release.Preflight {
	p := release.Preflight{ID: f.name}
	for _, x := range c.fields(f.value) {
		switch x.name {
		case "title":
			p.Title = c.repositories(x.value)
		case "switch":
			p.Switch = c.str(x.value)
		case "readOnly":
			p.ReadOnly = c.boolean(x.value)
		case "cancel":
			p.Cancel = c.str(x.value)
		case "problems":
			for _, y := range c.fields(x.value) {
				p.Problems = append(p.Problems, release.Problem{
					What: y.name,
					When: c.response(y.value.LookupPath(cue.ParsePath("when"))),
					Set:  c.str(y.value.LookupPath(cue.ParsePath("set"))),
				})
			}
		default:
			if p.Method != "" {
				c.errorAt(x.value, "a preflight has one request, not both %s and %s", p.Method, x.name)
			}
			p.Method, p.URL = x.name, c.repositories(x.value)
		}
	}
	if p.Method == "" {
		c.errorAt(f.value, "preflight %q has no request: add one of GET, POST, PUT, DELETE with a path", f.name)
	}
	return p
}

// repositories returns a template whose placeholders are names of repositories.
func (c *compiler) repositories(v cue.Value) match.Template {
	t := match.Template(c.str(v))
	known := []string{"repo", "other"}
	for _, name := range t.Names() {
		if !slices.Contains(known, name) {
			c.errorAt(v, "unknown placeholder ${%s}%s (want one of %s)", name, nearest.DidYouMean(name, known), strings.Join(known, ", "))
		}
	}
	return t
}
