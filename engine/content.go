package engine

import (
	"fmt"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
)

// Content returns the bytes of a case's content, by its name in data: those that
// a run with that seed and target sends. The URL of the target can be nil. It is
// an error if the release has no such case, or the case no such content.
func Content(rel *release.Release, target Target, seed, caseID, name string) ([]byte, error) {
	c := rel.Case(caseID)
	if c == nil {
		return nil, fmt.Errorf("%s has no case %q", rel.Patch, caseID)
	}
	run := &caseRun{runner: &runner{rel: rel, target: target, id: runID(seed)}, c: c}
	gen := datagen.New(seed, c.ID, c.Data)
	gen.Env = nameEnv{run}
	v, err := match.Template("${data." + name + ".bytes}").Value(gen)
	if err != nil {
		return nil, err
	}
	b, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("content %q has no bytes", name)
	}
	return b, nil
}
