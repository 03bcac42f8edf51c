package spectree

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a position in a file of a spec tree.
type Position struct {
	File         string // relative to the root of the tree
	Line, Column int
}

func (p Position) String() string {
	if p.File == "" {
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Compare orders positions by file, line and column.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Error is an error in a spec file.
type Error struct {
	Pos Position
	Msg string
}

func (e Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// Errors lists the errors in spec files, sorted by position.
type Errors []Error

func (e Errors) Error() string {
	var lines []string
	for _, x := range e {
		lines = append(lines, x.Error())
	}
	return strings.Join(lines, "\n")
}

// Tidy sorts e by position, removes duplicates, and maps positions in the tree
// to the files of the user.
func (t *Tree) Tidy(e Errors) Errors {
	for i := range e {
		e[i].Pos = t.Author(e[i].Pos)
	}
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Msg, b.Msg))
	})
	return slices.Compact(e).merge()
}

// merge combines the errors of a position that is used in several places, such
// as a macro used by many cases. e must be sorted.
func (e Errors) merge() Errors {
	var out Errors
	for i := 0; i < len(e); {
		n := 1
		for i+n < len(e) && e[i+n].Pos == e[i].Pos && withoutPath(e[i+n].Msg) == withoutPath(e[i].Msg) {
			n++
		}
		x := e[i]
		if n > 1 {
			x.Msg = fmt.Sprintf("%s (and in %d other places)", x.Msg, n-1)
		}
		out = append(out, x)
		i += n
	}
	return out
}

// withoutPath returns a message without the leading path of the release part
// that it is about, such as "cases.x: ".
func withoutPath(msg string) string {
	for _, p := range []string{"cases.", "requirements.", "rules.", "sets.", "#"} {
		if strings.HasPrefix(msg, p) {
			_, rest, _ := strings.Cut(msg, ": ")
			return rest
		}
	}
	return msg
}
