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

// raw is a CUE error in parts.
type raw struct {
	path    []string
	format  string
	args    []any
	msg     string
	authors []spectree.Position // positions in files of the author
	schema  bool                // whether a position is in the schemas
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

// trimPath removes the leading prev elements, which stand for inherited
// releases.
func trimPath(p []string) []string {
	for len(p) > 1 && p[0] == "suite" && p[1] == "prev" {
		p = append([]string{"suite"}, p[2:]...)
	}
	return p
}

// sameCases removes the errors that follow from two cases with the same id. The
// error about their titles remains.
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

// alternativesOf splits errors into the group of the first, which is about a
// disjunction, with the errors of its alternatives, and the rest.
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

// parsePath converts the path of a CUE error.
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
