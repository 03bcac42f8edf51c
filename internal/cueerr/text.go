package cueerr

import (
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"

	"github.com/ocispec/ocispec/engine/release/match"
)

// text returns the source text of the expression at a position, or "".
func (x *Explainer) text(p spectree.Position) string {
	_, n := x.at(p)
	e, ok := n.(ast.Expr)
	if _, loop := n.(*ast.Comprehension); !ok || loop {
		return "" // format.Node does not format a single comprehension
	}
	b, err := format.Node(e)
	if err != nil {
		return ""
	}
	return match.Cut(strings.Join(strings.Fields(string(b)), " "))
}

// at returns the outermost expression that starts at a position, and its
// source.
func (x *Explainer) at(p spectree.Position) (*Source, ast.Node) {
	for _, s := range x.Sources {
		if n := s.at(p); n != nil {
			return s, n
		}
	}
	return nil, nil
}

func (s *Source) at(p spectree.Position) ast.Node {
	var found ast.Node
	for _, f := range s.Inst.Files {
		if At(f.Pos()).File != p.File {
			continue
		}
		ast.Walk(f, func(n ast.Node) bool {
			if found != nil {
				return false
			}
			if e, ok := n.(ast.Expr); ok && At(e.Pos()) == p {
				found = n
			}
			return true
		}, nil)
	}
	return found
}
