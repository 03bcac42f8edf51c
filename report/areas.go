package report

import (
	"maps"
	"slices"

	"github.com/ocispec/ocispec/result"
)

// general is the area of findings whose requirement has no category.
const general = "General"

// area is the findings of a category, failures first.
type area struct {
	Name     string                 // empty if all findings are of no category
	Counts   map[result.Outcome]int // of all findings, also of those left out
	Findings []result.Finding
}

// areas groups the findings to print by category, in the order of the release, and
// returns the number of those that are left out. Findings without a category come
// last. max 0 means no limit.
func areas(r *result.Run, max int) ([]area, int) {
	names := categoryNames(r)
	by := map[string]*area{}
	areaOf := func(f result.Finding) *area {
		name := r.Requirements[f.Requirement].Category
		if !slices.Contains(names, name) {
			name = general
		}
		if by[name] == nil {
			by[name] = &area{Name: name, Counts: map[result.Outcome]int{}}
		}
		return by[name]
	}
	for _, f := range r.Findings {
		areaOf(f).Counts[f.Outcome]++
	}
	findings, more := shown(r, max)
	for _, f := range findings {
		a := areaOf(f)
		a.Findings = append(a.Findings, f)
	}
	if a := by[general]; a != nil && len(by) == 1 {
		a.Name = ""
	}
	var out []area
	for _, name := range append(names, general) {
		if a := by[name]; a != nil && len(a.Findings) > 0 {
			out = append(out, *a)
		}
		delete(by, name)
	}
	return out, more
}

// tested reports for each row of a kind whether a case of the run counts for it.
// Results that do not say so have all rows.
func tested(r *result.Run, kind string) []string {
	seen := map[string]bool{}
	for _, c := range r.Cases {
		for _, t := range c.Rows {
			seen[t] = true
		}
		for _, s := range c.Steps {
			seen[s.Row] = true
		}
	}
	delete(seen, "")
	var titles []string
	for t := range r.Rows[kind] {
		if len(seen) == 0 || seen[t] {
			titles = append(titles, t)
		}
	}
	slices.Sort(titles)
	return titles
}

// categoryNames returns the categories of a run in the order of the release.
func categoryNames(r *result.Run) []string {
	names := slices.DeleteFunc(slices.Clone(r.CategoryOrder), func(c string) bool {
		_, ok := r.Categories[c]
		return !ok
	})
	for _, c := range slices.Sorted(maps.Keys(r.Categories)) {
		if !slices.Contains(names, c) {
			names = append(names, c)
		}
	}
	return names
}

// rowKinds returns the kinds of rows in the order of the release.
func rowKinds(r *result.Run) []result.RowKind {
	kinds := slices.Clone(r.RowKinds)
	for _, id := range slices.Sorted(maps.Keys(r.Rows)) {
		if !slices.ContainsFunc(kinds, func(k result.RowKind) bool { return k.ID == id }) {
			kinds = append(kinds, result.RowKind{ID: id, Title: id})
		}
	}
	return kinds
}
