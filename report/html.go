package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ocispec/ocispec/result"
)

//go:embed report.html.tmpl
var pageSource string

// page is parsed once. Execution does not modify it.
var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"because":     because,
	"duration":    func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) },
	"expectation": func(m string) string { return strings.Join(expectation(m), "\n") },
	"evidence":    evidence,
	"headers":     headers,
	"occurrences": occurrences,
	"rows":        sortedRows,
	"support":     support,
	"time":        func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"upper":       func(o result.Outcome) string { return strings.ToUpper(string(o)) },
	"weburl":      webURL,
	"worst":       worst,
}).Parse(pageSource))

// HTML writes a self-contained page, without scripts and external resources.
func HTML(w io.Writer, r *result.Run) error {
	r = Cleaned(r)
	return page.Execute(w, struct {
		*result.Run
		Summary  summary
		Findings []result.Finding
		Troubles []trouble
		Groups   []string
		Kinds    []result.RowKind
	}{r, summarize(r), sortedFindings(r), troubles(r), categoryNames(r), rowKinds(r)})
}

// maxHeaders is the maximum number of header lines shown for a message.
const maxHeaders = 100

// headers returns the lines of a header, sorted by name.
func headers(h http.Header) []line {
	var lines []line
	n := 0
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			if n++; n <= maxHeaders {
				lines = append(lines, line{name, v})
			}
		}
	}
	if n > maxHeaders {
		lines = append(lines, line{"…", fmt.Sprintf("and %d more", n-maxHeaders)})
	}
	return lines
}

func sortedRows(rows map[string]string) []line {
	var lines []line
	for _, t := range slices.Sorted(maps.Keys(rows)) {
		lines = append(lines, line{t, rows[t]})
	}
	return lines
}

// worst returns the worst outcome of the checks of a step.
func worst(s result.Step) result.Outcome {
	var o result.Outcome
	for _, k := range s.Checks {
		o = result.Worse(o, k.Outcome)
	}
	return o
}
