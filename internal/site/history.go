package site

import (
	"html"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/plain"
)

// HistoryPage is one of the pages of the years 2020 and 2021: Markdown with badges
// of jobs, in one table of registries or one table for each registry.
type HistoryPage struct {
	Name, File, Title, Date, Tool string
	Intro                         []Rich
	Groups                        []*HistoryGroup
}

// HistoryGroup is a section of a page, such as "Open Source".
type HistoryGroup struct {
	Title string
	Rows  []*HistoryRow
}

// HistoryRow is what a page says about a registry.
type HistoryRow struct {
	Page                    *HistoryPage
	Registry                *Registry
	Title, Homepage, Vendor string
	Verified, Notes         Rich
	Workflows               []HistoryWorkflow
}

// HistoryWorkflow is the badge and the links of a workflow. Without a name it is of
// all workflows.
type HistoryWorkflow struct {
	Name   string
	Status Status
	Links  Rich
}

// Rich is text with links and images.
type Rich []Span

// Span is a text, a link if URL is set, or an image if Image is set.
type Span struct{ Text, URL, Image string }

// Plain is the text without links.
func (r Rich) Plain() string {
	var b strings.Builder
	for _, s := range r {
		b.WriteString(s.Text)
	}
	return strings.TrimSpace(b.String())
}

var (
	badgeRE = regexp.MustCompile(`^\[!\[([^\]]*)\]\(([^()\s]+)\)\]\(([^()\s]+)\)`)
	imageRE = regexp.MustCompile(`^!\[([^\]]*)\]\(([^()\s]+)\)`)
	linkRE  = regexp.MustCompile(`^\[([^\]]*)\]\(([^()\s]+)\)`)
	tagRE   = regexp.MustCompile(`<[^<>]*>`)
	fieldRE = regexp.MustCompile(`^__([A-Za-z ]+):__\s*(.*)$`)
	yearRE  = regexp.MustCompile(`(?:^|[^0-9])((?:19|20)[0-9]{2})(?:[^0-9]|$)`)
)

// rich reads inline Markdown: text, links and images.
func rich(s string) Rich {
	var out Rich
	s = strings.TrimSpace(s)
	text := func(t string) {
		// The marks keep spaces at the ends.
		t = line("x" + html.UnescapeString(tagRE.ReplaceAllString(t, "")) + "x")
		if t = strings.TrimSuffix(t[1:], "x"); t != "" {
			out = append(out, Span{Text: t})
		}
	}
	for s != "" {
		i := strings.IndexAny(s, "![")
		if i < 0 {
			text(s)
			break
		}
		span, n := inline(s[i:])
		if n == 0 { // no link
			text(s[:i+1])
			s = s[i+1:]
			continue
		}
		text(s[:i])
		out = append(out, span)
		s = s[i+n:]
	}
	return out
}

// inline reads the link or image that s starts with, and returns its length.
func inline(s string) (Span, int) {
	if m := badgeRE.FindStringSubmatch(s); m != nil {
		return Span{name(m[1]), webURL(m[3]), webURL(m[2])}, len(m[0])
	}
	if m := imageRE.FindStringSubmatch(s); m != nil {
		return Span{name(m[1]), "", webURL(m[2])}, len(m[0])
	}
	if m := linkRE.FindStringSubmatch(s); m != nil {
		return Span{line(m[1]), webURL(m[2]), ""}, len(m[0])
	}
	return Span{}, 0
}

// parseHistory reads a page.
func parseHistory(c HistoryConfig, text string) *HistoryPage {
	p := &HistoryPage{File: filepath.Base(c.File), Title: name(c.Title), Date: c.Date, Tool: name(c.Tool)}
	p.Name = slug(strings.TrimSuffix(p.File, filepath.Ext(p.File)))
	if m := yearRE.FindStringSubmatch(p.File); m != nil && p.Date == "" {
		p.Date = m[1]
	}
	r := &historyReader{page: p}
	for l := range strings.Lines(plain.Block(text, 4<<20)) {
		r.line(strings.TrimSpace(l))
	}
	for _, g := range p.Groups {
		g.Rows = slices.DeleteFunc(g.Rows, func(r *HistoryRow) bool { return r.Title == "" })
	}
	p.Groups = slices.DeleteFunc(p.Groups, func(g *HistoryGroup) bool { return len(g.Rows) == 0 })
	return p
}

