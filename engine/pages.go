package engine

import "github.com/ocispec/ocispec/release/match"

// pages makes the part of a check that is about all pages together. It cannot
// be made if there are pages that did not come.
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
	for _, a := range st.answers {
		pages = append(pages, a.got)
	}
	for i := range m.check.Response.Pages {
		m.add(m.check.Response.Pages[i].MatchPages(stepEnv{run}, pages)...)
	}
}
