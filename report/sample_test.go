package report

import (
	"net/http"
	"strings"
	"time"

	"github.com/ocispec/ocispec/result"
)

// hostile is text that a malicious registry might send: terminal escapes,
// markup, characters not allowed in XML, bidirectional text, a forged line and
// invalid UTF-8.
const hostile = "\x1b[31mred\x1b]0;title\x07 <script>alert(1)</script> ]]> | `x` ``` @user\n" +
	"PASSED \u202egnirts\u2069 \x00 \ufffe \u009b31m \xff\xfe &amp; \"quoted\" 'single' end"

var (
	subject = result.Clause{Section: "Pushing Manifests with Subject", URL: "https://spec.example/spec.md#pushing-manifests-with-subject"}
	pulling = result.Clause{Section: "Pulling blobs", URL: "https://spec.example/spec.md#pulling-blobs"}
	began   = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
)

// sample returns a run that uses every field and every outcome.
func sample() *result.Run {
	long := strings.Repeat("A", 10_000)
	return &result.Run{
		Version: result.Version, Partial: true, Shard: "2/3",
		Tool: result.Tool{Name: "ocispec", Version: "0.1.0"}, Spec: "v1.1.1", Seed: "0123",
		Registry: "http://user:secret@127.0.0.1:5000", Insecure: true,
		Started: began, Ended: began.Add(3200 * time.Millisecond), Outcome: result.Fail, Message: "Nothing was pulled.", Requests: 1234, Chain: 7,
		Counts: result.Counts{
			Cases:        map[result.Outcome]int{"pass": 2, "fail": 1, "warn": 1, "blocked": 1, "unsupported": 2, "disabled": 1, "inconclusive": 2, "error": 1},
			Requirements: map[result.Outcome]int{"pass": 2, "fail": 2, "warn": 1, "unsupported": 1, "blocked": 1},
			Checks:       map[result.Outcome]int{"pass": 40, "fail": 13, "warn": 2},
			Findings:     map[result.Outcome]int{"fail": 2, "warn": 1},
		},
		Findings: []result.Finding{{
			Requirement: "pull.blob.digest-header", Level: "SHOULD", Outcome: result.Warn, Clause: pulling,
			Text: "The Docker-Content-Digest header of a response with a blob is its digest.",
			Way:  "header Docker-Content-Digest missing", Message: "header Docker-Content-Digest: expected \"sha256:00\", got nothing", Count: 1, Cases: []string{"blob-get"},
			Contested: &result.Contested{Reason: "The editors changed it.", Source: "https://example.com/1"}, Later: "dev drops this requirement",
			Example: result.Example{Case: "blob-get", Step: "get"},
		}, {
			Requirement: "push.manifest.subject.oci-subject-header", Level: "MUST", Outcome: result.Fail, Clause: subject,
			Text: "A registry that processes the subject of a manifest responds to the push with an OCI-Subject header that holds the digest of the subject.",
			Way:  "header OCI-Subject missing", Message: "header OCI-Subject: expected \"sha256:abc\", got nothing", Count: 12, Blocks: 5,
			Cases: []string{"manifest-subject", "referrers/list"},
			Example: result.Example{
				Case: "manifest-subject", Step: "put", After: []string{"start the upload of config", "upload config"},
				Expected: "header OCI-Subject \"sha256:abc\"", Actual: "no header OCI-Subject",
				Request: "PUT http://127.0.0.1:5000/v2/r/manifests/t", Hops: []result.Hop{{Status: 307, Location: "http://127.0.0.1:5001/" + hostile}},
				Status: 404, Header: http.Header{"Content-Type": {"application/json"}, "X-Hostile": {hostile}},
				Error: &result.RegistryError{Code: "MANIFEST_UNKNOWN", Message: hostile},
				Curl:  "curl -X PUT -H 'Content-Type: application/json' --data-binary @manifest.json http://127.0.0.1:5000/v2/r/manifests/t",
			},
		}, {
			Requirement: "errors.body", Level: "MUST NOT", Outcome: result.Fail, Clause: result.Clause{Section: "Error codes", URL: "javascript:alert(1)"},
			Text: "An error is JSON.",
			Way:  "body wrong, status 500", Message: "status: expected 404, got 500\nbody: expected an object, got " + hostile, Count: 1, Cases: []string{"manifest-subject"},
			Example: result.Example{Case: "manifest-subject", Step: "get", Curl: "curl 'http://127.0.0.1:5000/" + hostile + "'"},
		}},
		Cases: []result.Case{
			{ID: "ping", Title: "The registry responds", Outcome: result.Pass, Elapsed: 2 * time.Millisecond, Steps: []result.Step{step("ping", "base.ping", result.Pass, "")}},
			{ID: "ping", Title: "A case with the same name", Outcome: result.Pass},
			{ID: "blob-get", Aliases: []string{"blob-read"}, Rows: []string{"Image"}, Title: "A blob is pulled", Outcome: result.Warn, Beside: []result.Beside{{Step: "get", Requirement: "base.ping", Message: "status: expected 200, got 500"}}, Elapsed: 5 * time.Millisecond, Steps: []result.Step{
				step("get", "pull.blob.digest-header", result.Warn, "header Docker-Content-Digest: expected \"sha256:00\", got nothing"),
			}},
			{ID: "manifest-subject", Rows: []string{"Artifacts with Subject"}, Title: "A manifest with a subject", Outcome: result.Fail, Elapsed: 20 * time.Millisecond, Steps: []result.Step{
				step("put", "push.manifest.subject.oci-subject-header", result.Fail, "header OCI-Subject: expected \"sha256:abc\", got nothing"),
				hostileStep(long),
				{ID: "after", Title: "A dependent step", BlockedBy: &result.Place{Case: "manifest-subject", Step: "put"}, Message: "needs put"},
			}},
			{ID: "referrers/list", Rows: []string{"Referrers"}, Title: "Referrers are listed", Outcome: result.Blocked, BlockedBy: &result.Place{Case: "manifest-subject", Step: "put"}},
			{ID: "tag-delete", Rows: []string{"Tag delete"}, Title: "A tag is deleted", Outcome: result.Unsupported, Message: "405 Method Not Allowed"},
			{ID: "tag-delete-atomic", Title: "A deleted tag no longer exists", Outcome: result.Unsupported, BlockedBy: &result.Place{Case: "tag-delete"}},
			{ID: "sparse", Rows: []string{"Sparse Manifests"}, Title: "A sparse image", Outcome: result.Disabled, Setting: "data.sparse"},
			{ID: "mount", Rows: []string{"Blob mount"}, Title: "A blob is mounted", Outcome: result.Inconclusive, Message: "429 Too Many Requests after 5 tries"},
			{ID: "mount-missing", Title: "A missing blob is not mounted", Outcome: result.Inconclusive, Message: "429 Too Many Requests after 5 tries"},
			{ID: "broken", Title: "A case with a fault", Outcome: result.Error, Steps: []result.Step{
				step("put", "push.blob.put", result.Error, "no value for ${start.header.Location}"),
			}},
		},
		Requirements: map[string]result.Requirement{
			"base.ping": {Level: "MUST", Outcome: result.Pass, Checks: 3}, "push.blob.put": {Level: "MUST", Outcome: result.Pass, Checks: 37, Category: "Push"},
			"push.manifest.subject.oci-subject-header": {Level: "MUST", Outcome: result.Fail, Checks: 12, Category: "Push"}, "errors.body": {Level: "MUST NOT", Outcome: result.Fail, Checks: 1},
			"pull.blob.digest-header": {Level: "SHOULD", Outcome: result.Warn, Checks: 2, Category: "Pull"}, "delete.tag": {Level: "MUST", Outcome: result.Unsupported, Checks: 0, Category: "Content Management"}, "pull.blob": {Level: "MUST", Outcome: result.Blocked, Checks: 2, Category: "Pull"}, "never": {Level: "MAY", Outcome: "", Checks: 0},
		},
		Rows: result.Rows{
			"apis": {"Ping": "Pass", "Blob get": "Pass", "Tag delete": "Skip", "Referrers": "FAIL", "Blob mount": "Error"},
			"data": {"Image": "Pass", "Artifacts with Subject": "FAIL", "Sparse Manifests": "Disabled"},
		},
		RowKinds:      []result.RowKind{{ID: "apis", Title: "APIs"}, {ID: "data", Title: "Data"}},
		CategoryOrder: []string{"Pull", "Push", "Content Discovery", "Content Management"},
		Categories: map[string]result.Category{
			"Content Management": {Outcome: result.Unsupported, Support: "negative"}, "Push": {Outcome: result.Fail, Support: "positive"},
			"Pull": {Outcome: result.Warn, Support: "positive"}, "Content Discovery": {Outcome: result.Blocked, Support: "none"},
		},
		Observations: map[string]string{"server": "nginx" + hostile},
	}
}

