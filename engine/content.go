package engine

import (
	"fmt"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// Content returns the bytes of the content that data names in a case, as sent
// in a run with this seed and target. target.URL may be nil. It returns an
// error if the release does not have the case, or the case does not have the
// content.
func Content(rel *release.Release, target Target, seed, caseID, name string) ([]byte, error) {
	c := rel.Case(caseID)
	if c == nil {
		return nil, fmt.Errorf("%s has no case %q", rel.Patch, caseID)
	}
	run := &caseRun{runner: &runner{rel: rel, target: target, id: runID(base(seed))}, c: c, seed: seed}
	gen := generator(c, seed, c.Data)
	gen.Env = nameEnv{run}
	v, err := match.Template("${data." + name + ".bytes}").Value(gen)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case []byte:
		return v, nil
	case *match.Long:
		return v.Bytes(), nil
	}
	return nil, fmt.Errorf("content %q has no bytes", name)
}
