package cueerr

import (
	"fmt"
	"path"
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/errors"

	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/nearest"
)

// Load translates errors of parsing and importing. versions are the releases
// that can be imported.
func Load(err error, versions []string) spectree.Errors {
	var errs spectree.Errors
	for _, e := range errors.Errors(err) {
		r := takeApart(e)
		pos := spectree.Position{}
		if len(r.authors) > 0 {
			pos = r.authors[0]
		}
		errs = append(errs, spectree.Error{Pos: pos, Msg: loadMessage(r, e, versions)})
	}
	return errs
}

// syntax maps parts of parser messages to advice.
var syntax = []struct{ words, advice string }{
	{"found 'EOF'", "a brace, bracket or parenthesis before it is not closed"},
	{"string literal not terminated", "close it with a quotation mark on the same line"},
	{"string interpolation", "close \\(…) within the string"},
	{"missing ','", "separate fields by a comma or a new line, and quote names that contain - or ."},
	{"expected operand", "a bracket before it is not closed, or a value is missing"},
	{"expected label", "a field starts with a name: quote a name with characters other than letters and digits"},
}

func loadMessage(r raw, e errors.Error, versions []string) string {
	switch {
	case strings.Contains(r.format, "import failed"):
		return importFailed(e, versions)
	case strings.Contains(r.msg, "builtin package"):
		return noPackage(r.msg)
	case strings.Contains(r.format, "imported and not used"):
		return r.msg + ": remove the import"
	}
	for _, s := range syntax {
		if strings.Contains(r.msg, s.words) {
			return r.msg + ": " + s.advice
		}
	}
	return r.msg
}

// noPackage returns the message for an unknown package of the CUE standard
// library.
func noPackage(msg string) string {
	_, rest, _ := strings.Cut(msg, `"`)
	name, _, _ := strings.Cut(rest, `"`)
	return fmt.Sprintf("unknown package %q of the CUE standard library%s", match.Cut(name), nearest.DidYouMean(name, std))
}

// std lists the packages of the CUE standard library that are useful in cases,
// as suggestions.
var std = []string{"encoding/base64", "encoding/hex", "encoding/json", "list", "math", "regexp", "strconv", "strings", "struct"}

// importFailed returns the message for an import that cannot be resolved.
func importFailed(e errors.Error, versions []string) string {
	var known []string
	for _, v := range versions {
		known = append(known, path.Join(path.Dir(spectree.SchemasPath), "specs", v)+":"+spectree.PackageName(v))
	}
	known = append(known, spectree.SchemasPath)
	for _, word := range strings.Fields(e.Error()) {
		name := strings.Trim(word, `",:;`)
		if strings.HasPrefix(name, path.Dir(spectree.SchemasPath)+"/") && !strings.Contains(name, "@") {
			return fmt.Sprintf("unknown package %q%s", name, nearest.DidYouMean(name, known))
		}
	}
	return "import not found: a spec tree can import only its own packages and the CUE standard library"
}
