// Package release holds a release of a specification as plain data: its
// requirements, the cases that check them and the content that they need.
//
// Package compile makes it from CUE and package engine executes it. Nothing
// here knows the specification that it describes.
package release

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/ocispec/ocispec/release/match"
)

// Release is one release of the specification, with all that it inherits.
type Release struct {
	Version string `json:"version"` // as in "v1.1"
	Title   string `json:"title,omitempty"`
	// History lists the patch releases up to this one's last, oldest first.
	History []string `json:"history"`
	// Patches are those of History that belong to this release.
	Patches []string `json:"patches"`
	// Patch is the one that is selected: checks and requirements that are not
	// in force in it have been left out. It is empty before selection.
	Patch string `json:"patch,omitempty"`
	// Probe is the path that shows whether a registry answers at all.
	Probe string `json:"probe,omitempty"`
	// Repository is a regular expression for the paths of what belongs to a
	// repository; its first group is the repository's name.
	Repository string `json:"repository,omitempty"`
	// Lineage lists the versions that this one extends, and itself last.
	Lineage      []string       `json:"lineage"`
	Requirements []*Requirement `json:"requirements"`
	Capabilities []Capability   `json:"capabilities,omitempty"`
	RowKinds     []RowKind      `json:"rowKinds,omitempty"`
	Rows         []Row          `json:"rows,omitempty"`
	// Error says where a body has an error; nil if the release does not say.
	Error *ErrorAt `json:"error,omitempty"`
	// Categories groups endpoints for the summary.
	Categories []Category `json:"categories,omitempty"`
	Sets       []Set      `json:"sets,omitempty"`
	Rules      []*Rule    `json:"rules,omitempty"`
	Cases      []*Case    `json:"-"`
}

// Level is how binding a requirement is, in the words of RFC 2119.
type Level string

// The levels.
const (
	Must      Level = "MUST"
	MustNot   Level = "MUST NOT"
	Should    Level = "SHOULD"
	ShouldNot Level = "SHOULD NOT"
	May       Level = "MAY"
)

// Binding reports whether not meeting a requirement of this level is a
// failure, rather than a warning.
func (l Level) Binding() bool { return l == Must || l == MustNot }

// Requirement is one normative statement of the specification.
type Requirement struct {
	ID    string `json:"id"`
	Text  string `json:"text"` // a paraphrase
	Level Level  `json:"level"`
	// Since and Until are the first and last patch release that has it.
	Since     string   `json:"since"`
	Until     string   `json:"until,omitempty"`
	Clause    Clause   `json:"clause"`
	Endpoints []string `json:"endpoints,omitempty"`
	Category  string   `json:"category,omitempty"`
	Actor     string   `json:"actor"`    // registry, client or both
	Testable  string   `json:"testable"` // yes, partly or no
	// Needs names capabilities: the requirement binds only registries that have
	// them.
	Needs []string `json:"needs,omitempty"`
	// Contested is set if a violation is a warning in spite of the level.
	Contested *Contested `json:"contested,omitempty"`
	// Untested says why no case checks it.
	Untested string `json:"untested,omitempty"`
	// Overlaps names the requirements that say the same in another place:
	// their checks are this one's.
	Overlaps []string `json:"overlaps,omitempty"`
	Pos      Pos      `json:"pos,omitempty"`
}

// Contested says why a requirement is contested: the letter of the release
// demands something that its editors no longer do, or that conforming
// registries read otherwise.
type Contested struct {
	Reason string `json:"reason"`
	Source string `json:"source,omitempty"` // a URL
}

// Clause is the place in the specification that states a requirement.
type Clause struct {
	Section string `json:"section"`
	URL     string `json:"url"`
}

// Pos is a place in a CUE file: path:line:column, with the path relative to
// the root of the spec tree.
type Pos string

