package engine

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// guard rejects requests that would modify anything but the repositories of the
// target, whatever URLs the cases or the responses of the registry contain.
type guard struct {
	hosts []string       // that such requests may go to, in lower case
	tls   bool           // the target has https
	under string         // path of the target, without a slash at its end
	of    *regexp.Regexp // its first group matches the repository name in a path; or nil
	names []string       // allowed repositories
	below string         // prefix of further allowed repositories; "" for none
}

// newGuard returns a guard for the repositories of a target and those named.
func newGuard(rel *release.Release, target Target, opts Options, names ...string) (*guard, error) {
	g := &guard{
		hosts: authorities(target.URL),
		tls:   target.URL.Scheme == "https",
		under: strings.TrimSuffix(target.URL.Path, "/"),
		names: append(names, target.Repo, target.Other),
	}
	for _, host := range target.Hosts {
		g.hosts = append(g.hosts, strings.ToLower(host))
	}
	if !opts.FixedRepos {
		g.below = target.Repo + "/"
	}
	if rel.Repository == "" {
		return g, nil
	}
	var err error
	if g.of, err = regexp.Compile(rel.Repository); err != nil {
		return nil, fmt.Errorf("repository path pattern: %w", err)
	}
	return g, nil
}

// authorities returns the host of a URL in lower case, and with and without the port if
// that is the default of its scheme.
func authorities(u *url.URL) []string {
	host := strings.ToLower(u.Host)
	port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	switch {
	case u.Port() == "":
		return []string{host, host + port}
	case strings.HasSuffix(host, port):
		return []string{host, strings.TrimSuffix(host, port)}
	}
	return []string{host}
}

// allow returns an error for a request that may modify another repository, or
// something on another host.
func (g *guard) allow(method string, u *url.URL) error {
	if httpsyntax.Safe(method) {
		return nil
	}
	if g.tls && u.Scheme != "https" {
		return fmt.Errorf("%s would write over %s, but the registry under test has https", method, u.Scheme)
	}
	if !slices.ContainsFunc(authorities(u), func(host string) bool { return slices.Contains(g.hosts, host) }) {
		return fmt.Errorf("%s would write to %s, which is not the registry under test (--allow-host %s allows it)", method, match.Show(u.Host), u.Host)
	}
	if g.of == nil {
		return nil
	}
	p := path.Clean(u.Path)
	m := g.of.FindStringSubmatch(strings.TrimPrefix(p, g.under))
	if m == nil {
		m = g.of.FindStringSubmatch(p)
	}
	if m == nil || g.below != "" && strings.HasPrefix(m[1], g.below) || slices.Contains(g.names, m[1]) {
		return nil
	}
	return fmt.Errorf("%s would modify repository %s, which is not a repository of this run", method, match.Show(m[1]))
}

// isBelow reports whether a path of the release is that of a repository below the
// first one of the target.
func (g *guard) isBelow(path match.Template) bool {
	if g.of == nil {
		return false
	}
	m := g.of.FindStringSubmatch(string(path))
	return m != nil && strings.HasPrefix(m[1], "${repo}/")
}
