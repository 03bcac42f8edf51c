package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// TestSARIF validates the report against the schema of SARIF 2.1.0.
func TestSARIF(t *testing.T) {
	run := sample()
	for i := range run.Findings {
		run.Findings[i].Way = "status" // as of the checks
	}
	r, err := sarif.FromBytes([]byte(render(t, SARIF, run)))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Validate(); err != nil {
		t.Error(err)
	}
	if n := len(r.Runs[0].Results); n != len(run.Findings) || n == 0 {
		t.Errorf("%d results", n)
	}
	if l := r.Runs[0].Results[0].Locations; len(l) == 0 || *l[0].PhysicalLocation.Region.StartLine == 0 {
		t.Errorf("locations %v", l)
	}
}

// TestTAP counts the test points.
func TestTAP(t *testing.T) {
	out := render(t, TAP, sample())
	points := 0
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "ok ") || strings.HasPrefix(line, "not ok ") {
			points++
		}
	}
	if want := len(sample().Cases); points != want || !strings.Contains(out, "1..") {
		t.Errorf("%d test points of %d", points, want)
	}
}

// TestTrace reads the trace as a viewer does.
func TestTrace(t *testing.T) {
	var trace struct{ TraceEvents []traceEvent }
	d := json.NewDecoder(bytes.NewReader([]byte(render(t, Trace, sample()))))
	if err := d.Decode(&trace); err != nil {
		t.Fatal(err)
	}
	longest := 0
	for _, e := range trace.TraceEvents {
		if e.Phase != "X" || e.TID < 1 || e.Time < 0 {
			t.Errorf("%+v", e)
		}
		if e.Cat == "longest chain" {
			longest++
		}
	}
	if longest == 0 {
		t.Error("no longest chain")
	}
}
