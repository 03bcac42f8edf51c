// Package release defines a release of a specification as plain data: its
// requirements, the cases that check them, and the content that the cases use.
//
// Package compile builds releases from CUE, and package engine executes them.
// This package is independent of the specification described.
package release

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// Release is a release of the specification, including everything that it
// inherits.
type Release struct {
	Version string `json:"version"` // such as "v1.1"
	Title   string `json:"title,omitempty"`
	// History lists all patch releases up to the last one of this release,
	// oldest first.
	History []string `json:"history"`
	// Patches lists the patch releases of History that belong to this release.
	Patches []string `json:"patches"`
	// Patch is the selected patch release, see [Release.At]. It is empty before
	// selection.
	Patch string `json:"patch,omitempty"`
	// Probe is the path to request to find out whether the registry responds.
	Probe string `json:"probe,omitempty"`
	// Repository is a regular expression for URL paths within a repository. Its
	// first group matches the repository name.
	Repository string `json:"repository,omitempty"`
	// RepositoryName is a regular expression for the names of repositories.
	RepositoryName string `json:"repositoryName,omitempty"`
	// Lineage lists the versions that this one extends, and itself last.
	Lineage      []string       `json:"lineage"`
	Requirements []*Requirement `json:"requirements"`
	Capabilities []Capability   `json:"capabilities,omitempty"`
	RowKinds     []RowKind      `json:"rowKinds,omitempty"`
	Rows         []Row          `json:"rows,omitempty"`
	// Error locates the error in a response body; nil if undefined.
	Error *ErrorAt `json:"error,omitempty"`
	// Given are the kinds of content that users can give.
	Given []Given `json:"given,omitempty"`
	// Preflight are requests before the first case.
	Preflight []Preflight `json:"preflight,omitempty"`
	// Categories are groups of endpoints, for the summary.
	Categories []Category `json:"categories,omitempty"`
	Sets       []Set      `json:"sets,omitempty"`
	Rules      []*Rule    `json:"rules,omitempty"`
	Cases      []*Case    `json:"-"`
}

// Level is the requirement level, a keyword of RFC 2119.
type Level string

// Requirement levels.
const (
	Must      Level = "MUST"
	MustNot   Level = "MUST NOT"
	Should    Level = "SHOULD"
	ShouldNot Level = "SHOULD NOT"
	May       Level = "MAY"
)

// Binding reports whether violating a requirement of this level is a failure
// rather than a warning.
func (l Level) Binding() bool { return l == Must || l == MustNot }

// Requirement is one normative statement of the specification.
type Requirement struct {
	ID    string `json:"id"`
	Text  string `json:"text"` // a paraphrase
	Level Level  `json:"level"`
	// Since and Until are the first and the last patch release in which the
	// requirement is in force. An empty Until is open.
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
	// Untested is why no case checks the requirement.
	Untested string `json:"untested,omitempty"`
	// Overlaps lists requirements that state the same elsewhere in the
	// specification. Their checks count for this requirement.
	Overlaps []string `json:"overlaps,omitempty"`
	Pos      Pos      `json:"pos,omitempty"`
}

// Contested is why a requirement is contested: the letter of the release
// demands something that its editors no longer do, or that conforming
// registries read otherwise.
type Contested struct {
	Reason string `json:"reason"`
	Source string `json:"source,omitempty"` // a URL
}

// Clause is the clause of the specification that states a requirement.
type Clause struct {
	Section string `json:"section"`
	URL     string `json:"url"`
}

// Pos is a position in a CUE file, as path:line:column. The path is relative to
// the root of the spec tree.
type Pos string

// Capability is a capability of registries that cases depend on.
type Capability struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Row is a row of the published results.
type Row struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Kind  string `json:"kind"` // the id of a RowKind
	// Switch is the setting that enables or disables the cases of the row.
	Switch   string `json:"switch"`
	Disabled bool   `json:"disabled,omitempty"` // the default of Switch
}

// RowKind is a table of rows, such as endpoints or content.
type RowKind struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// OwnFailure reports whether a blocked check fails its own row as well as
	// the row that blocks it.
	OwnFailure bool `json:"ownFailure,omitempty"`
}

// ErrorAt locates the error in a response body by JSON pointers (RFC 6901).
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

// Given is a kind of content that users can give because it exists already.
type Given struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// From is a path: the array at the JSON pointer At in the response to GET has
	// values, for users that give none.
	From match.Template `json:"from,omitempty"`
	At   string         `json:"at,omitempty"`
}

