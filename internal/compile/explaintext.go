package compile

import (
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"

	"github.com/ocispec/ocispec/release/match"
)

// text is what is written at a position, if it is an expression.
func (x *explainer) text(p Position) string {
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
func (x *explainer) at(p Position) (*source, ast.Node) {
	for _, s := range x.sources {
		if n := s.at(p); n != nil {
			return s, n
		}
	}
	return nil, nil
}

func (s *source) at(p Position) ast.Node {
	var found ast.Node
	for _, f := range s.inst.Files {
		if position(f.Pos()).File != p.File {
			continue
		}
		ast.Walk(f, func(n ast.Node) bool {
			if found != nil {
				return false
			}
			if e, ok := n.(ast.Expr); ok && position(e.Pos()) == p {
				found = n
			}
			return true
		}, nil)
	}
	return found
}