// Capability is something a registry can do that cases depend on.
type Capability struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Row is a line of published results.
type Row struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Kind  string `json:"kind"` // the id of a RowKind
	// Switch is the setting that turns the row's cases on or off.
	Switch   string `json:"switch"`
	Disabled bool   `json:"disabled,omitempty"` // unless the setting says otherwise
}

// RowKind is a kind of rows.
type RowKind struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// OwnFailure says that a blocked check is a failure of its row, and not only
	// of the row that blocks it.
	OwnFailure bool `json:"ownFailure,omitempty"`
}

// ErrorAt says where a body has an error, by JSON pointer (RFC 6901).
type ErrorAt struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Category is a group of endpoints that a registry supports as a whole.
type Category struct {
	ID        string   `json:"id"`
	Endpoints []string `json:"endpoints"`
	// Essential, if not empty, says why a whole run is inconclusive in which none
	// of the category's requests succeeded.
	Essential string `json:"essential,omitempty"`
}

// Set is content that belongs together and that several cases use.
type Set struct {
	ID    string   `json:"id"`
	Title string   `json:"title"`
	Data  []string `json:"data"`
}

// Rule is a set of checks that are made on every exchange that it applies to.
type Rule struct {
	ID     string          `json:"id"`
	When   *match.Response `json:"when,omitempty"`
	Checks []*Check        `json:"checks"`
	Pos    Pos             `json:"pos,omitempty"`
}

// Case is a test case.
type Case struct {
	Summary
	Data    []*Data `json:"data,omitempty"`
	Steps   []*Step `json:"steps"`
	Cleanup []*Step `json:"cleanup,omitempty"`
}

// Summary is what listing and planning need of a case.
type Summary struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why,omitempty"`
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// Aliases are ids that the case had before.
	Aliases []string `json:"aliases,omitempty"`
	// Release is the version that the case was written for.
	Release  string   `json:"release"`
	Rows     []string `json:"rows,omitempty"`
	Needs    []string `json:"needs,omitempty"`
	Provides []string `json:"provides,omitempty"`
	// Quiet says that the case needs a repository that no other case uses.
	Quiet bool `json:"quiet,omitempty"`
	// Checks are the requirements that it checks.
	Checks []string `json:"checks"`
	Pos    Pos      `json:"pos"`
}

// Data describes one piece of content. One of Random, Text, JSON, Concat and
// Tar is given.
type Data struct {
	Name string `json:"name"`
	// Scope separates content: the same scope and name give the same bytes in
	// every case of a run. An empty scope is the case's own.
	Scope  string          `json:"scope,omitempty"`
	Random *int64          `json:"random,omitempty"` // size in bytes
	Text   *match.Template `json:"text,omitempty"`
	JSON   json.RawMessage `json:"json,omitempty"` // its strings are templates
	// Concat is joined without a separator.
	Concat []match.Template `json:"concat,omitempty"`
	Tar    []File           `json:"tar,omitempty"`
	Gzip   bool             `json:"gzip,omitempty"`
	// Size, if not 0, is what the placeholder ${fill} pads the content to.
	Size      int64  `json:"size,omitempty"`
	MediaType string `json:"mediaType"`
	Algorithm string `json:"algorithm"` // of its digest
}

