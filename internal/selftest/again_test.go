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
	first := ""
	for i, parallel := range []int{4, 1, 4, 16} {
		seed := fmt.Sprintf("again/%d", i) // the content is the same
		out, err := r.run(context.Background(), engine.Options{Seed: seed, Parallel: parallel, Select: te.light})
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

// TestFaultsAgree runs each fault with one request at a time, and with 16 at once, which
// runs what fails again: the verdicts must agree. Of a defect that remembers earlier
// requests, the number of checks depends on their order, but not what is found. It leaves
// out the defects that occur once, or end with a request of any case.
func TestFaultsAgree(t *testing.T) {
	rel, all := load(t, "v1.1")
	te := &tester{rel: rel, heavy: heavy(rel)}
	faults := slices.DeleteFunc(all.Faults, func(f *faultproxy.Fault) bool { return te.inForce(f) == nil || counts(f) })
	if !testscope.Full(t, "every fourth fault of v1.1 that remembers earlier requests, and some others") {
		others := slices.DeleteFunc(slices.Clone(faults), remembers)
		faults = slices.DeleteFunc(faults, func(f *faultproxy.Fault) bool { return !remembers(f) })
		faults = append(testscope.Every(4, faults), testscope.Every(60, others)...)
	}
	for _, f := range faults {
		t.Run(f.ID, func(t *testing.T) {
			t.Parallel()
			one, many := te.found(t, f, 1), te.found(t, f, 16)
			if one != many {
				t.Errorf("one request at a time only:\n%s\n16 at once only:\n%s", lacking(one, many), lacking(many, one))
			}
		})
	}
}

// counts reports whether a fault depends on the number of exchanges, or ends.
func counts(f *faultproxy.Fault) bool {
	return slices.ContainsFunc(f.Alter, func(a faultproxy.Alteration) bool {
		return a.On.Nth != nil || a.On.From != 0 || a.On.Every != 0 || a.On.Until != nil
	})
}

// remembers reports whether a fault depends on earlier exchanges, or on the tags that other
// cases have pushed by then.
func remembers(f *faultproxy.Fault) bool {
	return f.ID == "tags.status-203-of-five" || f.ID == "manifest.tag-unlisted" || slices.ContainsFunc(f.Alter, func(a faultproxy.Alteration) bool { return a.On.After != nil })
}

// found returns the verdicts of a run against a registry with a fault, or only what was
// found, if the fault remembers earlier requests.
func (t *tester) found(tb testing.TB, f *faultproxy.Fault, parallel int) string {
	r, err := t.serve(&f.Deviation)
	if err != nil {
		tb.Fatal(err)
	}
	defer r.close()
	out, err := r.run(context.Background(), engine.Options{Seed: "agree", Parallel: parallel, Select: t.light})
	if err != nil {
		tb.Fatal(err)
	}
	if remembers(f) {
		for i := range out.Findings {
			out.Findings[i].Count = 0
		}
		out.Cases = nil
	}
	return verdicts(out)
}

// lacking returns the lines of a text that another one does not have.
func lacking(text, other string) string {
	known := strings.Split(other, "\n")
	return strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return slices.Contains(known, l) }), "\n")
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
