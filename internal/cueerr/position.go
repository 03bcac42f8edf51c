package cueerr

import (
	"path"
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/token"
)

// FSPrefix is the prefix of the file names that the loader reports.
const FSPrefix = "ocispec:/"

// At converts a position of package token.
func At(p token.Pos) spectree.Position {
	if !p.IsValid() {
		return spectree.Position{}
	}
	return spectree.Position{File: strings.TrimPrefix(strings.TrimPrefix(p.Filename(), FSPrefix), "/"), Line: p.Line(), Column: p.Column()}
}

// InSchema reports whether a position is in the schemas rather than in a file
// of the author.
func InSchema(p spectree.Position) bool { return p.File == "" || path.Dir(p.File) == "schemas" }

// where returns the prefix of a message: the path of the release part that an
// error is in.
func where(p []string) string {
	if len(p) > 2 && p[0] == "suite" {
		p = p[1:]
	}
	if name := strings.Join(p, "."); name != "" {
		return name + ": "
	}
	return ""
}

// AuthorPos returns the position of a value in a file of the author. CUE
// returns the position of any of the value's conjuncts, which may be in the
// schemas.
func AuthorPos(v cue.Value) spectree.Position {
	p := At(v.Pos())
	if !InSchema(p) {
		return p
	}
	if op, args := v.Expr(); op == cue.AndOp {
		for _, a := range args {
			if q := AuthorPos(a); !InSchema(q) {
				return q
			}
		}
	}
	if it, err := v.Fields(); err == nil {
		for it.Next() {
			if q := AuthorPos(it.Value()); !InSchema(q) {
				return q
			}
		}
	}
	return p
}
