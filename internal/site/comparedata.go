package site

import (
	"maps"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/published"
)

// compareData is the data of the page that compares two runs. Statuses are one
// character for each name, as an index into Statuses.
type compareData struct {
	Statuses []compareStatus  `json:"statuses"`
	Names    [][]string       `json:"names"` // of workflows, APIs, data and requirements
	Levels   []string         `json:"levels"`
	Runs     []compareDataRun `json:"runs"`
}

type compareStatus struct {
	Class  string `json:"class"`
	Word   string `json:"word"`
	Symbol string `json:"symbol"`
}

type compareDataRun struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Page    string   `json:"page"`
	Release string   `json:"release"`
	Tool    string   `json:"tool"`
	Date    string   `json:"date"`
	Values  []string `json:"values"` // one string for each list of names
}

func newCompareData(s *Site) compareData {
	var d compareData
	for _, st := range statuses {
		d.Statuses = append(d.Statuses, compareStatus{st.Class(), st.Word(), st.Symbol()})
	}
	var runs []*Run
	levels := map[string]string{}
	for _, r := range s.Releases {
		runs = append(runs, r.Runs...)
		for _, q := range r.Requirements {
			if levels[q.ID] == "" {
				levels[q.ID] = string(q.Level)
			}
		}
	}
	ids := slices.Sorted(maps.Keys(levels))
	d.Names = [][]string{published.Workflows, rowTitles(runs, "apis"), rowTitles(runs, "data"), ids}
	for _, id := range ids {
		d.Levels = append(d.Levels, levels[id])
	}
	for _, run := range runs {
		maps := []map[string]Status{run.Workflows, run.Rows["apis"], run.Rows["data"], run.Requirements}
		c := compareDataRun{
			ID: run.Registry.Name + "@" + slug(run.Release), Title: run.Registry.Title, Page: "registry/" + run.Registry.Name + "/index.html",
			Release: run.Release, Tool: run.Tool, Date: run.Date,
		}
		for i, m := range maps {
			c.Values = append(c.Values, encodeStatuses(d.Names[i], m))
		}
		d.Runs = append(d.Runs, c)
	}
	return d
}

// encodeStatuses returns a digit for each name. A run without any of the names has
// the empty string.
func encodeStatuses(names []string, m map[string]Status) string {
	if len(m) == 0 {
		return ""
	}
	var b strings.Builder
	for _, n := range names {
		b.WriteByte(byte('0' + slices.Index(statuses, m[n])))
	}
	return b.String()
}
