package report

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/result"
)

// caseView is a case of the list.
type caseView struct {
	result.Case
	Anchor             string // the id in the page
	Categories, Levels string // those of the checks that determined the outcome, separated by "|"
	Terms              string // for the search
	Data               []stepView
}

// stepView is a step as the script reads it.
type stepView struct {
	result.Step
	Worst result.Outcome `json:"worst"`
}

// cases adds the list of cases, the worst first, and what they can be filtered by.
func (v *view) cases(r *result.Run) {
	levels, seen := map[string]bool{}, map[string]int{}
	for _, c := range r.Cases {
		cv := caseView{Case: c, Terms: c.ID + " " + c.Title + " " + strings.Join(c.Aliases, " ")}
		cv.Anchor = unique(seen, caseID(c.ID))
		cats, levs, ids := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, s := range c.Steps {
			for _, k := range s.Checks {
				levels[k.Level] = true
				ids[k.Requirement] = true
				if k.Outcome == c.Outcome {
					cats[r.Requirements[k.Requirement].Category], levs[k.Level] = true, true
				}
			}
			cv.Data = append(cv.Data, newStepView(s))
		}
		delete(cats, "")
		cv.Categories, cv.Levels = joined(cats, "|"), joined(levs, "|")
		cv.Terms += " " + joined(ids, " ")
		v.List = append(v.List, cv)
	}
	slices.SortStableFunc(v.List, func(a, b caseView) int {
		if a.Outcome == b.Outcome {
			return 0
		}
		if result.Worse(a.Outcome, b.Outcome) == a.Outcome {
			return -1
		}
		return 1
	})
	v.Outcomes, v.Levels = counted(countCases(r)), slices.Sorted(maps.Keys(levels))
}

func joined(set map[string]bool, sep string) string {
	return strings.Join(slices.Sorted(maps.Keys(set)), sep)
}

// newStepView returns a step without what the page does not show: bodies that are
// not text, and header lines beyond maxHeaders.
func newStepView(s result.Step) stepView {
	s.Exchanges = slices.Clone(s.Exchanges)
	for i := range s.Exchanges {
		x := &s.Exchanges[i]
		x.Request.Header, x.Request.Body = bounded(x.Request.Header), textual(x.Request.Body)
		if x.Response != nil {
			resp := *x.Response
			resp.Header, resp.Body = bounded(resp.Header), textual(resp.Body)
			x.Response = &resp
		}
	}
	v := stepView{Step: s}
	for _, k := range s.Checks {
		v.Worst = result.Worse(v.Worst, k.Outcome)
	}
	return v
}

// textual returns a body without its content if that is not text.
func textual(b *result.Body) *result.Body {
	if b == nil {
		return nil
	}
	c := *b
	c.Base64 = nil
	return &c
}

// maxHeaders is the maximum number of header lines shown for a message.
const maxHeaders = 100

// bounded returns a header with at most maxHeaders values.
func bounded(h http.Header) http.Header {
	out, left := http.Header{}, maxHeaders
	for _, name := range slices.Sorted(maps.Keys(h)) {
		n := min(left, len(h[name]))
		if n > 0 {
			out[name] = h[name][:n]
		}
		left -= n
	}
	return out
}

// unique returns an id, with a number if it was returned before.
func unique(seen map[string]int, id string) string {
	if seen[id]++; seen[id] > 1 {
		return fmt.Sprintf("%s-%d", id, seen[id])
	}
	return id
}
