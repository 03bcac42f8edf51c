package compile

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue/token"

	"github.com/ocispec/ocispec/release"
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

// compare orders positions by file, line and column.
func (p Position) compare(q Position) int {
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

// tidy sorts errors by position and removes those said twice.
func (e Errors) tidy() Errors {
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(a.Pos.compare(b.Pos), cmp.Compare(a.Msg, b.Msg))
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

// fsPrefix is what the loader makes positions begin with.
const fsPrefix = "ocispec:/"

// position converts a position of CUE's.
func position(p token.Pos) Position {
	if !p.IsValid() {
		return Position{}
	}
	return Position{strings.TrimPrefix(strings.TrimPrefix(p.Filename(), fsPrefix), "/"), p.Line(), p.Column()}
}

// inSchema reports whether a position is in the language rather than in what
// an author wrote.
func inSchema(p Position) bool { return p.File == "" || path.Dir(p.File) == "schemas" }

func pos(p Position) release.Pos { return release.Pos(p.String()) }

// where names the part of the release that an error is in.
func where(p []string) string {
	if len(p) > 2 && p[0] == "suite" {
		p = p[1:]
	}
	if name := strings.Join(p, "."); name != "" {
		return name + ": "
	}
	return ""
}
