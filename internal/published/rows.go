package published

import (
	"regexp"
	"slices"
	"strings"
)

// Workflows lists the workflows in the order of publication.
var Workflows = []string{"Pull", "Push", "Content Discovery", "Content Management"}

// sentence is the prefix of case names of the suites of v1.0 and v1.1.0.
const sentence = "OCI Distribution Conformance Tests "

// workflowOf returns the workflow that a case name of these suites starts with,
// and the rest of the name.
func workflowOf(name string) (workflow, rest string) {
	name, ok := strings.CutPrefix(name, sentence)
	if !ok {
		return "", ""
	}
	for _, w := range Workflows {
		if rest, ok := strings.CutPrefix(name, w+" "); ok {
			return w, rest
		}
	}
	return "", name
}

// setup reports whether the rest of a case name belongs to a case that prepares
// or cleans up. Such a case does not show that the registry supports anything.
func setup(rest string) bool {
	return strings.HasPrefix(rest, "Setup ") || strings.HasPrefix(rest, "Teardown ")
}

// sentenceRows maps case names without prefix and workflow to rows: the first
// match decides.
var sentenceRows = []struct {
	re        *regexp.Regexp
	kind, row string
}{
	{regexp.MustCompile(`^Pull blobs HEAD `), "apis", "Blob head"},
	{regexp.MustCompile(`^Pull blobs GET `), "apis", "Blob get"},
	{regexp.MustCompile(`^Pull manifests HEAD .*\(digest\)`), "apis", "Manifest head by digest"},
	{regexp.MustCompile(`^Pull manifests HEAD `), "apis", "Manifest head by tag"},
	{regexp.MustCompile(`^Pull manifests GET .*\(digest\)`), "apis", "Manifest get by digest"},
	{regexp.MustCompile(`^Pull manifests GET `), "apis", "Manifest get by tag"},
	{regexp.MustCompile(`^Blob Upload Streamed `), "apis", "Blob streaming"},
	{regexp.MustCompile(`^Blob Upload Monolithic (POST request with digest and blob|GET request to blob URL from prior request)`), "apis", "Blob post only"},
	{regexp.MustCompile(`^Blob Upload Monolithic (POST request|PUT) `), "apis", "Blob post put"},
	{regexp.MustCompile(`^Blob Upload Monolithic GET `), "apis", "Blob get"},
	{regexp.MustCompile(`^Blob Upload Chunked `), "apis", "Blob chunked"},
	{regexp.MustCompile(`^Cross-Repository Blob Mount Cross-mounting (of a blob )?without (the )?from`), "apis", "Blob anonymous mount"},
	{regexp.MustCompile(`^Cross-Repository Blob Mount `), "apis", "Blob mount"},
	{regexp.MustCompile(`^Manifest Upload .*with no layers`), "data", "No Layers"},
	{regexp.MustCompile(`^Manifest Upload PUT `), "apis", "Manifest put by tag"},
	{regexp.MustCompile(`^Manifest Upload GET .*\(digest\)`), "apis", "Manifest get by digest"},
	{regexp.MustCompile(`^Manifest Upload GET `), "apis", "Manifest get by tag"},
	{regexp.MustCompile(`^Test content discovery endpoints \(listing references\) `), "apis", "Referrers"},
	{regexp.MustCompile(`^Test content discovery endpoints `), "apis", "Tag listing"},
	{regexp.MustCompile(`^Manifest delete DELETE request to manifest tag `), "apis", "Tag delete"},
	{regexp.MustCompile(`^Manifest delete `), "apis", "Manifest delete"},
	{regexp.MustCompile(`^Blob delete `), "apis", "Blob delete"},
}

// rowWorkflows maps API rows to workflows.
var rowWorkflows = map[string][]string{
	"Pull": {"Blob get", "Blob get range", "Blob head", "Manifest get by digest", "Manifest get by tag",
		"Manifest head by digest", "Manifest head by tag"},
	"Push": {"Blob anonymous mount", "Blob chunked", "Blob mount", "Blob post only", "Blob post put", "Blob push",
		"Blob streaming", "Blob upload cancel", "Manifest put by digest", "Manifest put by tag",
		"Manifest put with subject", "Manifest put with tag params"},
	"Content Discovery": {"Referrers", "Tag listing"},
	"Content Management": {"Blob delete", "Blob delete atomic", "Manifest delete", "Manifest delete atomic",
		"Tag delete", "Tag delete atomic"},
}

// fromNames derives workflows and rows from the names of cases, and records the
// workflow of each case.
func (r *Result) fromNames() {
	r.RowsFrom = "case names"
	for i := range r.Cases {
		c := &r.Cases[i]
		w, rest := workflowOf(c.Name)
		if w == "" {
			continue
		}
		c.Workflow = w
		if s := c.Status; !setup(rest) || s == Fail || s == Error {
			r.Workflows[w] = Worse(r.Workflows[w], s)
		} else if r.Workflows[w] == "" {
			r.Workflows[w] = Skip
		}
		for _, m := range sentenceRows {
			if m.re.MatchString(rest) {
				r.setRow(m.kind, m.row, c.Status)
				break
			}
		}
	}
}

// fromRows derives workflows from API rows.
func (r *Result) fromRows() {
	for w, rows := range rowWorkflows {
		for title, s := range r.Rows["apis"] {
			if slices.Contains(rows, title) {
				r.Workflows[w] = Worse(r.Workflows[w], s)
			}
		}
	}
}

func (r *Result) setRow(kind, title string, s Status) {
	if r.Rows[kind] == nil {
		r.Rows[kind] = map[string]Status{}
	}
	r.Rows[kind][title] = Worse(r.Rows[kind][title], s)
}
