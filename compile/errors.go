package compile

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue/token"

	"github.com/ocispec/ocispec/model"
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
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column), cmp.Compare(a.Msg, b.Msg))
	})
	return slices.Compact(e)
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

func pos(p Position) model.Pos { return model.Pos(p.String()) }

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

// nearest returns the candidate that a misspelt name most likely means, or "".
func nearest(name string, candidates []string) string {
	best, dist := "", len(name)/3+1
	for _, c := range candidates {
		if d := distance(name, c); d <= dist && (d < dist || best == "") {
			best, dist = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two strings, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := prev
			if a[i] != b[j] {
				d = min(prev, row[j], row[j+1]) + 1
			}
			prev, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}

// didYouMean ends a message about an unknown name.
func didYouMean(name string, candidates []string) string {
	if c := nearest(name, candidates); c != "" {
		return fmt.Sprintf("; did you mean %q?", c)
	}
	return ""
}
