package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/registry"
)

// Run the built-in release v1.1 against a registry, here the model registry.
func ExampleRun() {
	reg, _ := registry.New(registry.Options{})
	srv := httptest.NewServer(reg)
	defer srv.Close()

	rel, _ := release.Open("v1.1")
	root, _ := url.Parse(srv.URL)
	target := engine.Target{URL: root, Repo: "team/conformance", Other: "team/other"}
	res, err := engine.Run(context.Background(), rel, target, nil, engine.Options{Parallel: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Spec, res.Outcome, len(res.Findings), "findings")
	// Output: v1.1.1 pass 0 findings
}

func ExampleRun_ownRelease() {
	// The server under test does not send a Location header.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
	}))
	defer server.Close()

	// A release with one case, as compiled from CUE by package compile.
	rel := &release.Release{
		Version: "v1", Patch: "v1.0",
		Requirements: []*release.Requirement{
			{ID: "push.status", Level: release.Must, Text: "The registry MUST return 201 for a push."},
			{ID: "push.location", Level: release.Should, Text: "The response SHOULD have a Location header."},
		},
		Cases: []*release.Case{{
			Summary: release.Summary{ID: "push", Title: "Content is pushed and pulled"},
			Steps: []*release.Step{{
				ID: "put", Method: "PUT", URL: "/${repo}/thing",
				Checks: []*release.Check{
					{Requirement: "push.status", Response: &match.Response{
						Status: &match.Matcher{Op: match.Equal, Value: []byte("201")},
					}},
					{Requirement: "push.location", Response: &match.Response{
						Header: []match.HeaderRule{{Name: "Location", Value: &match.Matcher{Op: match.Regexp, Text: "^/"}}},
					}},
				},
			}},
		}},
	}

	root, _ := url.Parse(server.URL)
	target := engine.Target{URL: root, Repo: "team/conformance", Other: "team/other"}
	res, err := engine.Run(context.Background(), rel, target, nil, engine.Options{Seed: "1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Cases[0].ID, res.Cases[0].Outcome)
	for _, f := range res.Findings {
		fmt.Println(f.Outcome, f.Requirement, "-", f.Message)
	}
	// Output:
	// push warn
	// warn push.location - header Location: expected =~"^/", got nothing
}
