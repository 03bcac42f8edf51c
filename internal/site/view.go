package site

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/published"
)

// kinds are the kinds of rows with their titles.
var kinds = []struct{ ID, Title string }{{"apis", "APIs"}, {"data", "Data"}}

// tally counts the rows of a kind.
type tally struct{ Pass, Tested, Bad int }

// Status is the status of all tested rows together.
func (t tally) Status() Status {
	switch {
	case t.Tested == 0:
		return NoData
	case t.Bad > 0:
		return Fail
	}
	return Pass
}

func tallyOf(rows map[string]Status) tally {
	var t tally
	for _, s := range rows {
		switch {
		case s == Pass || s == Warn:
			t.Pass++
			t.Tested++
		case s.Bad():
			t.Bad++
			t.Tested++
		}
	}
	return t
}

// cell is a status with the name of its column.
type cell struct {
	Name   string
	Status Status
}

// matrixRow is a run in the table of its release.
type matrixRow struct {
	*Run
	Cells  []cell // of the workflows
	Kinds  []kindCell
	Worst  Status
	Search string
}

// kindCell is the number of passed rows of a kind.
type kindCell struct {
	Title string
	tally
}

func newMatrixRow(run *Run) matrixRow {
	r := matrixRow{Run: run}
	for _, w := range published.Workflows {
		r.Cells = append(r.Cells, cell{w, run.Workflows[w]})
	}
	for _, k := range kinds {
		r.Kinds = append(r.Kinds, kindCell{k.Title, tallyOf(run.Rows[k.ID])})
	}
	r.Worst = Pass
	for _, c := range r.Cells {
		if rank(c.Status) > rank(r.Worst) {
			r.Worst = c.Status
		}
	}
	r.Search = strings.ToLower(strings.Join([]string{run.Registry.Title, run.Registry.Name, run.Registry.Vendor, run.Tool}, " "))
	return r
}

// rank orders statuses: failures last.
func rank(s Status) int {
	return slices.Index([]Status{Pass, Warn, Disabled, Skip, Unsupported, NoData, Blocked, Inconclusive, Error, Fail}, s)
}

// section is a release in the overview.
type section struct {
	*Release
	Workflows []string
	Rows      []matrixRow
}

func newSection(r *Release) section {
	s := section{Release: r, Workflows: published.Workflows}
	for _, run := range r.Runs {
		s.Rows = append(s.Rows, newMatrixRow(run))
	}
	return s
}

// grid is the table of a kind: a line for each run, a column for each row of results.
type grid struct {
	Title  string
	Titles []string
	Lines  []gridLine
}

type gridLine struct {
	*Run
	Cells []cell
}

func newGrids(runs []*Run) []grid {
	var out []grid
	for _, k := range kinds {
		g := grid{Title: k.Title, Titles: rowTitles(runs, k.ID)}
		for _, run := range runs {
			l := gridLine{Run: run}
			for _, t := range g.Titles {
				l.Cells = append(l.Cells, cell{t, run.Rows[k.ID][t]})
			}
			g.Lines = append(g.Lines, l)
		}
		if len(g.Titles) > 0 {
			out = append(out, g)
		}
	}
	return out
}

