package engine

import "github.com/ocispec/ocispec/engine/release/match"

// pages makes the part of a check that applies to all pages together. It is
// inconclusive if a page is missing.
func (run *caseRun) pages(m *made, st *stepRun, end ending) {
	switch {
	case end.err != nil:
		m.unsure = end.err.Error()
		return
	case len(m.check.Response.Pages) == 0:
		return
	case end.unsure != "":
		m.unsure = end.unsure
		return
	case end.wrong != nil:
		m.strayed = len(m.wrong) == 0
		m.add(*end.wrong)
		return
	}
	var pages []*match.Received
	for _, a := range st.responses {
		pages = append(pages, a.got)
	}
	for i := range m.check.Response.Pages {
		m.add(m.check.Response.Pages[i].MatchPages(stepEnv{run}, pages)...)
	}
}
