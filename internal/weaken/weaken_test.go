package weaken

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/ocispec/ocispec/internal/faultproxy"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/compile"
	"github.com/ocispec/ocispec/internal/selftest"
	"github.com/ocispec/ocispec/internal/testscope"
)

var (
	source = flag.Bool("source", false, "compile the spec files, rather than taking what go generate made of them")
	only   = flag.String("only", "", "report only weakenings that have this `text` in their line")
	proofs = flag.Int("proofs", 20, "prove so `many` weakenings of each release by weakening the release")
	specs  = flag.String("specs", "v1.0,v1.1,dev", "`releases`")
)

// load returns the built-in releases and faults.
func load(t *testing.T) (*release.Releases, []*faultproxy.Fault) {
	t.Helper()
	if !*source {
		d, err := faultproxy.Builtin()
		if err != nil {
			t.Fatal(err)
		}
		return release.Builtin(), d.Faults
	}
	files, err := compile.AllFiles(spectree.Builtin(ocispec.Source))
	if err != nil {
		t.Fatal(err)
	}
	made := fstest.MapFS{}
	for name, b := range files {
		made[name] = &fstest.MapFile{Data: b}
	}
	d, err := faultproxy.Read(made)
	if err != nil {
		t.Fatal(err)
	}
	return release.From(made), d.Faults
}

// TestWeakened weakens every expectation of every release. Each weakening must
// change the outcome of some fault. Those that do not are in
// testdata/survivors.txt, each with a reason.
func TestWeakened(t *testing.T) {
	releases, faults := load(t)
	if *only == "" && !testscope.Full(t, "the expectations of complete tag lists in v1.0") {
		*only, *specs, *proofs = " tags.list.complete", "v1.0", 1
	}
	known := survivors(t)
	seen := map[string]bool{}
	for _, spec := range strings.Split(*specs, ",") {
		rel, err := releases.Release(spec)
		if err != nil {
			t.Fatal(err)
		}
		w := All(rel)
		r := run(t, w.Release, about(faults, *only), w.Add)
		left, all := 0, 0
		for _, x := range w.Weakenings {
			if !strings.Contains(x.String(), *only) {
				continue
			}
			all++
			if len(x.Faults) > 0 {
				continue
			}
			left++
			name := x.File() + " " + x.Requirement + ": " + x.What
			seen[name] = true
			if known[name] == "" {
				t.Errorf("%s: no fault shows %s", spec, x)
			}
		}
		t.Logf("%s: faults show %d of %d weakenings; %v", spec, all-left, all, r.Elapsed)
		prove(t, rel, w, faults)
	}
	for name := range known {
		if !seen[name] && *only == "" && strings.Count(*specs, ",") == 2 {
			t.Errorf("not a survivor any more: %s", name)
		}
	}
}

// about returns the faults that break a requirement with that text in its id;
// the empty text is in every id.
func about(faults []*faultproxy.Fault, text string) []*faultproxy.Fault {
	return slices.DeleteFunc(slices.Clone(faults), func(f *faultproxy.Fault) bool {
		return !slices.ContainsFunc(f.Breaks, func(id string) bool { return strings.Contains(" "+id, text) })
	})
}

// survivors reads testdata/survivors.txt: a line with the reason that starts
// with a tab holds for all lines since the last one of that kind.
func survivors(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("testdata/survivors.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	var names []string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\n")
		reason, ok := strings.CutPrefix(line, "\t")
		switch {
		case ok:
			for _, n := range names {
				known[n] = reason
			}
			names = nil
		case line != "" && line[0] != '#':
			names = append(names, line)
		}
	}
	if len(names) > 0 {
		t.Errorf("no reason is given for %s", names)
	}
	return known
}

// prove weakens some of what a fault has shown to be weakened in the release
// itself, one after the other: the outcome of that fault is another one then.
func prove(t *testing.T, rel *release.Release, w *Weakened, faults []*faultproxy.Fault) {
	var shown []*Weakening
	for _, x := range w.Weakenings {
		if len(x.Faults) > 0 && strings.Contains(x.String(), *only) {
			shown = append(shown, x)
		}
	}
	for i := 0; i < len(shown); i += max(1, len(shown) / *proofs) {
		x := shown[i]
		before, after := again(t, rel, faults, x.Faults[0]), again(t, Apply(rel, x), faults, x.Faults[0])
		if outcome(before) == outcome(after) {
			t.Errorf("fault %s does not show %s after all: %s", x.Faults[0], x, outcome(after))
		}
	}
}

// again runs one fault.
func again(t *testing.T, rel *release.Release, faults []*faultproxy.Fault, id string) *selftest.FaultResult {
	i := slices.IndexFunc(faults, func(f *faultproxy.Fault) bool { return f.ID == id })
	return run(t, rel, faults[i:i+1], nil).Faults[0]
}

// outcome is what docs/selftest has of a fault.
func outcome(f *selftest.FaultResult) string {
	var lines []string
	for _, x := range f.Findings {
		lines = append(lines, fmt.Sprint(x.Outcome, x.Requirement, x.Way, x.Checks, x.Place))
	}
	return strings.Join(lines, "\n")
}

func run(t *testing.T, rel *release.Release, faults []*faultproxy.Fault, results selftest.Results) *selftest.Report {
	t.Helper()
	r, err := selftest.Run(context.Background(), rel, &faultproxy.Deviations{Faults: faults}, selftest.Options{
		Results: results, Seed: "weaken", Run: []string{"*"}, Checking: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
