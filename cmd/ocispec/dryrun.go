package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/settings"
	"github.com/ocispec/ocispec/result"
)

// dryRun prints the requests that a run would send, by method and endpoint. It
// sends them to the model registry, and nothing to the registry of the settings.
func (f *runFlags) dryRun(ctx context.Context, rel *release.Release, set *settings.Settings, opts engine.Options, stdout io.Writer) error {
	s := &session{close: func() {}}
	var err error
	if s.target, err = repositories(set); err != nil {
		return err
	}
	if err := checkNames(rel, s.target); err != nil {
		return err
	}
	if err := s.startModel(rel, httpclient.Options{UserAgent: userAgent()}, io.Discard); err != nil {
		return err
	}
	defer s.close()
	if opts.ReadOnly {
		if err := fill(ctx, rel, s); err != nil {
			return err
		}
		opts.Given = nil // as it is found
	}
	sent := s.client.Requests()
	cleanup, err := engine.Preflight(ctx, rel, s.target, s.client, opts)
	if err != nil {
		return &statusError{statusFault, err}
	}
	cleanup()
	before := s.client.Requests() - sent
	res, err := engine.Run(ctx, rel, s.target, s.client, opts)
	if err != nil {
		return notRun(err)
	}
	counts := endpoints(rel, s.target, res)
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, c := range counts {
		fmt.Fprintf(w, "%s\t%s\t%6d\n", c.method, c.path, c.n)
	}
	w.Flush()
	fmt.Fprintf(stdout, "%s in %s, and %d before the first case; fewer if the registry does not support something\n",
		plural(s.client.Requests()-sent-before, "request"), plural(len(res.Cases), "case"), before)
	return nil
}

// fill pushes content for a read-only run.
func fill(ctx context.Context, rel *release.Release, s *session) error {
	_, err := engine.Run(ctx, rel, s.target, s.client, engine.Options{Seed: newSeed(), Keep: true})
	return err
}

// endpointCount is the number of requests to an endpoint.
type endpointCount struct {
	method, path string
	n            int
}

// endpoints counts the requests of a run by endpoint.
func endpoints(rel *release.Release, target engine.Target, res *result.Run) []endpointCount {
	found := map[[2]string]int{}
	for _, c := range res.Cases {
		for _, s := range c.Steps {
			for _, x := range s.Exchanges {
				found[[2]string{x.Request.Method, endpoint(rel, target, x.Request.URL)}]++
			}
		}
	}
	var out []endpointCount
	for at, n := range found {
		out = append(out, endpointCount{at[0], at[1], n})
	}
	slices.SortFunc(out, func(a, b endpointCount) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method))
	})
	return out
}

// digestRE matches a digest, well-formed or not.
var digestRE = regexp.MustCompile(`^[a-z0-9+._-]+:[^/]*$`)

// endpoint returns the path of a URL with the names of what is generated in place
// of repositories, digests and references.
func endpoint(rel *release.Release, target engine.Target, text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	p := u.Path
	if re, err := regexp.Compile(rel.Repository); err == nil && rel.Repository != "" {
		if m := re.FindStringSubmatchIndex(p); m != nil {
			name := p[m[2]:m[3]]
			if name != target.Repo && name != target.Other {
				name = "<name>"
			}
			p = p[:m[2]] + name + p[m[3]:]
		}
	}
	at := strings.LastIndexByte(p, '/')
	switch last := p[at+1:]; {
	case last == "" || last == "list":
	case digestRE.MatchString(last):
		p = p[:at+1] + "<digest>"
	case strings.HasSuffix(p[:at], "/uploads"):
		p = p[:at+1] + "<session>"
	case at > 0 && p[:at] != "/v2":
		p = p[:at+1] + "<tag>"
	}
	return p
}
