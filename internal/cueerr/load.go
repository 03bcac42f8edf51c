package cueerr

import (
	"fmt"
	"path"
	"strings"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue/errors"

	"github.com/ocispec/ocispec/internal/nearest"
	"github.com/ocispec/ocispec/release/match"
)

// Load explains errors of syntax and of imports.
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

// syntax says what to do about errors of syntax.
var syntax = []struct{ words, advice string }{
	{"found 'EOF'", "something that was opened before is not closed"},
	{"string literal not terminated", "close it with a quotation mark on the same line"},
	{"string interpolation", "close \\(…) within the string"},
	{"missing ','", "end it with a comma or a new line, and put a name with a - or . in it in quotes"},
	{"expected operand", "something before it is not closed, or a value is missing"},
	{"expected label", "a field begins with a name: put it in quotes if it has other characters than letters and digits"},
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

// noPackage explains an import of a package that the standard library lacks.
func noPackage(msg string) string {
	_, rest, _ := strings.Cut(msg, `"`)
	name, _, _ := strings.Cut(rest, `"`)
	return fmt.Sprintf("CUE's standard library has no package %q%s", match.Cut(name), nearest.DidYouMean(name, std))
}

// std are the packages of CUE's standard library that cases have a use for.
var std = []string{"encoding/base64", "encoding/hex", "encoding/json", "list", "math", "regexp", "strconv", "strings", "struct"}

// importFailed explains an import that there is nothing for.
func importFailed(e errors.Error, versions []string) string {
	var known []string
	for _, v := range versions {
		known = append(known, path.Join(path.Dir(spectree.SchemasPath), "specs", v)+":"+spectree.PackageName(v))
	}
	known = append(known, spectree.SchemasPath)
	for _, word := range strings.Fields(e.Error()) {
		name := strings.Trim(word, `",:;`)
		if strings.HasPrefix(name, path.Dir(spectree.SchemasPath)+"/") && !strings.Contains(name, "@") {
			return fmt.Sprintf("there is no package %q%s", name, nearest.DidYouMean(name, known))
		}
	}
	return "there is nothing to import: a spec tree imports only its own packages and CUE's standard library"
}
