// Package site builds a static site over the results of many registries and
// releases. It loads a directory into a [Site], and writes pages that need no server.
//
// All text from results is untrusted: it is bounded, escaped, and only http and https
// addresses become links.
package site

import (
	"strings"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/plain"
)

// Site is the content of a site.
type Site struct {
	Title, Description string
	Date               string      // the day that ages are counted to, "" if no result has a date
	Registries         []*Registry // by title
	Releases           []*Release  // newest first
	Statuses           []Status    // that workflows and rows have
	History            []*HistoryPage
}

// Registry is a registry with its runs.
type Registry struct {
	Name                              string // part of addresses
	Title, Vendor, Homepage, Category string
	Description                       string
	Links                             []Link
	Verified                          Verified
	Notes                             []Rich
	Issues                            []Link
	Reproduce                         []Text
	Badges                            Rich // those of the vendor, by address
	Runs                              []*Run
	History                           []*HistoryRow
	aliases                           []string
}

// Verified says whether others can rely on who made the results. Stated is false if
// nobody said so.
type Verified struct {
	Stated, Is bool
	Why, URL   string
}

// Word is the verification in one or two words.
func (v Verified) Word() string {
	switch {
	case !v.Stated:
		return "verification not stated"
	case v.Is:
		return "verified"
	}
	return "not verified"
}

// Status returns the status with the colour of the verification.
func (v Verified) Status() Status {
	switch {
	case !v.Stated:
		return Disabled
	case v.Is:
		return Pass
	}
	return Warn
}

// Link is a link with its text.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Text is a text of several lines with a title.
type Text struct{ Title, Text string }

// Run is the results of one run against one release.
type Run struct {
	Registry     *Registry
	Release      string // as in "v1.1"
	Spec         string // the patch release, if stated
	Tool         string
	Date         string // "" if the results do not state it
	Version      string // of the registry
	Source       string // the path below the directory of the site
	Workflows    map[string]Status
	Rows         map[string]map[string]Status // by kind and title
	Derived      bool                         // rows are derived from the names of cases
	Requirements map[string]Status            // of ocispec alone
	Findings     []Finding
	Cases        int
	Partial      bool
	Notes        []string // what is unusual about the results
	Unknown      []string // what the format cannot say
}

// Finding is a violation of a requirement.
type Finding struct {
	Requirement, Level, Text, Message string
	Status                            Status
	Clause                            Link
	Known                             bool // the requirement has a page
}

// Release is a release of the specification with its catalogue.
type Release struct {
	Name         string // as in "v1.1"
	Title        string
	Runs         []*Run // the newest of each registry, by title of the registry
	Requirements []*release.Requirement
}

// Status is the result of a workflow, row or requirement.
type Status string

// The statuses, in the words of results.json and, for skip, of results.yaml.
const (
	Pass         Status = "pass"
	Warn         Status = "warn"
	Fail         Status = "fail"
	Error        Status = "error"
	Inconclusive Status = "inconclusive"
	Blocked      Status = "blocked"
	Unsupported  Status = "unsupported"
	Skip         Status = "skip"
	Disabled     Status = "disabled"
	NoData       Status = ""
)

// statuses is the order of legends and lists, and symbols what stands for each
// where there is no space for the word.
var (
	statuses = []Status{Pass, Warn, Fail, Error, Inconclusive, Blocked, Unsupported, Skip, Disabled, NoData}
	symbols  = map[Status]string{
		Pass: "✓", Warn: "!", Fail: "✗", Error: "E", Inconclusive: "?", Blocked: "⊘", Unsupported: "–", Skip: "–", Disabled: "○", NoData: "·",
	}
)

// statusOf returns the status for a word of results; others are errors.
func statusOf(word string) Status {
	s := Status(strings.ToLower(word))
	if _, ok := symbols[s]; ok {
		return s
	}
	return Error
}

// Word is the status in a word.
func (s Status) Word() string {
	if s == NoData {
		return "no data"
	}
	return string(s)
}

// Class is the class of the status in the style sheet.
func (s Status) Class() string {
	switch s {
	case NoData:
		return "nodata"
	case Skip:
		return "skipped" // another class has the name skip
	}
	return string(s)
}

// Symbol stands for the status in a narrow cell.
func (s Status) Symbol() string { return symbols[s] }

// Bad reports whether the status is a failure or an error.
func (s Status) Bad() bool { return s == Fail || s == Error }

// Limits of texts, in bytes.
const (
	maxName  = 120
	maxLine  = 500
	maxBlock = 16 << 10
)

func line(s string) string { return plain.Line(s, maxLine) }
func name(s string) string { return plain.Line(s, maxName) }

// webURL returns an address if it is http or https, and otherwise "".
func webURL(s string) string {
	s = strings.TrimSpace(s)
	lower := strings.ToLower(s)
	if len(s) > 2000 || strings.ContainsAny(s, " \t\n\"<>\\") || !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") {
		return ""
	}
	return s
}

// slug returns a name as part of a file name and address.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '.' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 80 {
			break
		}
	}
	if out := strings.Trim(b.String(), "-."); out != "" {
		return out
	}
	return "unnamed"
}