// File is a file in a tar archive, with that many random bytes.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// Step is one request and what is expected of the answer.
type Step struct {
	ID     string         `json:"id"` // "#" and its number in the case, if none was given
	Title  string         `json:"title,omitempty"`
	Method string         `json:"method"`
	URL    match.Template `json:"url"`
	Query  []Param        `json:"query,omitempty"`
	Header []Param        `json:"header,omitempty"`
	Body   *Body          `json:"body,omitempty"`
	// Chunked sends the body with Transfer-Encoding chunked rather than with
	// a Content-Length.
	Chunked bool   `json:"chunked,omitempty"`
	Row     string `json:"row,omitempty"`
	// When lists conditions on earlier steps: the step runs if all hold.
	When []Condition `json:"when,omitempty"`
	// After names the steps that this one depends on besides those that it
	// takes values from. Nil stands for every earlier step that changes state.
	After *[]string `json:"after,omitempty"`
	// Together is a number that the steps of a concurrent group share; 0 is
	// no group.
	Together int `json:"together,omitempty"`
	// Gate is what the steps that depend on this one stand on, where that does
	// not follow from the checks. NoGate says that nothing does.
	Gate        *match.Response   `json:"gate,omitempty"`
	NoGate      bool              `json:"noGate,omitempty"`
	Checks      []*Check          `json:"checks,omitempty"`
	Unsupported []*match.Response `json:"unsupported,omitempty"`
	Captures    []Capture         `json:"captures,omitempty"`
	Observe     []Observe         `json:"observe,omitempty"`
	Pages       *Pages            `json:"pages,omitempty"`
	Repeat      *Repeat           `json:"repeat,omitempty"`
	Pos         Pos               `json:"pos,omitempty"`
}

// Safe reports whether the request asks for no change of state (RFC 9110,
// section 9.2.1).
func (s *Step) Safe() bool { return s.Method == "GET" || s.Method == "HEAD" }

// Param is a query parameter or a header of a request.
type Param struct {
	Name  string         `json:"name"`
	Value match.Template `json:"value"`
}

// Body is the body of a request: text, or JSON whose strings are templates.
type Body struct {
	Text match.Template  `json:"text,omitempty"`
	JSON json.RawMessage `json:"json,omitempty"`
}

// Condition holds if the last response of a step matches.
type Condition struct {
	Step     string          `json:"step"`
	Response *match.Response `json:"response"`
}

// Check is the expectation of one requirement on a response.
type Check struct {
	Requirement string `json:"requirement"`
	// When restricts the check to responses that match it.
	When     *match.Response `json:"when,omitempty"`
	Response *match.Response `json:"response"`
	Pos      Pos             `json:"pos,omitempty"`
}

// Capture is a value of a response that later steps use: at a JSON pointer in
// its body, or a header. If Regexp is given, it is the first group in it.
type Capture struct {
	Name    string `json:"name"`
	Pointer string `json:"pointer,omitempty"`
	Header  string `json:"header,omitempty"`
	Regexp  string `json:"regexp,omitempty"`
}

// Observe is a fact about the registry that is recorded and not judged: the
// Value of the first entry whose response matches.
type Observe struct {
	Name     string          `json:"name"`
	Value    string          `json:"value"`
	Response *match.Response `json:"response"`
}

// Pages says that the step goes on with the link of that relation (RFC 8288),
// at most Max times.
type Pages struct {
	Rel string `json:"rel"`
	Max int    `json:"max"`
}

// Repeat says that the request is sent again until a response matches, at most
// Times times.
type Repeat struct {
	Until *match.Response `json:"until"`
	Times int             `json:"times"`
	Every time.Duration   `json:"every"`
}

// InForce reports whether what exists from since to until is part of patch.
// Empty bounds are open; patch releases that this one does not know come later.
func (r *Release) InForce(since, until, patch string) bool {
	index := func(p string) int {
		if i := slices.Index(r.History, p); i >= 0 {
			return i
		}
		return len(r.History)
	}
	at := index(patch)
	return at < len(r.History) && (since == "" || index(since) <= at) && (until == "" || index(until) >= at)
}

// Requirement returns the requirement of that id, or nil.
func (r *Release) Requirement(id string) *Requirement {
	for _, q := range r.Requirements {
		if q.ID == id {
			return q
		}
	}
	return nil
}

// Case returns the case with that id or, if there is none, with that alias. It
// returns nil for an unknown id.
func (r *Release) Case(id string) *Case {
	for _, known := range []func(*Case) bool{
		func(c *Case) bool { return c.ID == id },
		func(c *Case) bool { return slices.Contains(c.Aliases, id) },
	} {
		if i := slices.IndexFunc(r.Cases, known); i >= 0 {
			return r.Cases[i]
		}
	}
	return nil
}
