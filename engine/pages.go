package engine

import (
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/release/match"
)

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
	for i := range m.check.Response.Pages {
		rule := &m.check.Response.Pages[i]
		list, wrong := joined(st.answers, rule.At)
		if len(wrong) == 0 {
			wrong = listMismatches(stepEnv{run}, rule, list, "all pages"+dotted(rule.At))
		}
		m.add(wrong...)
	}
}

// joined is the arrays at a pointer in the bodies of all pages, as one.
func joined(pages []*answer, at string) ([]any, []match.Mismatch) {
	list := []any{}
	var wrong []match.Mismatch
	for i, p := range pages {
		v, bad := arrayAt(p, at)
		for _, w := range bad {
			if i > 0 {
				w.Path += " of page " + strconv.Itoa(i+1)
			}
			wrong = append(wrong, w)
		}
		list = append(list, v...)
	}
	return list, wrong
}

// arrayAt is the array at a pointer in the body of a response.
func arrayAt(a *answer, at string) ([]any, []match.Mismatch) {
	doc, wrong := a.doc()
	if wrong != nil {
		return nil, []match.Mismatch{*wrong}
	}
	v, ok := pointer(doc, at)
	if !ok {
		v = match.Missing
	}
	list, ok := v.([]any)
	if !ok {
		return nil, []match.Mismatch{{Path: "body" + dotted(at), Want: "an array", Got: match.Show(v)}}
	}
	return list, nil
}

// dotted is a JSON pointer as mismatches show it.
func dotted(pointer string) string { return strings.ReplaceAll(pointer, "/", ".") }
