package cueerr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// contradiction reports whether an error is about two conflicting values of one
// field.
func contradiction(format string) bool {
	return strings.HasPrefix(format, "conflicting values") ||
		strings.HasPrefix(format, "incompatible") && strings.Contains(format, "bounds %v and %v")
}

// twice returns an error for two conflicting values of one field, at the
// position in the user's files or, if both positions or neither are in them, at the
// later position.
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
		return fmt.Sprintf("no value satisfies both %v and %v", r.args[0], r.args[1])
	case slices.Contains(r.path, "use"):
		return fmt.Sprintf("%s conflicts with %s at %v", here, there, other)
	case len(r.path) == 4 && r.path[1] == "cases":
		return fmt.Sprintf("conflicting values %s and %s (at %v): remove one, or change the id of one of the cases", here, there, other)
	}
	return fmt.Sprintf("conflicting values %s and %s (at %v): remove one", here, there, other)
}

// composite reports whether an expression contains or refers to the value
// rather than being the value itself.
func composite(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.StructLit, *ast.SelectorExpr:
		return true
	case *ast.BinaryExpr:
		return n.Op == token.AND && (composite(n.X) || composite(n.Y))
	}
	return n == nil
}
