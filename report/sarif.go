package report

import (
	"io"
	"strconv"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/ocispec/ocispec/result"
)

// SARIF writes the findings in SARIF 2.1.0: a rule for each violated requirement, and
// a result for each finding, at the positions of its checks in the spec files.
func SARIF(w io.Writer, r *result.Run) error {
	r = Cleaned(r)
	run := sarif.NewRunWithInformationURI(r.Tool.Name, "https://github.com/ocispec/ocispec")
	run.Tool.Driver.WithVersion(r.Tool.Version)
	for _, f := range r.Findings {
		run.AddRule(f.Requirement).WithDescription(f.Text).WithHelpURI(f.Clause.URL)
		message := f.Message + "\nCase " + f.Example.Case + ", step " + f.Example.Step
		if f.Example.Request != "" {
			message += ": " + f.Example.Request
		}
		x := run.CreateResultForRule(f.Requirement).WithLevel(sarifLevel(f.Outcome)).WithMessage(sarif.NewTextMessage(message)).
			WithPartialFingerprints(map[string]string{"finding/v1": f.Requirement + " " + f.Way}).WithOccurrenceCount(f.Count)
		for _, pos := range positions(r, f) {
			if l := location(pos); l != nil {
				x.AddLocation(l)
			}
		}
	}
	out := sarif.NewReport().AddRun(run)
	return out.PrettyWrite(w)
}

// sarifLevel returns the level of a finding.
func sarifLevel(o result.Outcome) string {
	if o == result.Fail {
		return "error"
	}
	return "warning"
}

// positions lists the positions of the failed checks of a finding, each once.
func positions(r *result.Run, f result.Finding) []string {
	var all []string
	seen := map[string]bool{}
	for _, c := range r.Cases {
		for _, s := range c.Steps {
			for _, k := range s.Checks {
				if k.Outcome == f.Outcome && k.Requirement == f.Requirement && k.Way == f.Way && k.Pos != "" && !seen[k.Pos] {
					seen[k.Pos] = true
					all = append(all, k.Pos)
				}
			}
		}
	}
	return all
}

// location returns the location of a position FILE:LINE:COLUMN, or nil.
func location(pos string) *sarif.Location {
	file, line, column, ok := splitPos(pos)
	if !ok {
		return nil
	}
	return sarif.NewLocationWithPhysicalLocation(sarif.NewPhysicalLocation().
		WithArtifactLocation(sarif.NewSimpleArtifactLocation(file)).
		WithRegion(sarif.NewRegion().WithStartLine(line).WithStartColumn(column)))
}

// splitPos splits a position FILE:LINE:COLUMN.
func splitPos(pos string) (file string, line, column int, ok bool) {
	i := strings.LastIndexByte(pos, ':')
	j := strings.LastIndexByte(pos[:max(i, 0)], ':')
	if j < 0 {
		return "", 0, 0, false
	}
	line, err1 := strconv.Atoi(pos[j+1 : i])
	column, err2 := strconv.Atoi(pos[i+1:])
	return pos[:j], line, column, err1 == nil && err2 == nil && line > 0 && column > 0
}
