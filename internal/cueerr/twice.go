package cueerr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// contradiction reports whether an error is about two values of one field.
func contradiction(format string) bool {
	return strings.HasPrefix(format, "conflicting values") ||
		strings.HasPrefix(format, "incompatible") && strings.Contains(format, "bounds %v and %v")
}

// twice explains two values of one field: at that of the user, or else at the
// later one.
func (x *Explainer) twice(r raw) spectree.Errors {
	var at []spectree.Position
	for _, p := range r.authors {
		if _, n := x.at(p); !composite(n) {
			at = append(at, p)
		}
	}
	if len(at) < 2 {
		at = r.authors
	}
	slices.SortFunc(at, func(a, b spectree.Position) int {
		if own := slices.Contains(x.Tree.Own, a.File); own != slices.Contains(x.Tree.Own, b.File) {
			return map[bool]int{true: -1, false: 1}[own]
		}
		return -a.Compare(b)
	})
	return spectree.Errors{{Pos: at[0], Msg: where(r.path) + twiceMessage(r, x.text(at[0]), x.text(at[1]), x.Tree.Author(at[1]))}}
}

func twiceMessage(r raw, here, there string, other spectree.Position) string {
	switch {
	case !strings.HasPrefix(r.format, "conflicting values"):
		return fmt.Sprintf("nothing is both %v and %v", r.args[0], r.args[1])
	case slices.Contains(r.path, "use"):
		return fmt.Sprintf("%s does not fit %s at %v", here, there, other)
	case len(r.path) == 4 && r.path[1] == "cases":
		return fmt.Sprintf("this is given twice, as %s and as %s at %v: leave out one, or give one of the cases another id", here, there, other)
	}
	return fmt.Sprintf("this is given twice, as %s and as %s at %v: leave out one", here, there, other)
}

// composite reports whether an expression is not the value itself, but has it
// in it or refers to it.
func composite(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.StructLit, *ast.SelectorExpr:
		return true
	case *ast.BinaryExpr:
		return n.Op == token.AND && (composite(n.X) || composite(n.Y))
	}
	return n == nil
}
