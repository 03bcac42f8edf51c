package cueerr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// raw is an error of CUE's, taken apart.
type raw struct {
	path    []string
	format  string
	args    []any
	msg     string
	authors []spectree.Position // in the author's files
	schema  bool                // whether the schemas have a part in it
}

func takeApart(e errors.Error) raw {
	r := raw{path: trimPath(e.Path())}
	r.format, r.args = e.Msg()
	r.msg = strings.Join(strings.Fields(fmt.Sprintf(r.format, r.args...)), " ")
	for _, p := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
		q := At(p)
		if InSchema(q) {
			r.schema = r.schema || q.File != ""
			continue
		}
		if !slices.Contains(r.authors, q) {
			r.authors = append(r.authors, q)
		}
	}
	return r
}

// trimPath leaves out the releases that something is inherited from.
func trimPath(p []string) []string {
	for len(p) > 1 && p[0] == "suite" && p[1] == "prev" {
		p = append([]string{"suite"}, p[2:]...)
	}
	return p
}

// sameCases leaves out what follows from two cases having the same id, of which
// the title tells.
func sameCases(raws []raw) []raw {
	var twice [][]string
	for _, r := range raws {
		if n := len(r.path); n == 4 && r.path[1] == "cases" && r.path[3] == "title" && len(r.authors) > 1 && !r.schema {
			twice = append(twice, r.path[:3])
		}
	}
	return slices.DeleteFunc(raws, func(r raw) bool {
		return len(r.path) > 3 && r.path[3] != "title" && slices.ContainsFunc(twice, func(p []string) bool { return slices.Equal(p, r.path[:3]) })
	})
}

// alternativesOf splits errors into those that the first, about a disjunction,
// is made of, and others.
func alternativesOf(raws []raw) (group, rest []raw) {
	p := raws[0].path
	for _, r := range raws {
		if len(r.path) >= len(p) && slices.Equal(r.path[:len(p)], p) {
			group = append(group, r)
		} else {
			rest = append(rest, r)
		}
	}
	return group, rest
}

func (x *Explainer) innermost(group []raw) raw {
	head := group[0]
	best := group[1]
	for _, r := range group[1:] {
		if len(r.path) > len(best.path) {
			best = r
		}
	}
	if len(best.path) == len(head.path) {
		best.format, best.schema = "no alternative", true
	}
	return best
}

// parsePath parses a path as CUE's errors have it.
func parsePath(p []string) cue.Path {
	var sels []cue.Selector
	for _, s := range p {
		if n, err := strconv.Atoi(s); err == nil {
			sels = append(sels, cue.Index(n))
			continue
		}
		if u, err := strconv.Unquote(s); err == nil {
			sels = append(sels, cue.Str(u))
			continue
		}
		sels = append(sels, selector(s, true))
	}
	return cue.MakePath(sels...)
}