// historyReader is the state of reading a page.
type historyReader struct {
	page   *HistoryPage
	group  *HistoryGroup
	row    *HistoryRow // of a heading
	header []string    // of the table, nil outside of tables
}

func (r *historyReader) line(l string) {
	cells := tableCells(l)
	if cells == nil {
		r.header = nil
	}
	level := len(l) - len(strings.TrimLeft(l, "#"))
	field := fieldRE.FindStringSubmatch(l)
	switch {
	case l == "" || strings.Trim(l, "-") == "":
	case level > 0:
		r.heading(level, strings.TrimSpace(l[level:]))
	case cells != nil && r.header == nil:
		r.header = cells
		if r.row != nil && slices.Contains(cells, "Registry") {
			r.group.Rows = slices.DeleteFunc(r.group.Rows, func(x *HistoryRow) bool { return x == r.row })
			r.startGroup(r.row.Title)
		}
	case cells != nil && strings.Trim(strings.Join(cells, ""), "-: ") == "":
	case cells != nil:
		r.tableRow(cells)
	case field != nil && r.row != nil:
		r.field(field[1], rich(field[2]))
	case field != nil || strings.Contains(l, "](#"): // the table of contents
	case r.row != nil:
		r.row.Notes = append(r.row.Notes, rich(strings.Trim(l, "_"))...)
	case r.group == nil:
		r.page.Intro = append(r.page.Intro, rich(l))
	}
}

// heading starts a group or, below a group, a registry. If a table of registries
// follows, the registry becomes a group.
func (r *historyReader) heading(level int, title string) {
	title = name(html.UnescapeString(title))
	switch {
	case level == 1:
		if r.page.Title == "" {
			r.page.Title = title
		}
	case level > 2 && r.group != nil:
		r.row = &HistoryRow{Page: r.page, Title: title}
		r.group.Rows = append(r.group.Rows, r.row)
	default:
		r.startGroup(title)
	}
}

func (r *historyReader) startGroup(title string) {
	r.row, r.group = nil, &HistoryGroup{Title: title}
	r.page.Groups = append(r.page.Groups, r.group)
}

func (r *historyReader) field(key string, v Rich) {
	switch key {
	case "Homepage":
		r.row.Homepage = firstURL(v)
	case "Vendor":
		r.row.Vendor = name(v.Plain())
	case "Verified":
		r.row.Verified = v
	case "Notes":
		r.row.Notes = append(v, r.row.Notes...)
	}
}

// tableRow reads a row of a table: of a registry, or of a workflow of the registry
// in the heading.
func (r *historyReader) tableRow(cells []string) {
	row, w := r.row, HistoryWorkflow{}
	if row == nil {
		if r.group == nil {
			return
		}
		row = &HistoryRow{Page: r.page}
	}
	for i, c := range cells {
		if i >= len(r.header) {
			break
		}
		v := rich(c)
		switch key := strings.TrimSuffix(r.header[i], "?"); key {
		case "Registry":
			row.Title, row.Homepage = name(v.Plain()), firstURL(v)
		case "Vendor":
			row.Vendor = name(v.Plain())
		case "Verified":
			row.Verified = v
		case "Notes":
			row.Notes = v
		case "Workflow":
			w.Name = name(v.Plain())
		default:
			w.Links = append(w.Links, titled(v, key)...)
		}
	}
	if len(w.Links) > 0 || w.Name != "" {
		row.Workflows = append(row.Workflows, w)
	}
	if r.row == nil {
		r.group.Rows = append(r.group.Rows, row)
	}
}

// titled returns links that the title of their column names, if they do not name
// themselves, without the separators between them.
func titled(v Rich, column string) Rich {
	v = slices.DeleteFunc(slices.Clone(v), func(s Span) bool { return s.URL == "" && strings.Trim(s.Text, " |") == "" && s.Image == "" })
	for i, s := range v {
		switch {
		case s.Image != "" && s.Text == "":
			v[i].Text = "badge"
		case s.Text == "Link":
			v[i].Text = strings.ToLower(column)
		}
	}
	return v
}

func firstURL(r Rich) string {
	for _, s := range r {
		if s.URL != "" {
			return s.URL
		}
	}
	return ""
}

// tableCells splits a row of a Markdown table, and returns nil for other lines.
func tableCells(l string) []string {
	if !strings.HasPrefix(l, "|") {
		return nil
	}
	cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(l, "|"), "|"), "|")
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
	}
	return cells
}