func step(id, requirement string, o result.Outcome, msg string) result.Step {
	level := "MUST"
	if o == result.Warn {
		level = "SHOULD"
	}
	row := map[string]string{"ping": "Ping", "get": "Blob get", "put": "Referrers"}[id]
	return result.Step{
		ID: id, Row: row, Start: 2 * time.Millisecond, Elapsed: time.Millisecond, Chain: 3, Checks: []result.Check{{Requirement: requirement, Level: level, Outcome: o, Message: msg, Way: "status", Pos: "specs/v1_0/x.cue:3:4"}},
		Exchanges: []result.Exchange{{
			Request:  result.Request{Method: "PUT", URL: "http://127.0.0.1:5000/v2/r/manifests/t", Header: http.Header{"Content-Type": {"application/json"}}, Body: &result.Body{Size: 2, Text: "{}"}},
			Response: &result.Response{Proto: "HTTP/1.1", Status: 201, Elapsed: 1_500_000, Header: nil, Body: &result.Body{Size: 3, Base64: []byte{0, 1, 2}, Digest: "sha256:ae"}},
			Curl:     "curl -X PUT http://127.0.0.1:5000/v2/r/manifests/t",
		}},
	}
}

func hostileStep(long string) result.Step {
	return result.Step{
		ID: "get", Row: "Blob get", Title: "A manifest is pulled",
		Checks: []result.Check{{Rule: true, Requirement: "errors.body", Level: "MUST NOT", Outcome: result.Fail, Message: "status: expected 404, got 500\nbody: expected an object, got " + hostile}},
		Exchanges: []result.Exchange{{
			Request:  result.Request{Method: "GET", URL: "http://127.0.0.1:5000/" + hostile},
			Response: &result.Response{Proto: "HTTP/1.1", Status: 500, Header: http.Header{"X-Long": {long}, "X-Hostile": {hostile, "second"}}, Body: &result.Body{Size: 9, Text: hostile, Problem: "ends early"}},
			Curl:     "curl 'http://127.0.0.1:5000/" + hostile + "'",
		}, {
			Request: result.Request{Method: "GET", URL: "http://127.0.0.1:5000/"}, Error: "connection reset: " + hostile,
		}},
	}
}
