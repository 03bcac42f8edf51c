// Package result defines the results of a run. Their JSON form is results.json,
// with the schema schemas/results.cue. Reports are functions of results.
package result

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Outcome is the verdict on a check, a case, a requirement or a run.
type Outcome string

// The outcomes, from best to worst.
const (
	Pass         Outcome = "pass"
	Disabled     Outcome = "disabled"     // by a setting; the case or step did not run
	Unsupported  Outcome = "unsupported"  // the registry does not support an optional feature
	Warn         Outcome = "warn"         // a SHOULD was violated
	Blocked      Outcome = "blocked"      // not checked because of an earlier failure
	Inconclusive Outcome = "inconclusive" // a network error, a rate limit, a cancelled run
	Fail         Outcome = "fail"
	Error        Outcome = "error" // an error in ocispec or the spec files
)

// rank orders the outcomes by severity.
var rank = map[Outcome]int{
	"": -1, Pass: 0, Disabled: 1, Unsupported: 2, Warn: 3, Blocked: 4, Inconclusive: 5, Fail: 6, Error: 7,
}

// Worse returns the worse of two outcomes. The empty outcome is the best.
func Worse(a, b Outcome) Outcome {
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// Version is the version of results.json that this package reads and writes. It
// grows when a field is removed or its meaning changes. A new optional field leaves
// it as it is; readers ignore fields that they do not know.
const Version = 1

// Run is the result of a run: the execution of the cases of a release against a
// registry.
type Run struct {
	// Version is that of results.json, [Version] or less; 0 in files that were
	// written before there was one.
	Version int `json:"version"`
	// Partial reports that the run did not execute all cases of the release:
	// only some were selected, or the run was read-only.
	Partial bool `json:"partial,omitempty"`
	// Shard is the shard of a run that was split, as in "2/3", or "".
	Shard    string `json:"shard,omitempty"`
	Tool     Tool   `json:"tool"`
	Spec     string `json:"spec"` // the patch release, such as "v1.1.1"
	Seed     string `json:"seed"` // runs with the same seed send the same requests
	Registry string `json:"registry"`
	// Insecure reports that certificates were not verified.
	Insecure bool      `json:"insecure,omitempty"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Outcome  Outcome   `json:"outcome"`
	// Message says why a run without a failure is inconclusive as a whole.
	Message string `json:"message,omitempty"`
	Counts  Counts `json:"counts"`
	// Requests is the number of requests sent, including redirects and retries.
	Requests int `json:"requests"`
	// Chain is the number of requests on the longest chain in which each needs the
	// response to the one before it.
	Chain        int                    `json:"chain,omitempty"`
	Findings     []Finding              `json:"findings"`
	Cases        []Case                 `json:"cases"`
	Requirements map[string]Requirement `json:"requirements"`
	Rows         Rows                   `json:"rows"`
	RowKinds     []RowKind              `json:"rowKinds,omitempty"`
	Categories   map[string]Category    `json:"categories"`
	// CategoryOrder lists the categories in the order of the release.
	CategoryOrder []string `json:"categoryOrder,omitempty"`
	// Observations are facts about the registry, by name, that are not judged.
	Observations map[string]string `json:"observations,omitempty"`
}

// Tool identifies the program that produced the results.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Counts has the numbers of cases, requirements, checks and findings by
// outcome.
type Counts struct {
	Cases        map[Outcome]int `json:"cases"`
	Requirements map[Outcome]int `json:"requirements"`
	Checks       map[Outcome]int `json:"checks"`
	Findings     map[Outcome]int `json:"findings"`
}

// Finding is a violation of a requirement in one way. It groups all checks that
// failed that way.
type Finding struct {
	Requirement string  `json:"requirement"`
	Level       string  `json:"level"`
	Text        string  `json:"text"`
	Outcome     Outcome `json:"outcome"` // fail or warn
	Clause      Clause  `json:"clause"`
	// Contested is set if the requirement is contested: the finding is a
	// warning, unless the run is strict.
	Contested *Contested `json:"contested,omitempty"`
	// Later says how a later release states the requirement, if it relaxes or
	// drops it.
	Later   string `json:"later,omitempty"`
	Message string `json:"message"` // the expected and actual values of the example
	// Way distinguishes findings of one requirement. It is stable between runs.
	Way   string   `json:"way"`
	Count int      `json:"count"` // number of failed checks
	Cases []string `json:"cases"`
	// Blocks is the number of other checks that were not made because of this
	// finding.
	Blocks  int     `json:"blocks,omitempty"`
	Example Example `json:"example"`
}

// Contested is why a requirement is contested.
type Contested struct {
	Reason string `json:"reason"`
	Source string `json:"source,omitempty"` // a URL
}

// Clause is a clause of the specification.
type Clause struct {
	Section string `json:"section"`
	URL     string `json:"url"`
}

// Example is the first occurrence of a finding, with its evidence.
type Example struct {
	Case string `json:"case"`
	Step string `json:"step"`
	// After lists, by id and in order, the earlier steps of the case with an
	// unsafe method.
	After []string `json:"after,omitempty"`
	// Expected and Actual are the expected and the actual values, one line
	// each.
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	// Request has the method and the URL of the first request, Hops the
	// redirects that were followed.
	Request string `json:"request,omitempty"`
	Hops    []Hop  `json:"hops,omitempty"`
	// Status and Header are of the final response. Header has only the fields
	// relevant for the step, and those that describe the body.
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	// Error is the error in the response body, if the release defines its
	// location.
	Error *RegistryError `json:"error,omitempty"`
	// Curl is a command line that repeats the request. It may start with a
	// command that generates the body.
	Curl string `json:"curl,omitempty"`
}

// Hop is a redirect: its status code and its Location.
type Hop struct {
	Status   int    `json:"status"`
	Location string `json:"location"`
}

// RegistryError is an error returned by the registry.
type RegistryError struct {
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
}

// Case is the result of a case.
type Case struct {
	ID string `json:"id"`
	// Aliases are the earlier ids of the case, for those who compare results.
	Aliases []string `json:"aliases,omitempty"`
	// Rows are the titles of the rows that all steps of the case count for.
	Rows    []string `json:"rows,omitempty"`
	Title   string   `json:"title"`
	Outcome Outcome  `json:"outcome"`
	// BlockedBy is the origin of the outcome of a blocked or unsupported case.
	BlockedBy *Place `json:"blockedBy,omitempty"`
	// Setting is the name of the setting that disabled the case.
	Setting string `json:"setting,omitempty"`
	Message string `json:"message,omitempty"`
	// Beside lists the checks that failed while other requests were under way, but not
	// when the case was run again alone, which is the outcome.
	Beside  []Beside      `json:"beside,omitempty"`
	Elapsed time.Duration `json:"elapsed"` // nanoseconds
	Steps   []Step        `json:"steps"`
}

// Beside is a failed check of a case that was run again.
type Beside struct {
	Step        string `json:"step"`
	Requirement string `json:"requirement"`
	Message     string `json:"message"`
}

// Place identifies a step of a case, or the case if Step is empty.
type Place struct {
	Case string `json:"case"`
	Step string `json:"step,omitempty"`
}

func (p Place) String() string {
	if p.Step == "" {
		return p.Case
	}
	return p.Case + "/" + p.Step
}

// Step is the result of a step.
type Step struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
	// Row is the title of the row that the step counts for, besides Case.Rows.
	Row       string     `json:"row,omitempty"`
	BlockedBy *Place     `json:"blockedBy,omitempty"`
	Message   string     `json:"message,omitempty"`
	Exchanges []Exchange `json:"exchanges,omitempty"`
	Checks    []Check    `json:"checks,omitempty"`
	// Start is when the step was sent, from the start of the run, and Elapsed how
	// long it took, both in nanoseconds.
	Start   time.Duration `json:"start,omitempty"`
	Elapsed time.Duration `json:"elapsed,omitempty"`
	// Chain is the number of requests on the longest chain that ends with the step,
	// in which each needs the response to the one before it.
	Chain int `json:"chain,omitempty"`
}

// Check is the verdict on a requirement for one step.
type Check struct {
	Requirement string  `json:"requirement"`
	Level       string  `json:"level"`
	Outcome     Outcome `json:"outcome"`
	Message     string  `json:"message,omitempty"`
	// Way distinguishes failures of one requirement. Failures with the same
	// requirement and way are one finding.
	Way string `json:"way,omitempty"`
	Pos string `json:"pos,omitempty"` // position of the expectation in the spec files
	// Rule reports that the check belongs to a rule for responses in general. It
	// does not count for rows.
	Rule bool `json:"rule,omitempty"`
}

// Exchange is a request and its response, without credentials.
type Exchange struct {
	Request  Request   `json:"request"`
	Response *Response `json:"response,omitempty"` // nil if no response was received
	Error    string    `json:"error,omitempty"`    // why no response was received, or why it is incomplete
	Curl     string    `json:"curl,omitempty"`
}

// Request is a request as it was sent.
type Request struct {
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Header http.Header `json:"header,omitempty"`
	Body   *Body       `json:"body,omitempty"`
}

// Response is a response as received.
type Response struct {
	Proto   string        `json:"proto"`
	Status  int           `json:"status"`
	Header  http.Header   `json:"header"`
	Body    *Body         `json:"body,omitempty"`
	Elapsed time.Duration `json:"elapsed"` // nanoseconds, to the end of the body
}

// Body is a message body, possibly truncated.
type Body struct {
	Size int64 `json:"size"` // of the body in bytes, before truncation
	// Text is the beginning of a textual body, Base64 that of any other.
	Text   string `json:"text,omitempty"`
	Base64 []byte `json:"base64,omitempty"`
	// Digest is the digest of the body if Text or Base64 is truncated.
	Digest string `json:"digest,omitempty"`
	// Problem describes an error in the framing of the body: it ends too early,
	// is malformed or exceeds the limit.
	Problem string `json:"problem,omitempty"`
}

// Requirement is the verdict on a requirement.
type Requirement struct {
	Level   string  `json:"level"`
	Outcome Outcome `json:"outcome"`
	Checks  int     `json:"checks"` // number of checks made
	// Category is the name of the category of the requirement; it may be empty.
	Category string `json:"category,omitempty"`
}

// Rows are the published results by kind and title. Values are Pass, Skip,
// Disabled, FAIL and Error.
type Rows map[string]map[string]string

// RowKind is a kind of rows, such as endpoints or content.
type RowKind struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Category is the result for a group of endpoints.
type Category struct {
	Outcome Outcome `json:"outcome"`
	// Support is "positive" if requests succeeded, "negative" if the registry
	// only returned the required errors, and "none" otherwise.
	Support string `json:"support"`
}

// Parse decodes results.json. It returns an error for a version that is newer than
// [Version].
func Parse(b []byte) (*Run, error) {
	var r Run
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, err
	}
	if r.Version > Version {
		return nil, fmt.Errorf("version %d was written by a newer ocispec; this one reads up to version %d", r.Version, Version)
	}
	return &r, nil
}
