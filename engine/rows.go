package engine

import (
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// Row results, as published by the OCI conformance programme.
const (
	rowPass     = "Pass"
	rowSkip     = "Skip"
	rowDisabled = "Disabled"
	rowFail     = "FAIL"
	rowError    = "Error"
)

// outcomes is a set of outcomes.
type outcomes map[result.Outcome]bool

// rows returns the result of every row, by kind and title. If cases are selected,
// only rows of these have a result.
func (s *summary) rows() result.Rows {
	seen := map[string]outcomes{}
	for _, row := range s.rel.Rows {
		seen[row.ID] = outcomes{}
	}
	for _, run := range s.cases {
		collect(seen, run)
	}
	out, own := result.Rows{}, map[string]bool{}
	for _, k := range s.rel.RowKinds {
		out[k.ID], own[k.ID] = map[string]string{}, k.OwnFailure
	}
	for _, row := range s.rel.Rows {
		if s.opts.Select != nil && len(seen[row.ID]) == 0 {
			continue
		}
		if out[row.Kind] == nil {
			out[row.Kind] = map[string]string{}
		}
		out[row.Kind][row.Title] = s.word(row, seen[row.ID], own[row.Kind])
	}
	return out
}

// nameRows records the titles of the rows that a case and its steps belong to.
func (s *summary) nameRows(run *caseRun) {
	titles, ofStep := map[string]string{}, map[string]string{}
	for _, row := range s.rel.Rows {
		titles[row.ID] = row.Title
	}
	for _, step := range run.all() {
		ofStep[step.ID] = titles[step.Row]
	}
	run.result.Rows = nil
	for _, id := range run.c.Rows {
		if t := titles[id]; t != "" {
			run.result.Rows = append(run.result.Rows, t)
		}
	}
	for i := range run.result.Steps {
		run.result.Steps[i].Row = ofStep[run.result.Steps[i].ID]
	}
}

// collect adds the outcomes of a case to its rows and to the rows of its steps.
//
// An unsupported feature is that of the step's row, if the step has one, or
// else of the case. In the latter case a passed check does not show that the
// feature works. Checks of rules do not count for rows.
func collect(seen map[string]outcomes, run *caseRun) {
	add := func(row string, o result.Outcome, offered bool) {
		if seen[row] != nil && (offered || o != result.Pass && o != result.Warn) {
			seen[row][o] = true
		}
	}
	offered := run.ended == nil || run.state(run.ended.place.Step).s.Row != ""
	for _, st := range run.inOrder() {
		for i := range st.verdicts {
			v := &st.verdicts[i]
			if v.Rule || !run.weighs(st, v.Outcome) {
				continue
			}
			o := v.Outcome
			if o == result.Blocked && v.cause != nil && v.cause.trouble {
				o = result.Inconclusive // not the consequence of a failure
			}
			for _, row := range run.c.Rows {
				add(row, o, offered)
			}
			add(st.s.Row, o, !st.unsupported)
		}
	}
}

// word returns the result of a row from the outcomes of its checks. A blocked
// check is a failure of the row that blocks it, and also of this row if own is
// set.
func (s *summary) word(row release.Row, seen outcomes, own bool) string {
	switch {
	case s.disabled[row.ID] != "":
		return rowDisabled
	case seen[result.Error] || seen[result.Inconclusive]:
		return rowError
	case seen[result.Fail] || seen[result.Blocked] && own:
		return rowFail
	case seen[result.Pass] || seen[result.Warn]:
		return rowPass
	case seen[result.Blocked]:
		return rowError
	case seen[result.Disabled]:
		return rowDisabled
	}
	return rowSkip
}