// GivenUse says which Given a case reads. Otherwise is the value of ${given} for
// users that give no content of this kind; without it, the case is disabled for them.
type GivenUse struct {
	What      string         `json:"what"`
	Otherwise match.Template `json:"otherwise,omitempty"`
}

// Preflight is a request that finds out whether the registry lets a run do
// something.
type Preflight struct {
	ID     string         `json:"id"`
	Title  match.Template `json:"title"` // what the run does
	Method string         `json:"method"`
	URL    match.Template `json:"url"`
	// Switch is the setting that asks for it.
	Switch string `json:"switch,omitempty"`
	// ReadOnly restricts the request to read-only runs.
	ReadOnly bool `json:"readOnly,omitempty"`
	// Cancel is the header of a successful response whose URL is deleted.
	Cancel   string    `json:"cancel,omitempty"`
	Problems []Problem `json:"problems"`
}

// Problem is a response to which a run cannot do what a Preflight is about.
type Problem struct {
	What string          `json:"what"` // what is wrong, after the title
	When *match.Response `json:"when"`
	Set  string          `json:"set"` // what to set
}

// Set is content shared by several cases.
type Set struct {
	ID    string   `json:"id"`
	Title string   `json:"title"`
	Data  []string `json:"data"`
}

// Rule is a set of checks for every response that matches When, in every step that
// one of On matches, if there are any.
type Rule struct {
	ID   string          `json:"id"`
	On   []RequestRule   `json:"on,omitempty"`
	When *match.Response `json:"when,omitempty"`
	// Retried makes the rule apply also to responses after which the request was sent
	// again, of which only the status and the header are known.
	Retried bool     `json:"retried,omitempty"`
	Checks  []*Check `json:"checks"`
	Pos     Pos      `json:"pos,omitempty"`
}

// RequestRule matches steps whose request has a method and a path: that of the URL
// without its query, below the URL of the registry.
type RequestRule struct {
	Method string         `json:"method"`
	Path   *match.Matcher `json:"path"`
}

// Case is a test case.
type Case struct {
	Summary
	Data    []*Data `json:"data,omitempty"`
	Steps   []*Step `json:"steps"`
	Cleanup []*Step `json:"cleanup,omitempty"`
}

// Summary is the part of a case that listing and planning use.
type Summary struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why,omitempty"`
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// Aliases are former ids of the case.
	Aliases []string `json:"aliases,omitempty"`
	// Release is the version in which the case was defined.
	Release string `json:"release"`
	// Switch is the setting that must be on for the case to run, or "".
	Switch   string   `json:"switch,omitempty"`
	Rows     []string `json:"rows,omitempty"`
	Needs    []string `json:"needs,omitempty"`
	Provides []string `json:"provides,omitempty"`
	// Quiet requests a repository that no other case uses.
	Quiet bool `json:"quiet,omitempty"`
	// Fresh requests content and tags that no earlier run has used.
	Fresh bool `json:"fresh,omitempty"`
	// Given makes the case read content that exists already.
	Given *GivenUse `json:"given,omitempty"`
	// Checks lists the ids of the requirements that the case checks.
	Checks []string `json:"checks"`
	Pos    Pos      `json:"pos"`
}

// Data describes a piece of content. Exactly one of Random, Text, JSON, Concat
// and Tar is set.
type Data struct {
	Name string `json:"name"`
	// Scope separates content: within a run, content with the same scope and
	// name has the same bytes. An empty scope is that of the case.
	Scope  string `json:"scope,omitempty"`
	Random *int64 `json:"random,omitempty"` // size in bytes
	// Announced lets Random grow with a number that the registry announces.
	Announced *Announced      `json:"announced,omitempty"`
	Text      *match.Template `json:"text,omitempty"`
	JSON      json.RawMessage `json:"json,omitempty"` // its strings are templates
	// Concat is concatenated without separators.
	Concat []match.Template `json:"concat,omitempty"`
	Tar    []File           `json:"tar,omitempty"`
	Gzip   bool             `json:"gzip,omitempty"`
	// Size, if not 0, is the size in bytes to which the placeholder ${fill}
	// pads the content.
	Size      int64  `json:"size,omitempty"`
	MediaType string `json:"mediaType"`
	Algorithm string `json:"algorithm"` // of the digest
}

// Announced is the number that a step announces under the name As, if that is more
// than the size given. A case with content of more than Most bytes is not tested.
type Announced struct {
	As   string `json:"as"`
	Most int64  `json:"most"`
}

// Announce is a number in a header of a response, which the registry announces to its
// clients.
type Announce struct {
	Name   string `json:"name"`
	Header string `json:"header"`
}