func rowTitles(runs []*Run, kind string) []string {
	all := map[string]bool{}
	for _, run := range runs {
		for t := range run.Rows[kind] {
			all[t] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// registryView is the page of a registry.
type registryView struct {
	*Registry
	Latest []*Run // the newest run of each release, newest release first
	Tables []table
	Badges []badgeView
	Counts []countView
}

// table compares the newest runs of a registry.
type table struct {
	Title string
	Lines []tableLine
}

type tableLine struct {
	Title string
	Cells []Status
}

type badgeView struct {
	Run  *Run
	File string
}

// countView is the number of requirements by status, of a run.
type countView struct {
	Run    *Run
	Counts []statusCount
}

type statusCount struct {
	Status Status
	N      int
}

func newRegistryView(s *Site, r *Registry) registryView {
	v := registryView{Registry: r}
	for _, rel := range s.Releases {
		for _, run := range rel.Runs {
			if run.Registry == r {
				v.Latest = append(v.Latest, run)
				v.Badges = append(v.Badges, badgeView{run, badgeFile(run)})
				if len(run.Requirements) > 0 {
					v.Counts = append(v.Counts, countView{run, countStatuses(run.Requirements)})
				}
			}
		}
	}
	v.Tables = append(v.Tables, tableOf("Workflows", v.Latest, published.Workflows, func(r *Run) map[string]Status { return r.Workflows }))
	for _, k := range kinds {
		v.Tables = append(v.Tables, tableOf(k.Title, v.Latest, rowTitles(v.Latest, k.ID), func(r *Run) map[string]Status { return r.Rows[k.ID] }))
	}
	v.Tables = slices.DeleteFunc(v.Tables, func(t table) bool { return len(t.Lines) == 0 })
	return v
}

func badgeFile(run *Run) string {
	return "badge/" + run.Registry.Name + "-" + slug(run.Release) + ".svg"
}

func tableOf(title string, runs []*Run, names []string, of func(*Run) map[string]Status) table {
	t := table{Title: title}
	if len(runs) == 0 {
		return t
	}
	for _, n := range names {
		l := tableLine{Title: n}
		for _, run := range runs {
			l.Cells = append(l.Cells, of(run)[n])
		}
		t.Lines = append(t.Lines, l)
	}
	return t
}

func countStatuses(m map[string]Status) []statusCount {
	n := map[Status]int{}
	for _, s := range m {
		n[s]++
	}
	var out []statusCount
	for _, s := range statuses {
		if n[s] > 0 {
			out = append(out, statusCount{s, n[s]})
		}
	}
	return out
}

// catalogueView is the list of clauses of a release.
type catalogueView struct {
	*Release
	Tested  int // number of runs with results by requirement
	Clauses []clauseView
}

// clauseView is a clause with its requirements.
type clauseView struct {
	Section, URL string // URL is of the first requirement
	Requirements []requirementLine
}

// requirementLine is a requirement with the number of registries by status. Line is
// that of its clause.
type requirementLine struct {
	*release.Requirement
	Line   int
	Counts []statusCount
}

func newCatalogueView(r *Release) catalogueView {
	v := catalogueView{Release: r}
	var runs []*Run
	for _, run := range r.Runs {
		if run.Requirements != nil {
			runs = append(runs, run)
		}
	}
	v.Tested = len(runs)
	sorted := slices.SortedStableFunc(slices.Values(r.Requirements), func(a, b *release.Requirement) int { return compareClauses(a.Clause.URL, b.Clause.URL) })
	for _, q := range sorted {
		i := len(v.Clauses) - 1
		if i < 0 || v.Clauses[i].Section != q.Clause.Section {
			i++
			v.Clauses = append(v.Clauses, clauseView{Section: q.Clause.Section, URL: q.Clause.URL})
		}
		n := map[Status]int{}
		l := requirementLine{Requirement: q}
		_, l.Line = clausePlace(q.Clause.URL)
		for _, run := range runs {
			n[run.Requirements[q.ID]]++
		}
		for _, s := range statuses {
			if n[s] > 0 && s != NoData {
				l.Counts = append(l.Counts, statusCount{s, n[s]})
			}
		}
		v.Clauses[i].Requirements = append(v.Clauses[i].Requirements, l)
	}
	return v
}

// compareClauses orders clauses as in the specification: its main document first.
func compareClauses(a, b string) int {
	x, n := clausePlace(a)
	y, m := clausePlace(b)
	main := func(file string) int {
		if strings.Contains(file, "/spec.md") {
			return 0
		}
		return 1
	}
	return cmp.Or(main(x)-main(y), strings.Compare(x, y), cmp.Compare(n, m))
}

// clausePlace returns the file of a clause and its line.
func clausePlace(url string) (string, int) {
	file, at, _ := strings.Cut(url, "#L")
	at, _, _ = strings.Cut(at, "-")
	n, _ := strconv.Atoi(at)
	return file, n
}

// requirementView is the page of a requirement.
type requirementView struct {
	ID       string
	Newest   *release.Requirement
	Releases []requirementRelease
}

// requirementRelease is a requirement in one release, with the registries by status.
type requirementRelease struct {
	*Release
	Requirement *release.Requirement
	Groups      []statusRuns
	Untold      int // registries whose results do not name requirements
}

type statusRuns struct {
	Status Status
	Runs   []*Run
}

// requirementViews returns the requirements of all releases, by id.
func requirementViews(s *Site) []*requirementView {
	all := map[string]*requirementView{}
	for _, r := range s.Releases {
		for _, q := range r.Requirements {
			v := all[q.ID]
			if v == nil {
				v = &requirementView{ID: q.ID, Newest: q}
				all[q.ID] = v
			}
			v.Releases = append(v.Releases, newRequirementRelease(r, q))
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b *requirementView) int { return strings.Compare(a.ID, b.ID) })
}

func newRequirementRelease(r *Release, q *release.Requirement) requirementRelease {
	out := requirementRelease{Release: r, Requirement: q}
	by := map[Status][]*Run{}
	for _, run := range r.Runs {
		if run.Requirements == nil {
			out.Untold++
			continue
		}
		s := run.Requirements[q.ID]
		by[s] = append(by[s], run)
	}
	for _, st := range statuses {
		if len(by[st]) > 0 {
			out.Groups = append(out.Groups, statusRuns{st, by[st]})
		}
	}
	return out
}
