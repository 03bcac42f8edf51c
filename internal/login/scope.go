package login

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"cuelabs.dev/go/oci/ociregistry/ociauth"
)

// scopes remembers the scope that the registry asked for, by kind of request, so
// that the next request of that kind is sent with the right token at once.
type scopes struct {
	mu sync.Mutex
	of map[string]ociauth.Scope
}

// kind identifies requests that need the same scope: those with the same method,
// directories and query parameters. The last segments of a path name content.
func kind(r *http.Request) string {
	dir := r.URL.Path
	for _, mark := range []string{"/blobs/", "/manifests/", "/referrers/", "/tags/"} {
		if i := strings.LastIndex(dir, mark); i >= 0 {
			dir = dir[:i]
			break
		}
	}
	return r.Method + " " + dir + " " + strings.Join(slices.Sorted(maps.Keys(r.URL.Query())), " ")
}

// get returns the scope of a request: the one of its kind or, for a new kind,
// all scopes so far. all are the scopes that a new token should have too.
func (s *scopes) get(r *http.Request) (required, all ociauth.Scope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.of {
		all = all.Union(x)
	}
	if x, ok := s.of[kind(r)]; ok {
		return x, all
	}
	return all, all
}

// learn remembers the scope of a challenge (RFC 6750, section 3).
func (s *scopes) learn(r *http.Request, scope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[kind(r)] = ociauth.ParseScope(scope)
}
