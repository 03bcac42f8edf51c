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
	Name     string // empty if no requirement of the run has a category
	Findings []result.Finding
}

// areas groups the findings by category, in the order of the release. Findings
// without a category come last.
func areas(r *result.Run) []area {
	by := map[string][]result.Finding{}
	for _, f := range sortedFindings(r) {
		c := r.Requirements[f.Requirement].Category
		by[c] = append(by[c], f)
	}
	if len(by) == 1 && len(by[""]) > 0 {
		return []area{{Findings: by[""]}}
	}
	var out []area
	for _, name := range categoryNames(r) {
		if len(by[name]) > 0 {
			out = append(out, area{name, by[name]})
			delete(by, name)
		}
	}
	var rest []result.Finding
	for _, f := range sortedFindings(r) {
		if c := r.Requirements[f.Requirement].Category; len(by[c]) > 0 {
			rest = append(rest, f)
		}
	}
	if len(rest) > 0 {
		out = append(out, area{general, rest})
	}
	return out
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
