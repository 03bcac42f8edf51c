package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ocispec/ocispec/result"
)

const summaryLabel = 14 // width of the labels of the summary

// summary writes the categories, the rows and the other lines of the summary.
func (p *printer) summary(r *result.Run) {
	p.categories(r)
	for _, k := range rowKinds(r) {
		p.rows(r, k)
	}
	shown := []string{"Categories", "Violated"}
	for _, k := range rowKinds(r) {
		shown = append(shown, k.Title)
	}
	for _, l := range summarize(r).Lines {
		if !slices.Contains(shown, l.Label) {
			p.para(fmt.Sprintf("%-*s", summaryLabel, l.Label), summaryLabel, l.Text)
		}
	}
}

// categories writes a line for each category that the run tested.
func (p *printer) categories(r *result.Run) {
	width := 0
	var names []string
	for _, name := range categoryNames(r) {
		if r.Categories[name].Outcome != "" {
			names = append(names, name)
			width = max(width, utf8.RuneCountInString(name))
		}
	}
	for _, name := range names {
		c := r.Categories[name]
		passed, all := 0, 0
		for _, q := range r.Requirements {
			if q.Category == name {
				all++
			}
			if q.Category == name && q.Outcome == result.Pass {
				passed++
			}
		}
		text := "not tested"
		if c.Support != "none" || c.Outcome != result.Disabled && c.Outcome != result.Blocked {
			text = support(c)
		}
		if all > 0 && text != "not tested" {
			text += fmt.Sprintf("; %d of %s pass", passed, plural(all, "requirement"))
		}
		mark := fmt.Sprintf("%s %-12s", symbol(c.Outcome), c.Outcome)
		p.para(fmt.Sprintf("%-*s  %s ", width, name, p.paint(colors[c.Outcome], mark)), width+17, text)
	}
}

// rows writes how many rows of a kind have which result, and the rows in columns,
// the worst results first.
func (p *printer) rows(r *result.Run, kind result.RowKind) {
	titles := tested(r, kind.ID)
	if len(titles) == 0 {
		return
	}
	by := map[string]int{}
	rank := func(t string) int { return slices.Index(wordOrder, r.Rows[kind.ID][t]) }
	for _, t := range titles {
		by[r.Rows[kind.ID][t]]++
	}
	slices.SortFunc(titles, func(a, b string) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a, b)) })
	var counts []string
	for _, w := range wordOrder {
		if by[w] > 0 {
			o := wordOutcomes[w]
			counts = append(counts, p.paint(colors[o], fmt.Sprintf("%s %d %s", symbol(o), by[w], w)))
		}
	}
	fmt.Fprintf(&p.b, "%s  %s\n", p.paint("1", kind.Title), strings.Join(counts, "  "))
	if p.opts.Detail < Cases && p.opts.Width > 0 && p.opts.Width < wideScreen {
		titles = slices.DeleteFunc(titles, func(t string) bool { return r.Rows[kind.ID][t] == "Pass" })
	}
	cells := make([]string, len(titles))
	for i, t := range titles {
		cells[i] = symbol(wordOutcomes[r.Rows[kind.ID][t]]) + " " + t
	}
	for _, l := range columns(cells, cmp.Or(p.opts.Width, defaultWidth)-2) {
		text := ""
		for _, c := range l {
			text += p.paint(colors[wordOutcomes[r.Rows[kind.ID][titles[c.index]]]], c.text) + strings.Repeat(" ", c.pad)
		}
		p.b.WriteString("  " + text + "\n")
	}
}

// wordOrder is the order of the published words in the text.
var wordOrder = []string{"FAIL", "Error", "Pass", "Skip", "Disabled"}

// wideScreen is the width from which the summary lists the rows that passed. On
// narrower terminals it would not fit a screen.
const wideScreen = 100

// defaultWidth is the width of tables, in columns, where the width of the terminal
// is not known.
const defaultWidth = 80

// gridText is a cell of a line, with the number of spaces after it.
type gridText struct {
	index int
	text  string
	pad   int
}

// columns arranges cells in as few lines as fit into width, ordered down and then
// across. The last cell of a line has no padding.
func columns(cells []string, width int) [][]gridText {
	const gap = 2
	for height := 1; len(cells) > 0; height++ {
		var widths []int
		total := -gap
		for i := 0; i < len(cells); i += height {
			w := 0
			for _, c := range cells[i:min(i+height, len(cells))] {
				w = max(w, utf8.RuneCountInString(c))
			}
			widths = append(widths, w)
			total += w + gap
		}
		if total <= width || height >= len(cells) {
			return arrange(cells, widths, height, gap)
		}
	}
	return nil
}

func arrange(cells []string, widths []int, height, gap int) [][]gridText {
	lines := make([][]gridText, min(height, len(cells)))
	for i, c := range cells {
		col, row := i/height, i%height
		pad := 0
		if i+height < len(cells) {
			pad = widths[col] - utf8.RuneCountInString(c) + gap
		}
		lines[row] = append(lines[row], gridText{i, c, pad})
	}
	return lines
}
