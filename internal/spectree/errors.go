package spectree

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a file of a spec tree.
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

// Error is one thing that is wrong with spec files.
type Error struct {
	Pos Position
	Msg string
}

func (e Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// Errors is all that is wrong with spec files, in the order of the files.
type Errors []Error

func (e Errors) Error() string {
	var lines []string
	for _, x := range e {
		lines = append(lines, x.Error())
	}
	return strings.Join(lines, "\n")
}

// Tidy sorts errors by position, removes those said twice and moves positions to
// where the user has the files.
func (t *Tree) Tidy(e Errors) Errors {
	for i := range e {
		e[i].Pos = t.Author(e[i].Pos)
	}
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Msg, b.Msg))
	})
	return slices.Compact(e).merge()
}

// merge says once what is wrong in one place for several that use it, such as
// all cases with one macro. The errors are sorted.
func (e Errors) merge() Errors {
	var out Errors
	for i := 0; i < len(e); {
		n := 1
		for i+n < len(e) && e[i+n].Pos == e[i].Pos && what(e[i+n].Msg) == what(e[i].Msg) {
			n++
		}
		x := e[i]
		if n > 1 {
			x.Msg = fmt.Sprintf("%s (and so in %d other places)", x.Msg, n-1)
		}
		out = append(out, x)
		i += n
	}
	return out
}

// what is a message without the part of the release that it begins with, as
// where has it.
func what(msg string) string {
	for _, p := range []string{"cases.", "requirements.", "rules.", "sets.", "#"} {
		if strings.HasPrefix(msg, p) {
			_, rest, _ := strings.Cut(msg, ": ")
			return rest
		}
	}
	return msg
}
