package selftest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/internal/faultproxy"
	"github.com/ocispec/ocispec/internal/testscope"
	"github.com/ocispec/ocispec/result"
)

// TestAgain runs each variant several times against one registry, with the same seed
// and at several degrees of concurrency. The verdicts must agree.
func TestAgain(t *testing.T) {
	full := testscope.Full(t, "every 12th variant of v1.1")
	specs := []string{"v1.1"}
	if full {
		specs = []string{"v1.0", "v1.1", "dev"}
	}
	for _, spec := range specs {
		rel, all := load(t, spec)
		te := &tester{rel: rel, heavy: heavy(rel)}
		variants := all.Variants
		if !full {
			variants = testscope.Every(12, variants)
		}
		for _, v := range variants {
			if !te.applies(&v.Deviation) {
				continue
			}
			t.Run(spec+"/"+v.ID, func(t *testing.T) {
				t.Parallel()
				again(t, te, v)
			})
		}
	}
}

func again(t *testing.T, te *tester, v *faultproxy.Variant) {
	r, err := te.serve(&v.Deviation)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	light := func(id string) bool { return !te.heavy[id] }
	first := ""
	for i, parallel := range []int{4, 1, 4, 16} {
		seed := fmt.Sprintf("again/%d", i) // the content is the same
		out, err := r.run(context.Background(), engine.Options{Seed: seed, Parallel: parallel, Select: light})
		if err != nil {
			t.Fatal(err)
		}
		got := verdicts(out)
		if i == 0 {
			first = got
		}
		if got != first {
			t.Errorf("run %d, at most %d requests at once:\n%s\nthe first run:\n%s", i+1, parallel, got, first)
		}
	}
}

// verdicts returns the findings and the outcomes of the cases, one in each line.
func verdicts(out *result.Run) string {
	var lines []string
	for _, f := range out.Findings {
		lines = append(lines, fmt.Sprintf("%s %s (%s) ×%d", f.Outcome, f.Requirement, f.Way, f.Count))
	}
	for _, c := range out.Cases {
		lines = append(lines, fmt.Sprintf("%s: %s", c.ID, c.Outcome))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
