package engine

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/httpsyntax"
	"github.com/ocispec/ocispec/release/match"
)

// guard rejects requests that would modify repositories other than those of the
// target, whatever URLs the cases or the responses of the registry contain.
type guard struct {
	of    *regexp.Regexp // its first group matches the repository name in a path
	names []string       // allowed repositories
	below string         // prefix of further allowed repositories
}

func (r *runner) newGuard() (*guard, error) {
	if r.rel.Repository == "" {
		return nil, nil
	}
	of, err := regexp.Compile(r.rel.Repository)
	if err != nil {
		return nil, fmt.Errorf("repository path pattern: %w", err)
	}
	return &guard{of, []string{r.target.Repo, r.target.Other, r.missing()}, r.target.Repo + "/"}, nil
}

// allow returns an error for a request that may modify another repository.
func (g *guard) allow(method string, u *url.URL) error {
	if httpsyntax.Safe(method) {
		return nil
	}
	m := g.of.FindStringSubmatch(path.Clean(u.Path))
	if m == nil || strings.HasPrefix(m[1], g.below) || slices.Contains(g.names, m[1]) {
		return nil
	}
	return fmt.Errorf("%s would modify repository %s, which is not a repository of this run", method, match.Show(m[1]))
}
