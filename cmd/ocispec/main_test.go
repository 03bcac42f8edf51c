package main

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/result"
)

// TestVetNothing is vet of a tree in which nothing is wrong: the schemas and
// one release.
func TestVetNothing(t *testing.T) {
	source := fstest.MapFS{
		"specs/t0/suite.cue": {Data: []byte(`package t0

import s "github.com/ocispec/ocispec/schemas"

suite: s.#Suite & {
	version: "t0"
	title:   "Test release 0"
	patches: ["t0"]
	probe: "/v2/"
	requirements: "ping": {
		text:  "The root responds."
		level: "MUST"
		clause: {section: "root", line: 1}
	}
	cases: "ping": s.#Case & {
		title: "The root responds"
		steps: [{GET: "/v2/", expect: "ping": status: 200}]
	}
}
`)},
	}
	for _, dir := range []string{"cue.mod", "schemas"} {
		err := fs.WalkDir(ocispec.Source, dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(ocispec.Source, p)
			source[p] = &fstest.MapFile{Data: b}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := vetTree(&out, spectree.Builtin(source), ""); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if want := "1 release, 1 requirement, 1 case: nothing wrong\n"; out.String() != want {
		t.Errorf("%q, not %q", out.String(), want)
	}
}

func TestRegistryURL(t *testing.T) {
	for in, want := range map[string]string{
		"registry.example":         "https://registry.example/",
		"registry.example:5000":    "https://registry.example:5000/",
		"localhost:5000":           "http://localhost:5000/",
		"127.0.0.1":                "http://127.0.0.1/",
		"[::1]:5000":               "http://[::1]:5000/",
		"[::1]":                    "http://[::1]/",
		"[2001:db8::1]:5000":       "https://[2001:db8::1]:5000/",
		"localhost:5000/some/path": "http://localhost:5000/some/path/",
		"registry.example/a/b/":    "https://registry.example/a/b/",
		"https://h.example/a%2Fb":  "https://h.example/a%2Fb/",
		"http://h.example//a/../b": "http://h.example/b/",
		"http://registry.example/": "http://registry.example/",
		"https://127.0.0.1:5000":   "https://127.0.0.1:5000/",
	} {
		if u, err := registryURL(in, ""); err != nil || u.String() != want {
			t.Errorf("%s is %v, %v; want %s", in, u, err, want)
		}
	}
}

func TestOutcomeStatus(t *testing.T) {
	for outcome, want := range map[result.Outcome]int{
		result.Pass: statusOK, result.Warn: statusOK, result.Disabled: statusOK, result.Unsupported: statusOK,
		result.Fail: statusFailed, result.Error: statusFault, result.Inconclusive: statusInconclusive,
	} {
		got := statusOK
		if se := (*statusError)(nil); errors.As(outcomeStatus(&result.Run{Outcome: outcome}), &se) {
			got = se.status
		}
		if got != want {
			t.Errorf("%s leads to %d, not %d", outcome, got, want)
		}
	}
	// A fault of the spec files is not to be overlooked for a failure.
	res := &result.Run{Outcome: result.Fail, Counts: result.Counts{Checks: map[result.Outcome]int{result.Error: 1}}}
	if se := (*statusError)(nil); !errors.As(outcomeStatus(res), &se) || se.status != statusFault {
		t.Errorf("a fault leads to %v", se)
	}
}
