package cueerr

import (
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"

	"github.com/ocispec/ocispec/release/match"
)

// text is what is written at a position, if it is an expression.
func (x *Explainer) text(p spectree.Position) string {
	_, n := x.at(p)
	e, ok := n.(ast.Expr)
	if _, loop := n.(*ast.Comprehension); !ok || loop {
		return "" // format.Node does not know a comprehension by itself
	}
	b, err := format.Node(e)
	if err != nil {
		return ""
	}
	return match.Cut(strings.Join(strings.Fields(string(b)), " "))
}

// at is the outermost expression that begins at a position, and where it is
// written.
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
