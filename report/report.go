// Package report renders results. Every report is a pure function of a
// [result.Run].
//
// Much of a run originates from a registry, which may be hostile. The reports
// for people (text, HTML, Markdown, JUnit) render a cleaned copy: control
// characters and invisible characters are escaped, and lengths are bounded.
// results.json and the HTTP Archive are complete.
package report

import (
	"io"
	"slices"

	"github.com/ocispec/ocispec/result"
)

// Format is a report format.
type Format struct {
	Name      string // the argument of --format
	File      string // the default file name
	MediaType string
	Title     string // content and purpose
	// Default reports whether [Write] writes the format.
	Default bool
	Render  func(w io.Writer, r *result.Run) error
}

// Formats lists all formats.
var Formats = []Format{
	{"text", "report.txt", "text/plain; charset=utf-8", "findings and a summary, for a terminal", false, plain},
	{"json", "results.json", "application/json", "complete results, for programs", true, JSON},
	{"yaml", "results.yaml", "application/yaml", "rows of the OCI conformance programme, for publication", true, YAML},
	{"junit", "junit.xml", "application/xml", "one test per case, for CI", true, JUnit},
	{"html", "report.html", "text/html; charset=utf-8", "every request and response, for a browser", true, HTML},
	{"sarif", "results.sarif", "application/sarif+json", "findings at their positions in the spec files, for code scanning", false, SARIF},
	{"tap", "results.tap", "text/plain; charset=utf-8", "one test per case, in TAP 14", false, TAP},
	{"github", "annotations.txt", "text/plain; charset=utf-8", "annotations, for GitHub Actions", false, GitHub},
	{"har", "exchanges.har", "application/json", "all requests and responses, for HTTP viewers", false, HAR},
	{"trace", "trace.json", "application/json", "when each step was sent, for a trace viewer such as Perfetto", false, Trace},
	{"markdown", "report.md", "text/markdown; charset=utf-8", "findings and a summary, for issues and CI summaries", false, issue},
}

func plain(w io.Writer, r *result.Run) error { return Text(w, r, TextOptions{}) }

// Lookup returns the format with a name, and whether it exists.
func Lookup(name string) (Format, bool) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return Formats[i], true
}

// Names returns the names of all formats, in the order of Formats.
func Names() []string {
	var names []string
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return names
}
