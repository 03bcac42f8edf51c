// Package result holds what a run found. Its JSON form is results.json, whose
// schema is schemas/results.cue; reports are functions of it.
package result

import (
	"encoding/json"
	"net/http"
	"time"
)

// Outcome is the verdict on a check, a case, a requirement or a run.
type Outcome string

// The outcomes, from best to worst.
const (
	Pass         Outcome = "pass"
	Disabled     Outcome = "disabled"     // by configuration; of a case only
	Unsupported  Outcome = "unsupported"  // the registry said, as it may, that it does not offer this
	Warn         Outcome = "warn"         // a SHOULD was not met
	Blocked      Outcome = "blocked"      // by an earlier failure, of which it is a consequence
	Inconclusive Outcome = "inconclusive" // network trouble, too many requests
	Fail         Outcome = "fail"
	Error        Outcome = "error" // ocispec's own fault, or the spec files'
)

// rank orders the outcomes.
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

// Run is the result of running the cases of a release against a registry.
type Run struct {
	Tool     Tool      `json:"tool"`
	Spec     string    `json:"spec"` // the patch release, as in "v1.1.1"
	Seed     string    `json:"seed"` // the same seed sends the same requests
	Registry string    `json:"registry"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Outcome  Outcome   `json:"outcome"`
	// Message says why a run without a failure is inconclusive as a whole.
	Message string `json:"message,omitempty"`
	Counts  Counts `json:"counts"`
	// Requests is how many were sent, redirects and retries included.
	Requests     int                    `json:"requests"`
	Findings     []Finding              `json:"findings"`
	Cases        []Case                 `json:"cases"`
	Requirements map[string]Requirement `json:"requirements"`
	Rows         Rows                   `json:"rows"`
	RowKinds     []RowKind              `json:"rowKinds,omitempty"`
	Categories   map[string]Category    `json:"categories"`
	// CategoryOrder lists the categories in the order of the release.
	CategoryOrder []string `json:"categoryOrder,omitempty"`
	// Observations are facts about the registry that are not judged.
	Observations map[string]string `json:"observations,omitempty"`
}

// Tool says what made the results.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Counts has numbers by outcome, and the number of findings by outcome.
type Counts struct {
	Cases        map[Outcome]int `json:"cases"`
	Requirements map[Outcome]int `json:"requirements"`
	Checks       map[Outcome]int `json:"checks"`
	Findings     map[Outcome]int `json:"findings"`
}

// Finding is one requirement failing in one way.
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
	Message string `json:"message"` // what was expected and what came, of the example
	// Way tells findings of one requirement apart, and stays the same from run
	// to run.
	Way   string   `json:"way"`
	Count int      `json:"count"` // of checks that failed so
	Cases []string `json:"cases"`
	// Blocks is how many other checks could not be made because of it.
	Blocks  int     `json:"blocks,omitempty"`
	Example Example `json:"example"`
}

// Contested says why a requirement is contested.
type Contested struct {
	Reason string `json:"reason"`
	Source string `json:"source,omitempty"` // a URL
}

// Clause is a place in the specification.
type Clause struct {
	Section string `json:"section"`
	URL     string `json:"url"`
}

// Example is where a finding occurred first, and what the registry did there.
type Example struct {
	Case string `json:"case"`
	Step string `json:"step"`
	// After lists the steps of the case that changed the registry before, in
	// order, by id.
	After []string `json:"after,omitempty"`
	// Expected and Actual are what the check is about, in one line each.
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	// Request is the method and the URL, Hops the redirects that were followed.
	Request string `json:"request,omitempty"`
	Hops    []Hop  `json:"hops,omitempty"`
	// Status and Header are of the final response: the header fields that the
	// step is about, and those that frame the response.
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	// Error is the error that the body has, where the release says at which
	// places a body has one.
	Error *RegistryError `json:"error,omitempty"`
	// Curl is a command line that sends the request again. It can begin with a
	// command that generates the body.
	Curl string `json:"curl,omitempty"`
}

// Hop is a redirect: its status code and where it leads.
type Hop struct {
	Status   int    `json:"status"`
	Location string `json:"location"`
}

// RegistryError is an error in the registry's own words.
type RegistryError struct {
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
}

// Case is the result of a case.
type Case struct {
	ID string `json:"id"`
	// Aliases are the earlier ids of the case, for those who compare results.
	Aliases []string `json:"aliases,omitempty"`
	Title   string   `json:"title"`
	Outcome Outcome  `json:"outcome"`
	// BlockedBy says what keeps a blocked or unsupported case from running.
	BlockedBy *Place `json:"blockedBy,omitempty"`
	// Setting is the name of the setting that disabled the case.
	Setting string        `json:"setting,omitempty"`
	Message string        `json:"message,omitempty"`
	Elapsed time.Duration `json:"elapsed"` // nanoseconds
	Steps   []Step        `json:"steps"`
}

// Place is a step of a case; Step is empty for the case as a whole.
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
	ID        string     `json:"id"`
	Title     string     `json:"title,omitempty"`
	BlockedBy *Place     `json:"blockedBy,omitempty"`
	Message   string     `json:"message,omitempty"`
	Exchanges []Exchange `json:"exchanges,omitempty"`
	Checks    []Check    `json:"checks,omitempty"`
}

// Check is the verdict on what one requirement expects of a step.
type Check struct {
	Requirement string  `json:"requirement"`
	Level       string  `json:"level"`
	Outcome     Outcome `json:"outcome"`
	Message     string  `json:"message,omitempty"`
	// Way tells failures of one requirement apart: two with the same
	// requirement and way are one finding.
	Way string `json:"way,omitempty"`
	Pos string `json:"pos,omitempty"` // of the expectation in the spec files
}

// Exchange is a request and its response. Credentials have been removed.
type Exchange struct {
	Request  Request   `json:"request"`
	Response *Response `json:"response,omitempty"` // nil if none came
	Error    string    `json:"error,omitempty"`    // why none came
	Curl     string    `json:"curl,omitempty"`
}

// Request is a request as it was sent.
type Request struct {
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Header http.Header `json:"header,omitempty"`
	Body   *Body       `json:"body,omitempty"`
}

// Response is a response as it came.
type Response struct {
	Proto   string        `json:"proto"`
	Status  int           `json:"status"`
	Header  http.Header   `json:"header"`
	Body    *Body         `json:"body,omitempty"`
	Elapsed time.Duration `json:"elapsed"` // nanoseconds, to the end of the body
}

// Body is a body or the beginning of one.
type Body struct {
	Size int64 `json:"size"` // in bytes, of the whole
	// Text is the beginning of a body that is text, Base64 of any other.
	Text   string `json:"text,omitempty"`
	Base64 []byte `json:"base64,omitempty"`
	// Digest is of all bytes, where Text or Base64 is cut.
	Digest string `json:"digest,omitempty"`
	// Problem says what is wrong with the framing of the message: a body that
	// ends too early, or is over the limit.
	Problem string `json:"problem,omitempty"`
}

// Requirement is the verdict on a requirement.
type Requirement struct {
	Level   string  `json:"level"`
	Outcome Outcome `json:"outcome"`
	Checks  int     `json:"checks"` // that were made of it
}

// Rows are lines of published results, by kind and by title: one of Pass, Skip,
// Disabled, FAIL and Error.
type Rows map[string]map[string]string

// RowKind is a kind of rows, in the order of the release.
type RowKind struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Category says how far a registry supports a group of endpoints.
type Category struct {
	Outcome Outcome `json:"outcome"`
	// Support is positive if work got done, negative if the registry only
	// refused correctly, and none.
	Support string `json:"support"`
}

// Parse reads results.json.
func Parse(b []byte) (*Run, error) {
	var r Run
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, err
	}
	return &r, nil
}
