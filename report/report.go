// Package report renders results. Every report is a pure function of a
// [result.Run].
//
// Much of what a run holds came from a registry, which may be hostile. The
// reports for people (text, HTML, Markdown, JUnit) work on a copy in which
// every string is cleaned: control characters and invisible ones are shown as
// escapes, and lengths are bounded. The whole is in results.json only.
package report

import (
	"io"
	"slices"

	"github.com/ocispec/ocispec/result"
)

// Format is a way to write results down.
type Format struct {
	Name      string // as given to --format
	File      string // the usual name of the file
	MediaType string
	Title     string // what it is for
	// Default says that [Write] writes it.
	Default bool
	Render  func(w io.Writer, r *result.Run) error
}

// Formats are all formats, in the order in which they are listed.
var Formats = []Format{
	{"text", "report.txt", "text/plain; charset=utf-8", "findings and a summary, for a terminal", false, plain},
	{"json", "results.json", "application/json", "everything, for programs", true, JSON},
	{"yaml", "results.yaml", "application/yaml", "the rows that the OCI programme publishes", true, YAML},
	{"junit", "junit.xml", "application/xml", "one test per case, for CI", true, JUnit},
	{"html", "report.html", "text/html; charset=utf-8", "every request and response, for a browser", true, HTML},
	{"markdown", "report.md", "text/markdown; charset=utf-8", "findings and a summary, for issues and CI summaries", false, Markdown},
}

func plain(w io.Writer, r *result.Run) error { return Text(w, r, TextOptions{}) }

// Lookup returns the format with a name.
func Lookup(name string) (Format, bool) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return Formats[i], true
}

// Names returns the names of the formats, in their order.
func Names() []string {
	var names []string
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return names
}
