// Package show explains cases and requirements in plain text, for registry
// developers who do not know the language of the cases.
package show

import (
	"regexp"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// begin and end mark a placeholder's words until the text is complete, to
// distinguish them from literal text.
const begin, end = "\ue000", "\ue001"

// words resolves every placeholder to its description.
type words struct{}

func (words) Lookup(name string) (any, error) { return begin + placeholder(name) + end, nil }

// placeholder describes the text between "${" and "}".
func placeholder(name string) string {
	ref := release.ParseRef(name)
	switch {
	case ref.IsData():
		return content(ref.DataName())
	case ref.Part == "header":
		return ref.Key + " of step " + ref.Step
	case ref.Part == "capture":
		return ref.Key + " as captured in step " + ref.Step
	case ref.Step != "":
		return ref.Part + " of step " + ref.Step
	}
	if s, ok := names[name]; ok {
		return s
	}
	return name
}

var names = map[string]string{
	"repo":    "repository",
	"other":   "other repository",
	"missing": "repository that does not exist",
	"tag":     "tag",
	"fill":    "padding",
}

var contentFields = map[string]string{
	"digests": "digest (any algorithm) of ",
	"other":   "digest of other content than ",
	"length":  "size in bytes of ",
	"last":    "position of the last byte of ",
	"base64":  "base64 encoding of ",
}

// content describes a field of generated content.
func content(name, field string) string {
	if s, ok := contentFields[field]; ok {
		return s + name
	}
	return field + " of " + name
}

// Template returns a template with its placeholders in words, in angle
// brackets: "/v2/<repository>/blobs/<digest of blob>".
func Template(t match.Template) string {
	s, _ := t.Expand(words{}) // every name has a value
	return readable(s)
}

// Matcher returns a constraint in CUE's notation, its placeholders in words.
func Matcher(m *match.Matcher) string {
	if m == nil {
		return "_"
	}
	return readable(worded(m).String())
}

// worded returns a copy whose placeholders are words.
func worded(m *match.Matcher) *match.Matcher {
	if m == nil {
		return nil
	}
	c := *m
	if m.Op != match.Kind {
		s, _ := m.Text.Expand(words{})
		c.Text = match.Template(s)
	}
	c.Kids = nil
	for _, k := range m.Kids {
		c.Kids = append(c.Kids, worded(k))
	}
	c.Fields = nil
	for _, f := range m.Fields {
		f.Match = worded(f.Match)
		c.Fields = append(c.Fields, f)
	}
	c.Rest = worded(m.Rest)
	return &c
}

// quoted matches a quoted string that is one placeholder: it needs no quotes.
// Quoting escapes the marks around it.
var (
	quoted  = regexp.MustCompile(`"(?:\\ue000|\x{e000})([^"\\\x{e000}\x{e001}]*)(?:\\ue001|\x{e001})"`)
	bracket = strings.NewReplacer(begin, "<", end, ">", `\ue000`, "<", `\ue001`, ">")
)

func readable(s string) string {
	return bracket.Replace(quoted.ReplaceAllString(s, "<$1>"))
}
