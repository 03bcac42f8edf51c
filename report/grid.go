package report

import (
	"slices"

	"github.com/ocispec/ocispec/result"
)

// grid combines two kinds of rows: a cell has the outcome of the steps that count
// for both.
//
// The first line has the steps that count for no row of the second kind, and the last
// column those that count for none of the first. Their heads have no title; they are
// left out if they are empty.
type grid struct {
	Kinds   [2]string // titles: across, down
	Columns []gridHead
	Lines   []gridLine
	Legend  []result.Outcome // the outcomes of all cells and heads, best first
}

// gridHead is a row of the published results.
type gridHead struct {
	Title   string
	Word    string         // as published, such as "Pass"
	Outcome result.Outcome // of Word
}

// gridLine is a line of a grid.
type gridLine struct {
	gridHead
	Cells []gridCell
}

// gridCell is the outcome of steps, empty if there are none, and the first case
// with that outcome.
type gridCell struct {
	Outcome result.Outcome
	Case    string
}

// wordOutcomes are the outcomes that the published words stand for.
var wordOutcomes = map[string]result.Outcome{
	"Pass": result.Pass, "Skip": result.Unsupported, "Disabled": result.Disabled, "FAIL": result.Fail, "Error": result.Error,
}

// gridOrder is the order in which outcomes determine a cell. Other than in
// [result.Worse], a passed check counts more than an unsupported one.
var gridOrder = []result.Outcome{
	"", result.Disabled, result.Unsupported, result.Pass, result.Blocked, result.Warn, result.Inconclusive, result.Fail, result.Error,
}

// newGrid returns the grid of the first two kinds of rows, or nil if the run has
// fewer or does not say which rows its steps count for.
func newGrid(r *result.Run) *grid {
	kinds := rowKinds(r)
	if len(kinds) < 2 {
		return nil
	}
	across, down := kinds[0], kinds[1]
	g := &grid{Kinds: [2]string{across.Title, down.Title}}
	for _, t := range tested(r, across.ID) {
		g.Columns = append(g.Columns, head(r, across.ID, t))
	}
	g.Columns, g.Lines = append(g.Columns, gridHead{}), []gridLine{{}}
	for _, t := range tested(r, down.ID) {
		g.Lines = append(g.Lines, gridLine{gridHead: head(r, down.ID, t)})
	}
	for i := range g.Lines {
		g.Lines[i].Cells = make([]gridCell, len(g.Columns))
	}
	if !g.fill(r) {
		return nil
	}
	g.finish()
	return g
}

func head(r *result.Run, kind, title string) gridHead {
	word := r.Rows[kind][title]
	return gridHead{title, word, wordOutcomes[word]}
}

// fill adds the checks of all steps, and reports whether there are any.
func (g *grid) fill(r *result.Run) bool {
	any := false
	for _, c := range r.Cases {
		for _, s := range c.Steps {
			o := stepOutcome(s)
			lines, columns := g.counts(append(slices.Clone(c.Rows), s.Row))
			any = any || columns != nil
			if lines == nil && columns == nil {
				continue
			}
			for _, l := range orElse(lines, 0) {
				for _, i := range orElse(columns, len(g.Columns)-1) {
					g.Lines[l].Cells[i].add(o, c.ID)
				}
			}
		}
	}
	return any
}

// counts returns the indexes of the lines and columns of rows.
func (g *grid) counts(rows []string) (lines, columns []int) {
	for i, l := range g.Lines {
		if l.Title != "" && slices.Contains(rows, l.Title) {
			lines = append(lines, i)
		}
	}
	for i, c := range g.Columns {
		if c.Title != "" && slices.Contains(rows, c.Title) {
			columns = append(columns, i)
		}
	}
	return lines, columns
}

func orElse(list []int, other int) []int {
	if list == nil {
		return []int{other}
	}
	return list
}

func (c *gridCell) add(o result.Outcome, id string) {
	if slices.Index(gridOrder, o) > slices.Index(gridOrder, c.Outcome) {
		*c = gridCell{o, id}
	}
}

// stepOutcome returns the outcome of the checks of a step that count for rows.
func stepOutcome(s result.Step) result.Outcome {
	var c gridCell
	for _, k := range s.Checks {
		if !k.Rule {
			c.add(k.Outcome, "")
		}
	}
	return c.Outcome
}

// finish removes the first line and the last column if they are empty, and sets the
// legend.
func (g *grid) finish() {
	if !slices.ContainsFunc(g.Lines[0].Cells, func(c gridCell) bool { return c.Outcome != "" }) {
		g.Lines = g.Lines[1:]
	}
	last := len(g.Columns) - 1
	if !slices.ContainsFunc(g.Lines, func(l gridLine) bool { return l.Cells[last].Outcome != "" }) {
		g.Columns = g.Columns[:last]
		for i := range g.Lines {
			g.Lines[i].Cells = g.Lines[i].Cells[:last]
		}
	}
	used := map[result.Outcome]bool{}
	for _, c := range g.Columns {
		used[c.Outcome] = true
	}
	for _, l := range g.Lines {
		used[l.Outcome] = true
		for _, c := range l.Cells {
			used[c.Outcome] = true
		}
	}
	for _, o := range order {
		if used[o] {
			g.Legend = append(g.Legend, o)
		}
	}
}
