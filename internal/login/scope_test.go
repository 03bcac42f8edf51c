package login

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestKind checks which requests are taken to need the same scope.
func TestKind(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"GET /v2/a/blobs/1", "GET /v2/a/blobs/2", true},
		{"GET /v2/a/blobs/1", "GET /v2/a/manifests/1", true},
		{"GET /v2/a/blobs/1", "HEAD /v2/a/blobs/1", false},
		{"GET /v2/a/blobs/1", "GET /v2/b/blobs/1", false},
		{"GET /v2/blobs/a/blobs/1", "GET /v2/blobs/a/tags/list", true},
		{"PUT /v2/a/blobs/uploads/1?digest=1", "PUT /v2/a/blobs/uploads/2?digest=2", true},
		{"POST /v2/a/blobs/uploads/", "POST /v2/a/blobs/uploads/?mount=1&from=b", false},
		{"GET /v2/", "GET /v2/_catalog", false},
	} {
		for _, under := range []string{"/", "/below/"} {
			s := newScopes(&url.URL{Path: under}, repositories)
			kind := func(line string) string {
				method, path, _ := strings.Cut(line, " ")
				return s.kind(httptest.NewRequest(method, "http://r.example"+under+path[1:], nil))
			}
			if (kind(tt.a) == kind(tt.b)) != tt.same {
				t.Errorf("below %s: %q and %q: %q and %q", under, tt.a, tt.b, kind(tt.a), kind(tt.b))
			}
		}
	}
}
