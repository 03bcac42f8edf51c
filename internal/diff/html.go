package diff

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
)

//go:embed diff.html.tmpl
var pageSource string

var page = template.Must(template.New("diff").Funcs(template.FuncMap{"anchor": anchor}).Parse(pageSource))

// HTML writes a diff as one page without scripts. Its colours follow the system.
func HTML(w io.Writer, d *Diff) error { return page.Execute(w, document(d)) }

// anchor returns the id of a section.
func anchor(title string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(title)), "-")
}
