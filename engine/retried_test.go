package engine

import (
	"testing"

	"github.com/ocispec/ocispec/engine/release"
)

// TestRetried has rules about responses after which the request is sent again.
func TestRetried(t *testing.T) {
	rule := func(id string, retried bool) *release.Rule {
		s := step("GET /", expect("must."+id, field("Retry-After", eq("0"))))
		return &release.Rule{ID: id, When: resp(is(429)), Retried: retried, Checks: s.Checks}
	}
	for _, tt := range []struct {
		name    string
		replies []any
		want    int // findings
	}{
		{"none", []any{200}, 0},
		{"as it should be", []any{"429\nRetry-After: 0\n\n", 200}, 0},
		{"once", []any{429, 200}, 1},
		{"always", []any{429}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rel := releaseOf(testCase("a", step("GET /x", expect("must.x", is(200)))))
			rel.Rules = []*release.Rule{rule("yes", true), rule("no", false)}
			for _, id := range []string{"must.yes", "must.no"} {
				rel.Requirements = append(rel.Requirements, &release.Requirement{ID: id, Level: release.Must})
			}
			out := run(t, rel, serve(t, map[string]any{"GET /x": tt.replies}), Options{})
			if len(out.Findings) != tt.want || tt.want == 1 && out.Findings[0].Requirement != "must.yes" {
				t.Errorf("findings %+v", out.Findings)
			}
		})
	}
}
