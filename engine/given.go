package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ocispec/ocispec/engine/release"
)

// maxFound bounds the values that a read-only run takes from a list.
const maxFound = 3

// repoEnv resolves the names of the repositories alone.
type repoEnv Target

// Lookup implements match.Env.
func (e repoEnv) Lookup(name string) (any, error) {
	switch name {
	case "repo":
		return e.Repo, nil
	case "other":
		return e.Other, nil
	}
	return nil, fmt.Errorf("unknown placeholder ${%s}", name)
}

// find returns the given values of a read-only run: those of the user or, for a
// kind without any, the first ones that the registry lists. A registry that
// lists none is no error: its cases are disabled.
func find(ctx context.Context, rel *release.Release, target Target, client Doer, given map[string][]string) map[string][]string {
	out := map[string][]string{}
	for _, g := range rel.Given {
		out[g.ID] = given[g.ID]
		if len(out[g.ID]) > 0 || g.From == "" {
			continue
		}
		path, err := g.From.Expand(repoEnv(target))
		if err != nil {
			continue
		}
		out[g.ID] = list(ctx, target, client, path, g.At)
	}
	return out
}

// list returns the first texts of an array in the response to GET.
func list(ctx context.Context, target Target, client Doer, path, at string) []string {
	resp, err := get(ctx, target, client, path)
	if err != nil || !successful(resp.Status) {
		return nil
	}
	v, _ := valueAt(resp, at)
	array, _ := v.([]any)
	var texts []string
	for _, x := range array[:min(len(array), maxFound)] {
		if s, ok := x.(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}

// instances returns a case once for each value that it is given and uses, or as it is.
func instances(c *release.Case, given map[string][]string) []*node {
	if c.Given == nil || len(given[c.Given.What]) == 0 {
		return []*node{{c: c}}
	}
	values, each := given[c.Given.What], mentions(c, "given")
	if !each {
		values = values[:1]
	}
	var out []*node
	for i, v := range values {
		own := *c
		if each {
			own.Title = fmt.Sprintf("%s: %s", c.Title, v)
		}
		if i > 0 {
			own.ID = fmt.Sprintf("%s-%d", c.ID, i+1)
		}
		own.Needs = nil
		out = append(out, &node{c: &own, given: v})
	}
	return out
}

// excluded returns the setting that excludes a case from the run, or "".
func (run *caseRun) excluded() string {
	switch {
	case run.c.Switch != "" && !run.opts.Settings[run.c.Switch]:
		return run.c.Switch
	case run.c.Given != nil && run.given == "" && (run.opts.ReadOnly || run.c.Given.Otherwise == ""):
		return "given." + run.c.Given.What
	case run.opts.ReadOnly && !reads(run.c):
		return "readOnly"
	case run.target.Other == "" && mentions(run.c, "other"):
		return "other"
	case run.opts.FixedRepos && run.writesBelow():
		return "newRepos"
	}
	return ""
}

// mentions reports whether a case has a placeholder of a name.
func mentions(c *release.Case, name string) bool {
	b, err := json.Marshal(c)
	return err != nil || bytes.Contains(b, []byte("${"+name+"}"))
}

// writesBelow reports whether a case writes to a repository below the first one.
func (run *caseRun) writesBelow() bool {
	return run.c.Quiet || slices.ContainsFunc(run.c.Steps, func(s *release.Step) bool { return !s.Safe() && run.guard.isBelow(s.URL) })
}

// reads reports whether a case sends only safe requests.
func reads(c *release.Case) bool {
	return !slices.ContainsFunc(slices.Concat(c.Steps, c.Cleanup), func(s *release.Step) bool { return !s.Safe() })
}
