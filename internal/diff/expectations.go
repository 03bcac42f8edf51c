package diff

import (
	"regexp"
	"slices"
	"strings"
)

// changedStep is the state of a step that both releases have.
const changedStep = "changed"

// expectation is a change of a check that cases have in common.
type expectation struct {
	Check
	cases []string
}

// expectations adds the checks that differ in steps of both releases, each once
// with the cases of an area that have it: those that are replaced, then those
// that only one release has.
func (d *Diff) expectations(s *section, area string) {
	var all []*expectation
	for _, c := range d.Cases.Replaced {
		if c.Area != area {
			continue
		}
		for _, st := range c.Steps {
			if st.State != changedStep {
				continue
			}
			for _, k := range st.Checks {
				all = note(all, k, c.ID)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *expectation) int { return strings.Compare(a.Requirement, b.Requirement) })
	var replaced, added, removed []item
	for _, e := range all {
		switch {
		case len(e.Before) == 0:
			added = append(added, e.item(false, true))
		case len(e.After) == 0:
			removed = append(removed, e.item(true, false))
		default:
			replaced = append(replaced, e.item(true, true))
		}
	}
	s.add("Expectations replaced", replaced)
	s.add("Expectations removed", removed)
	s.add("Expectations added", added)
}

// contentRE matches the name of content in a description, as in "<digest of
// layer1>".
var contentRE = regexp.MustCompile(` of [A-Za-z0-9._-]+>`)

// anyContent returns lines without the names of content, which differ by case.
func anyContent(lines []string) []string {
	var out []string
	for _, l := range lines {
		out = append(out, contentRE.ReplaceAllString(l, " of the content>"))
	}
	return out
}

// note adds a case to the expectation with the same lines for any content.
func note(all []*expectation, k Check, id string) []*expectation {
	general := Check{k.Requirement, anyContent(k.Before), anyContent(k.After)}
	i := slices.IndexFunc(all, func(e *expectation) bool {
		return e.Requirement == k.Requirement && slices.Equal(anyContent(e.Before), general.Before) && slices.Equal(anyContent(e.After), general.After)
	})
	if i < 0 {
		return append(all, &expectation{k, []string{id}})
	}
	if e := all[i]; !slices.Equal(e.Before, k.Before) || !slices.Equal(e.After, k.After) {
		e.Check = general
	}
	if !slices.Contains(all[i].cases, id) {
		all[i].cases = append(all[i].cases, id)
	}
	return all
}

// maxCases is the number of cases that an expectation names.
const maxCases = 5

func (e *expectation) item(before, after bool) item {
	out := e.Check.item(before, after)
	spans := []span{prose("in ")}
	for i, id := range e.cases[:min(len(e.cases), maxCases)] {
		if i > 0 {
			spans = append(spans, prose(", "))
		}
		spans = append(spans, code(id))
	}
	if n := len(e.cases) - maxCases; n > 0 {
		spans = append(spans, prose(" and %d more", n))
	}
	out.Items = append(out.Items, item{Spans: spans})
	return out
}
