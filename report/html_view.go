package report

import (
	"html/template"
	"maps"
	"slices"

	"github.com/ocispec/ocispec/result"
)

// view is the data of the page.
type view struct {
	*result.Run
	Policy       string
	Style        template.CSS
	Script       template.JS
	Summary      summary
	Notes        []line // lines of the summary that the page does not show otherwise
	Groups       []categoryView
	Areas        []areaView
	Troubles     []trouble
	Grid         *grid
	Kinds        []kindView // without a grid
	List         []caseView
	Outcomes     []outcomeCount // of cases
	Levels       []string       // of checks
	Requirements []requirementView
	Bars         []bar
}

// areaView is an area with its findings.
type areaView struct {
	Name     string
	Findings []findingView
}

// findingView is a finding with its evidence: what differs, what was sent and
// received, and the rest.
type findingView struct {
	result.Finding
	Anchor           string // the id in the page
	Category         string
	Differs, Traffic []line
	Rest             []line
}

// kindView is a kind of rows with the results.
type kindView struct {
	Title string
	Heads []gridHead
}

// categoryView is a category with the outcomes of its requirements.
type categoryView struct {
	Name string
	result.Category
	Support string
	bar
}

// requirementView is a requirement with its id.
type requirementView struct {
	ID string
	result.Requirement
}

func newView(r *result.Run) *view {
	v := &view{
		Run: r, Policy: policy, Style: template.CSS(pageStyle), Script: template.JS(pageScript),
		Summary: summarize(r), Troubles: troubles(r), Grid: newGrid(r),
	}
	for _, l := range v.Summary.Lines {
		if slices.Contains([]string{"Unsupported", "Blocked", "Beside others"}, l.Label) {
			v.Notes = append(v.Notes, l)
		}
	}
	seen := map[string]int{}
	found, _ := areas(r, 0)
	for _, a := range found {
		av := areaView{Name: a.Name}
		for _, f := range a.Findings {
			fv := newFindingView(r, f)
			fv.Anchor = unique(seen, findingID(f))
			av.Findings = append(av.Findings, fv)
		}
		v.Areas = append(v.Areas, av)
	}
	for _, id := range slices.Sorted(maps.Keys(r.Requirements)) {
		v.Requirements = append(v.Requirements, requirementView{id, r.Requirements[id]})
	}
	if v.Grid == nil {
		for _, k := range rowKinds(r) {
			kv := kindView{Title: k.Title}
			for _, t := range tested(r, k.ID) {
				kv.Heads = append(kv.Heads, head(r, k.ID, t))
			}
			v.Kinds = append(v.Kinds, kv)
		}
	}
	v.categories(r)
	v.cases(r)
	return v
}

func newFindingView(r *result.Run, f result.Finding) findingView {
	v := findingView{Finding: f, Category: r.Requirements[f.Requirement].Category}
	for _, l := range evidence(f) {
		switch rank := evidenceRank(l); {
		case rank == 0:
			v.Differs = append(v.Differs, l)
		case rank == 1:
			v.Traffic = append(v.Traffic, l)
		case l.Label == "steps":
			v.Rest = append(v.Rest, l)
		}
	}
	return v
}

// categories adds the categories, and the bars of requirements and cases.
func (v *view) categories(r *result.Run) {
	all := map[result.Outcome]int{}
	by := map[string]map[result.Outcome]int{}
	for _, q := range r.Requirements {
		all[q.Outcome]++
		if by[q.Category] == nil {
			by[q.Category] = map[result.Outcome]int{}
		}
		by[q.Category][q.Outcome]++
	}
	for _, name := range categoryNames(r) {
		c := r.Categories[name]
		v.Groups = append(v.Groups, categoryView{name, c, support(c), newBar(name, by[name])})
	}
	v.Bars = []bar{newBar("Requirements", all), newBar("Cases", countCases(r))}
}

// bar is a bar with a part for each outcome.
type bar struct {
	Title string
	Total int
	Parts []barPart
}

// barPart is a part of a bar. Start and Width are in percent of the bar.
type barPart struct {
	outcomeCount
	Start, Width float64
}

// outcomeCount is the number of results with an outcome.
type outcomeCount struct {
	Outcome result.Outcome
	Count   int
}

func newBar(title string, n map[result.Outcome]int) bar {
	b := bar{Title: title}
	for _, k := range n {
		b.Total += k
	}
	start := 0.0
	for _, c := range counted(n) {
		width := 100 * float64(c.Count) / float64(b.Total)
		b.Parts = append(b.Parts, barPart{c, start, width})
		start += width
	}
	return b
}

// counted lists the outcomes that occur. Those without a verdict are left out.
func counted(n map[result.Outcome]int) []outcomeCount {
	var out []outcomeCount
	for _, o := range order {
		if n[o] > 0 {
			out = append(out, outcomeCount{o, n[o]})
		}
	}
	return out
}

func sortedRows(rows map[string]string) []line {
	var lines []line
	for _, t := range slices.Sorted(maps.Keys(rows)) {
		lines = append(lines, line{t, rows[t]})
	}
	return lines
}
