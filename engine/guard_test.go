package engine

import (
	"net/url"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/result"
)

const repositories = "^/v2/(.+)/(?:blobs|tags)(?:/|$)"

// TestGuard checks which requests a guard allows.
func TestGuard(t *testing.T) {
	r := &runner{target: Target{
		URL:  &url.URL{Scheme: "http", Host: "127.0.0.1:5000", Path: "/below/"},
		Repo: "team/repo", Other: "team/other", Hosts: []string{"uploads.example.com:8443"},
	}, id: "1"}
	r.rel = releaseOf()
	r.rel.Repository = repositories
	g, err := newGuard(r.rel, r.target, Options{}, r.missing())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		request string
		ok      bool
	}{
		{"PUT /v2/team/repo/blobs/1", true},
		{"PUT /v2/team/repo/Upper/blobs/1", true},
		{"POST /v2/team/other/blobs/uploads/", true},
		{"DELETE /v2/team/repo-1-missing/blobs/1", true},
		{"DELETE /uploads?session=victim", true},
		{"PUT /below/v2/team/repo/blobs/1", true},
		{"PUT /below/v2/victim/blobs/1", false},
		{"PUT /below/../below/v2/victim/blobs/1", false},
		{"GET /v2/victim/blobs/1", true},
		{"HEAD /v2/victim/blobs/1", true},
		{"DELETE /v2/victim/blobs/1", false},
		{"DELETE /v2/victim/blobs", false},
		{"PUT /v2/team/repository/blobs/1", false},
		{"PUT /v2/team/repo-2-missing/blobs/1", false},
		{"PATCH /v2/team/repo/../victim/blobs/1", false},
		{"PATCH /v2/team/repo/%2e%2e/victim/blobs/1", false},
		{"PATCH /v2/team/repo/blobs/../../victim/blobs/1", false},
		{"PUT //v2//victim/blobs/1", false},
		{"PUT /v2/team%2Frepo%2F..%2F..%2Fvictim/blobs/1", false},
		{"GET https://elsewhere.example.com/v2/team/repo/blobs/1", true},
		{"PUT https://elsewhere.example.com/v2/team/repo/blobs/1", false},
		{"PATCH http://127.0.0.1:5001/v2/team/repo/blobs/1", false},
		{"DELETE http://127.0.0.1/v2/team/repo/blobs/1", false},
		{"PUT https://uploads.example.com:8443/session", true},
		{"PUT https://uploads.example.com:8443/v2/victim/blobs/1", false},
		{"PUT https://uploads.example.com/session", false},
	} {
		method, path, _ := strings.Cut(tt.request, " ")
		if strings.HasPrefix(path, "/") {
			path = "http://127.0.0.1:5000" + path
		}
		u, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.allow(method, u); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.request, err)
		}
	}
}

// TestHosts checks which hosts and schemes a guard allows writes to.
func TestHosts(t *testing.T) {
	for _, tt := range []struct {
		target, to string
		ok         bool
	}{
		{"https://R.example/", "https://r.example/up", true},
		{"https://r.example/", "https://r.example:443/up", true},
		{"https://r.example:443/", "https://r.example/up", true},
		{"https://r.example/", "http://r.example/up", false},
		{"https://r.example/", "http://r.example:443/up", false},
		{"https://r.example/", "https://r.example:80/up", false},
		{"https://r.example/", "https://r.example:8443/up", false},
		{"http://r.example/", "http://r.example:80/up", true},
		{"http://[::1]:5000/", "http://[::1]:5000/up", true},
		{"http://[::1]/", "http://[::1]:80/up", true},
		{"https://r.example/", "https://Uploads.example/up", true},
		{"https://r.example/", "https://uploads.example:443/up", true},
		{"https://r.example/", "http://uploads.example/up", false},
		{"https://r.example/", "https://uploads.example:8443/up", false},
	} {
		target, err := url.Parse(tt.target)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(tt.to)
		if err != nil {
			t.Fatal(err)
		}
		g, err := newGuard(releaseOf(), Target{URL: target, Hosts: []string{"uploads.EXAMPLE"}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := g.allow("PUT", u); (err == nil) != tt.ok {
			t.Errorf("%s, PUT %s: %v", tt.target, tt.to, err)
		}
	}
}

// TestOutside checks that a URL from a response that leads to another
// repository is not requested, and that the outcome is inconclusive.
func TestOutside(t *testing.T) {
	for name, replies := range map[string]map[string]any{
		"location": {"POST /v2/team/repo/blobs/": "202\nLocation: /v2/victim/blobs/1"},
		"redirect": {"POST /v2/team/repo/blobs/": "202\nLocation: /up", "DELETE /up": "307\nLocation: /v2/victim/blobs/1"},
	} {
		s := serve(t, replies)
		rel := releaseOf(testCase("a",
			step("POST /v2/${repo}/blobs/", id("start"), expect("must.start", is(202))),
			step("DELETE ${start.header.Location}", expect("must.delete", is(202)))))
		rel.Repository = repositories
		out := run(t, rel, s, Options{})
		if sent := strings.Join(s.lines(), ", "); strings.Contains(sent, "victim") {
			t.Errorf("%s: sent %s", name, sent)
		}
		st := out.Cases[0].Steps[1]
		if st.Checks[0].Outcome != result.Inconclusive || !strings.Contains(st.Message, `DELETE would modify repository "victim"`) {
			t.Errorf("%s: %s: %s", name, st.Checks[0].Outcome, st.Message)
		}
	}
}
