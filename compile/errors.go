package compile

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue/errors"
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

// cueErrors turns errors of CUE's into those of an author: at the author's
// position, and with what to do about it. It reports only the nearest cause
// where CUE reports its consequences as well.
func cueErrors(err error, t *Tree) Errors {
	var es Errors
	for _, e := range errors.Errors(err) {
		format, args := e.Msg()
		msg := fmt.Sprintf(format, args...)
		if p := e.Path(); len(p) > 0 {
			msg = where(p) + msg
		}
		es = append(es, Error{authorPosition(e), msg + advice(msg)})
	}
	return es.tidy()
}

// where names the part of the release that an error is in.
func where(p []string) string {
	if len(p) > 2 && p[0] == "suite" {
		p = p[1:]
	}
	return strings.Join(p, ".") + ": "
}

// authorPosition is the first position of an error that is not in the schemas.
func authorPosition(e errors.Error) Position {
	all := append([]token.Pos{e.Position()}, e.InputPositions()...)
	for _, p := range all {
		if q := position(p); !inSchema(q) {
			return q
		}
	}
	return position(e.Position())
}

// advices say what to do about CUE's commonest words.
var advices = []struct{ words, advice string }{
	{"undefined field", "there is nothing of that name here: is it misspelt, or is the step, data or macro parameter it belongs to missing?"},
	{"field not allowed", "the language has no such field here: see docs/language.md for those it has"},
	{"reference", "is the name misspelt, or a definition to be taken from another package?"},
	{"unreferenced alias", "the name before #Case is not used: write #Case without it"},
	{"field is required but not present", "this field has to be given"},
	{"conflicting values", "these cannot both hold: one of them is of the wrong type or a value that the language does not have"},
	{"mismatched types", "the value is of the wrong type"},
	{"empty disjunction", "none of the values that the language has for this field"},
	{"import failed", "a spec tree imports only its own packages and CUE's standard library"},
	{"invalid interpolation", "something in \\(…) has no value: is a name in it misspelt?"},
	{"incompatible list lengths", "the list has too few or too many elements"},
}

func advice(msg string) string {
	for _, a := range advices {
		if strings.Contains(msg, a.words) {
			return " (" + a.advice + ")"
		}
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
