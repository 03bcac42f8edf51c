package login

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"cuelabs.dev/go/oci/ociregistry/ociauth"
)

// scopes remembers the scope that the registry asked for, by kind of request, so
// that the next request of that kind is sent with the right token at once.
type scopes struct {
	under      string         // path of the registry, without a slash at its end
	repository *regexp.Regexp // see Credentials
	mu         sync.Mutex
	of         map[string]ociauth.Scope
	narrow     bool // a token has the scope of its request alone
	tried      bool // whether narrow helps
}

// narrowed makes tokens narrow, if that has not been tried.
func (s *scopes) narrowed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tried {
		return false
	}
	s.tried, s.narrow = true, true
	return true
}

// widen makes tokens wide again: narrow ones were rejected too.
func (s *scopes) widen() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.narrow = false
}

func newScopes(target *url.URL, repository *regexp.Regexp) *scopes {
	return &scopes{under: strings.TrimSuffix(target.Path, "/"), repository: repository, of: map[string]ociauth.Scope{}}
}

// kind identifies requests that need the same scope: those with the same method,
// repository and names of query parameters.
func (s *scopes) kind(r *http.Request) string {
	what := strings.TrimPrefix(r.URL.Path, s.under)
	if s.repository != nil {
		if m := s.repository.FindStringSubmatch(what); m != nil {
			what = m[1]
		}
	}
	return r.Method + " " + what + " " + strings.Join(slices.Sorted(maps.Keys(r.URL.Query())), " ")
}

// get returns the scope of a request: the one of its kind, if that is known, or all
// scopes so far. all are the scopes that a new token should have too.
func (s *scopes) get(r *http.Request) (required, all ociauth.Scope, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.of {
		all = all.Union(x)
	}
	x, ok := s.of[s.kind(r)]
	switch {
	case s.narrow:
		return x, x, ok
	case ok:
		return x, all, true
	}
	return all, all, false
}

// forget forgets the scope of a request: there is no token for it.
func (s *scopes) forget(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of, s.kind(r))
}

// learn remembers the scope of a challenge (RFC 6750, section 3).
func (s *scopes) learn(r *http.Request, scope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[s.kind(r)] = ociauth.ParseScope(scope)
}
