package engine

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/release/match"
)

// guard keeps a run within its repositories, whatever URLs the cases, or the
// responses that they take them from, lead to.
type guard struct {
	of    *regexp.Regexp // whose first group is the repository of a path
	names []string       // of repositories
	below string         // and all that begin so
}

func (r *runner) newGuard() (*guard, error) {
	if r.rel.Repository == "" {
		return nil, nil
	}
	of, err := regexp.Compile(r.rel.Repository)
	if err != nil {
		return nil, fmt.Errorf("the paths of repositories: %w", err)
	}
	return &guard{of, []string{r.target.Repo, r.target.Other, r.missing()}, r.target.Repo + "/"}, nil
}

// allow refuses requests that may change what is in other repositories.
func (g *guard) allow(method string, u *url.URL) error {
	if method == http.MethodGet || method == http.MethodHead {
		return nil
	}
	m := g.of.FindStringSubmatch(path.Clean(u.Path))
	if m == nil || strings.HasPrefix(m[1], g.below) || slices.Contains(g.names, m[1]) {
		return nil
	}
	return fmt.Errorf("%s would change the repository %s, which is not one of those that were named", method, match.Show(m[1]))
}
