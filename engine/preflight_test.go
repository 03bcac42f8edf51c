package engine

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// TestPreflight checks which requests are sent before a run, and what their
// responses lead to.
func TestPreflight(t *testing.T) {
	forbidden := &match.Response{}
	is(403)(forbidden)
	denied := []release.Problem{{What: "is forbidden", When: forbidden, Set: "set a password"}}
	rel := releaseOf(testCase("a", step("POST /v2/${repo}/blobs/"), step("GET /v2/")))
	rel.Repository, rel.Error = repositories, &release.ErrorAt{Code: "/code", Message: "/message"}
	rel.Preflight = []release.Preflight{
		{ID: "read", Title: "reading ${repo}", Method: "GET", URL: "/v2/${repo}/tags/list", ReadOnly: true, Problems: denied},
		{ID: "push", Title: "pushing to ${repo}", Method: "POST", URL: "/v2/${repo}/blobs/", Switch: "push", Cancel: "Location", Problems: denied},
		{ID: "other", Title: "pushing to ${other}", Method: "POST", URL: "/v2/${other}/blobs/", Problems: denied},
		{ID: "below", Title: "pushing below ${repo}", Method: "POST", URL: "/v2/${repo}/x/blobs/", Problems: denied},
		{ID: "delete", Title: "deleting in ${repo}", Method: "DELETE", URL: "/v2/${repo}/blobs/1", Problems: denied},
	}
	const repo, other, below = "POST /v2/team/repo/blobs/", "POST /v2/team/other/blobs/", "POST /v2/team/repo/x/blobs/"
	for _, tt := range []struct {
		name    string
		replies map[string]any
		opts    Options
		sent    []string
		err     string
	}{
		{name: "all", sent: []string{repo, other, below}},
		{name: "read-only", opts: Options{ReadOnly: true}, sent: []string{"GET /v2/team/repo/tags/list"}},
		{name: "switched off", opts: Options{Settings: map[string]bool{"push": false}}, sent: []string{other, below}},
		{name: "fixed", opts: Options{FixedRepos: true}, sent: []string{repo, other}},
		{name: "cancelled", replies: map[string]any{repo: "202\nLocation: /session", "DELETE /session": 204},
			sent: []string{repo, other, below, "DELETE /session"}},
		{name: "kept", opts: Options{Keep: true}, replies: map[string]any{repo: "202\nLocation: /session"}, sent: []string{repo, other, below}},
		{name: "elsewhere", replies: map[string]any{repo: "202\nLocation: /v2/victim/blobs/1"}, sent: []string{repo, other, below}},
		{name: "no case", opts: Options{Select: func(string) bool { return false }}},
		{name: "method not allowed", replies: map[string]any{repo: 405, other: 405, below: 405}, sent: []string{repo, other, below}},
		{name: "forbidden", replies: map[string]any{repo: 403}, sent: []string{repo},
			err: "pushing to team/repo is forbidden: POST /v2/team/repo/blobs/ returned 403 Forbidden; set a password"},
		{name: "with an error", replies: map[string]any{other: "403\n\n{\"code\": \"DENIED\", \"message\": \"no\"}"}, sent: []string{repo, other},
			err: "pushing to team/other is forbidden: POST /v2/team/other/blobs/ returned 403 Forbidden (DENIED: no); set a password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.replies)
			cleanup, err := Preflight(context.Background(), rel, target(s), client(t), tt.opts)
			cleanup()
			if got := strings.Join(s.lines(), ", "); got != strings.Join(tt.sent, ", ") {
				t.Errorf("sent %s, want %s", got, strings.Join(tt.sent, ", "))
			}
			if got := errorText(err); got != tt.err {
				t.Errorf("error %q, want %q", got, tt.err)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestPreflightData resolves the preflights of every built-in release.
func TestPreflightData(t *testing.T) {
	for _, version := range []string{"v1.0", "v1.1", "dev"} {
		rel, err := release.Open(version)
		if err != nil {
			t.Fatal(err)
		}
		if len(rel.Preflight) == 0 {
			t.Errorf("%s has no preflight", version)
		}
		for _, p := range rel.Preflight {
			for _, text := range []match.Template{p.Title, p.URL} {
				if _, err := text.Expand(repoEnv{Repo: "a", Other: "b"}); err != nil {
					t.Errorf("%s: %s: %v", version, p.ID, err)
				}
			}
		}
	}
}

// TestPreflightInterrupted interrupts a run whose preflight has started something, which
// is deleted all the same, or given up after the time for the cleanup.
func TestPreflightInterrupted(t *testing.T) {
	rel := releaseOf(testCase("a", step("POST /v2/${repo}/blobs/")))
	rel.Repository = repositories
	rel.Preflight = []release.Preflight{{ID: "push", Title: "pushing", Method: "POST", URL: "/v2/${repo}/blobs/", Cancel: "Location"}}
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, answer := range map[string]any{"answers": 204, "hangs": hang} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]any{"POST /v2/team/repo/blobs/": "202\nLocation: /session", "DELETE /session": answer})
			ctx, cancel := context.WithCancel(t.Context())
			cleanup, err := Preflight(ctx, rel, target(s), client(t), Options{CleanupTime: 200 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			start := time.Now()
			cleanup()
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("the cleanup took %v", took)
			}
			if !slices.Contains(s.lines(), "DELETE /session") {
				t.Errorf("sent %q", s.lines())
			}
		})
	}
}