// File is a file of random bytes in a tar archive. Size is in bytes.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// Step is a request and the expectations on its response.
type Step struct {
	ID     string         `json:"id"` // default: "#" and the number of the step in the case
	Title  string         `json:"title,omitempty"`
	Method string         `json:"method"`
	URL    match.Template `json:"url"`
	Query  []Param        `json:"query,omitempty"`
	Header []Param        `json:"header,omitempty"`
	Body   *Body          `json:"body,omitempty"`
	// Chunked sends the body with Transfer-Encoding: chunked instead of a
	// Content-Length.
	Chunked bool   `json:"chunked,omitempty"`
	Row     string `json:"row,omitempty"`
	// When lists conditions on earlier steps. The step is skipped if one of
	// them does not hold.
	When []Condition `json:"when,omitempty"`
	// After lists the steps that this one depends on, in addition to those
	// whose values it uses. Nil means all earlier steps with an unsafe method.
	After *[]string `json:"after,omitempty"`
	// Independent is a number shared by steps that do not depend on each other, except
	// by the values that they use; 0 means no group.
	Independent int `json:"independent,omitempty"`
	// Together is a number shared by the steps of a concurrent group; 0 means
	// no group.
	Together int `json:"together,omitempty"`
	// Gate is the response required for dependent steps to run; by default it
	// follows from the checks. NoGate lets them run in any case.
	Gate        *match.Response `json:"gate,omitempty"`
	NoGate      bool            `json:"noGate,omitempty"`
	Checks      []*Check        `json:"checks,omitempty"`
	Unsupported *match.Response `json:"unsupported,omitempty"`
	Captures    []Capture       `json:"captures,omitempty"`
	Observe     []Observe       `json:"observe,omitempty"`
	Announces   []Announce      `json:"announces,omitempty"`
	// Cut, if not 0, is the number of bytes of the body after which the connection is
	// closed: the step has no response.
	Cut int64 `json:"cut,omitempty"`
	// Skip is the number of bytes at the beginning of the body that are not sent, or "".
	Skip match.Template `json:"skip,omitempty"`
	// Count, if not 0, is the number of times that the step is sent, with the
	// placeholder ${n} from 1.
	Count  int     `json:"count,omitempty"`
	Pages  *Pages  `json:"pages,omitempty"`
	Repeat *Repeat `json:"repeat,omitempty"`
	Pos    Pos     `json:"pos,omitempty"`
}

// Safe reports whether the method is safe (RFC 9110, section 9.2.1).
func (s *Step) Safe() bool { return httpsyntax.Safe(s.Method) }

// Param is a query parameter or a header field of a request.
type Param struct {
	Name  string         `json:"name"`
	Value match.Template `json:"value"`
}

// Body is the body of a request: text, or JSON whose strings are templates.
type Body struct {
	Text match.Template  `json:"text,omitempty"`
	JSON json.RawMessage `json:"json,omitempty"`
}

// Condition holds if the last response to a step matches.
type Condition struct {
	Step     string          `json:"step"`
	Response *match.Response `json:"response"`
}

// Check is what a requirement expects of a response.
type Check struct {
	Requirement string `json:"requirement"`
	// When restricts the check to matching responses.
	When     *match.Response `json:"when,omitempty"`
	Response *match.Response `json:"response"`
	Pos      Pos             `json:"pos,omitempty"`
}

// Capture extracts a value from a response for later steps: a header or, by
// JSON pointer, a value in the body. With Regexp it is the first group of the
// match.
type Capture struct {
	Name    string `json:"name"`
	Pointer string `json:"pointer,omitempty"`
	Header  string `json:"header,omitempty"`
	Regexp  string `json:"regexp,omitempty"`
	Add     int64  `json:"add,omitempty"` // is added to the number
}

// Observe records a fact about the registry without judging it: the Value of
// the first entry whose Response matches.
type Observe struct {
	Name     string          `json:"name"`
	Value    string          `json:"value"`
	Response *match.Response `json:"response"`
}

// Pages follows the links with relation Rel (RFC 8288), at most Max times.
type Pages struct {
	Rel string `json:"rel"`
	Max int    `json:"max"`
}

// Repeat sends the request up to Times times, every Every, until a response
// matches.
type Repeat struct {
	Until *match.Response `json:"until"`
	Times int             `json:"times"`
	Every time.Duration   `json:"every"`
}

// InForce reports whether something in force from since to until is in force in
// patch. Empty bounds are open. Patch releases that are not in History count as
// later ones.
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

// Requirement returns the requirement with an id, or nil.
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
