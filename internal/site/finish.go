package site

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/published"
)

// finish sorts what was loaded, and adds the releases with their catalogues.
func (s *Site) finish() error {
	byTitle := func(a, b *Registry) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), strings.Compare(a.Name, b.Name))
	}
	slices.SortFunc(s.Registries, byTitle)
	names := map[string]*Release{}
	newest := ""
	for _, r := range s.Registries {
		// Newest first; of the same age, what comes later in the configuration.
		slices.Reverse(r.Runs)
		slices.SortStableFunc(r.Runs, func(a, b *Run) int {
			return cmp.Or(strings.Compare(b.Date, a.Date), compareReleases(b.Release, a.Release))
		})
		slices.SortStableFunc(r.History, func(a, b *HistoryRow) int { return strings.Compare(b.Page.Date, a.Page.Date) })
		for _, run := range r.Runs {
			newest = max(newest, run.Date)
			rel := names[run.Release]
			if rel == nil {
				rel = &Release{Name: run.Release}
				names[run.Release] = rel
			}
			if len(rel.Runs) == 0 || rel.Runs[len(rel.Runs)-1].Registry != r {
				rel.Runs = append(rel.Runs, run)
			}
		}
	}
	for _, p := range s.History {
		newest = max(newest, p.Date)
	}
	s.Date = cmp.Or(s.Date, newest)
	s.Releases = slices.SortedFunc(maps.Values(names), func(a, b *Release) int { return compareReleases(b.Name, a.Name) })
	slices.SortStableFunc(s.History, func(a, b *HistoryPage) int { return strings.Compare(b.Date, a.Date) })
	s.Statuses = s.used()
	return s.catalogues()
}

// used lists the statuses of workflows and rows.
func (s *Site) used() []Status {
	seen := map[Status]bool{NoData: true}
	for _, r := range s.Registries {
		for _, run := range r.Runs {
			for _, m := range append(slices.Collect(maps.Values(run.Rows)), run.Workflows) {
				for _, st := range m {
					seen[st] = true
				}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(statuses), func(st Status) bool { return !seen[st] })
}

// catalogues adds the requirements of the releases that are built in.
func (s *Site) catalogues() error {
	builtin := release.Builtin()
	for _, r := range s.Releases {
		r.Title = "OCI Distribution Spec " + r.Name
		c, err := builtin.Get(r.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
			continue
		case err != nil:
			return fmt.Errorf("release %s: %w", r.Name, err)
		}
		rel, err := c.Release.At(c.Release.Last())
		if err != nil {
			return fmt.Errorf("release %s: %w", r.Name, err)
		}
		r.Title = cmp.Or(rel.Title, r.Title)
		r.Requirements = rel.Requirements
		for _, run := range r.Runs {
			run.mark(rel)
		}
	}
	return nil
}

// mark marks the findings whose requirement has a page.
func (run *Run) mark(rel *release.Release) {
	for i, f := range run.Findings {
		run.Findings[i].Known = rel.Requirement(f.Requirement) != nil
	}
}

// compareReleases orders releases. Those without a number, such as dev, are the
// oldest: lists start with what is released.
func compareReleases(a, b string) int {
	x, y := versionOf(a), versionOf(b)
	return cmp.Or(slices.Compare(x, y), strings.Compare(a, b))
}

func versionOf(release string) []int {
	var out []int
	for p := range strings.SplitSeq(strings.TrimPrefix(release, "v"), ".") {
		n, err := strconv.Atoi(p)
		if err != nil {
			return []int{-1}
		}
		out = append(out, n)
	}
	return out
}

// orderedWorkflows lists the workflows of a map: those of publication first.
func orderedWorkflows[V any](m map[string]V) []string {
	rank := func(w string) int {
		if i := slices.Index(published.Workflows, w); i >= 0 {
			return i
		}
		return len(published.Workflows)
	}
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
}

// age returns how long before a day a date was, in the largest unit that is exact
// enough, or "" if one of them is unknown.
func age(date, day string) string {
	a, b := parseDate(date), parseDate(day)
	if a.IsZero() || b.IsZero() || b.Before(a) {
		return ""
	}
	if len(date) < 10 || len(day) < 10 {
		a, b = time.Date(a.Year(), 1, 1, 0, 0, 0, 0, time.UTC), time.Date(b.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		if a.Equal(b) {
			return ""
		}
	}
	days := int(b.Sub(a).Hours() / 24)
	switch {
	case days >= 2*365:
		return fmt.Sprintf("%d years old", int(float64(days)/365.2))
	case days >= 365 && len(date) < 10:
		return "1 year old"
	case days >= 60:
		return fmt.Sprintf("%d months old", int(float64(days)/30.4))
	case days == 1:
		return "1 day old"
	case days == 0:
		return ""
	}
	return fmt.Sprintf("%d days old", days)
}

func parseDate(s string) time.Time {
	for _, layout := range []string{"2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
