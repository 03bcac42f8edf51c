package diff

import (
	"fmt"
)

// section is a part of a document with a title. Title is empty if the items
// belong to the section above.
type section struct {
	Title    string
	Table    [][]string // the first row is the head
	Items    []item
	Sections []section
}

// item is a list item, with further items below it.
type item struct {
	Spans []span
	Items []item
}

// span is a part of a line. Code is text of a case or an id.
type span struct {
	Text string
	Code bool
}

func prose(format string, args ...any) span { return span{Text: fmt.Sprintf(format, args...)} }
func code(s string) span                    { return span{s, true} }
func line(spans ...span) item               { return item{Spans: spans} }

// document returns a diff as a document: a summary, then what concerns registries
// by area, and last what concerns clients alone.
func document(d *Diff) section {
	doc := section{Title: fmt.Sprintf("From %s to %s", d.From, d.To)}
	if d.Empty() {
		doc.Items = []item{line(prose("No differences."))}
		return doc
	}
	doc.Sections = append(doc.Sections, d.summarySections()...)
	for _, area := range d.Areas {
		if s := d.area(area); len(s.Sections) > 0 {
			doc.Sections = append(doc.Sections, s)
		}
	}
	if s := d.rules(); len(s.Sections) > 0 {
		doc.Sections = append(doc.Sections, s)
	}
	clients := section{Title: "Requirements for clients"}
	for _, area := range d.Areas {
		if s := (section{Title: area, Sections: d.requirements(area, true)}); len(s.Sections) > 0 {
			clients.Sections = append(clients.Sections, s)
		}
	}
	if len(clients.Sections) > 0 {
		doc.Sections = append(doc.Sections, clients)
	}
	return doc
}

// area returns what concerns registries in an area.
func (d *Diff) area(area string) section {
	s := section{Title: area, Sections: d.requirements(area, false)}
	d.expectations(&s, area)
	for _, p := range []struct {
		title string
		list  []Case
	}{{"Cases added", d.Cases.Added}, {"Cases removed", d.Cases.Removed}} {
		var items []item
		for _, c := range p.list {
			if c.Area == area {
				items = append(items, line(code(c.ID), prose(" %s", c.Title)))
			}
		}
		s.add(p.title, items)
	}
	var items []item
	for _, c := range d.Cases.Replaced {
		if it := c.item(); c.Area == area && len(it.Items) > 0 {
			items = append(items, it)
		}
	}
	s.add("Cases with other requests or steps", items)
	return s
}

// add adds a section with its number of items, unless it is empty.
func (s *section) add(title string, items []item) {
	if len(items) > 0 {
		s.Sections = append(s.Sections, section{Title: fmt.Sprintf("%s (%d)", title, len(items)), Items: items})
	}
}

// requirements returns the requirements of an area: those for clients alone, or
// the others.
func (d *Diff) requirements(area string, client bool) []section {
	var s section
	listed := func(actor, a string) bool { return a == area && (actor == Client) == client }
	single := func(title string, list []Requirement) {
		var items []item
		for _, q := range list {
			if listed(q.Actor, q.Area) {
				items = append(items, line(code(q.ID), prose(" %s: %s", q.Level, q.Text)))
			}
		}
		s.add(title, items)
	}
	change := func(title string, list []Change, format func(Change) item) {
		var items []item
		for _, q := range list {
			if listed(q.Actor, q.Area) {
				items = append(items, format(q))
			}
		}
		s.add(title, items)
	}
	change("Requirements with a changed level", d.Requirements.Level, func(q Change) item {
		return line(code(q.ID), prose(" %s → %s", q.Before, q.After))
	})
	change("Requirements with changed text", d.Requirements.Text, func(q Change) item {
		return item{[]span{code(q.ID)}, []item{line(prose("before: %s", q.Before)), line(prose("after: %s", q.After))}}
	})
	single("Requirements removed", d.Requirements.Removed)
	single("Requirements added", d.Requirements.Added)
	return s.Sections
}

// item lists the differences between two versions of a case, except for the
// checks of steps in both.
func (c Replaced) item() item {
	out := item{Spans: []span{code(c.ID), prose(" %s", c.Title)}, Items: codes(c.Other)}
	for _, s := range c.Steps {
		step := item{Spans: []span{prose("step "), code(s.ID), prose(" %s", s.State)}, Items: codes(s.Request)}
		if s.State != changedStep {
			for _, k := range s.Checks {
				step.Items = append(step.Items, k.item(s.State != "added", s.State != "removed"))
			}
		}
		if len(step.Items) > 0 {
			out.Items = append(out.Items, step)
		}
	}
	return out
}

// item lists the expectations before, after or both.
func (k Check) item(before, after bool) item {
	out := line(code(k.Requirement))
	side := func(label string, lines []string) {
		if len(lines) == 0 {
			out.Items = append(out.Items, line(prose("%s: not checked", label)))
		}
		for _, l := range lines {
			out.Items = append(out.Items, line(prose("%s: ", label), code(l)))
		}
	}
	if before {
		side("before", k.Before)
	}
	if after {
		side("after", k.After)
	}
	return out
}

func codes(lines []string) []item {
	var out []item
	for _, l := range lines {
		out = append(out, line(code(l)))
	}
	return out
}

// rules returns the differences in rules, which apply to every response.
func (d *Diff) rules() section {
	s := section{Title: "Rules for every response"}
	s.add("Rules added", codes(d.Rules.Added))
	s.add("Rules removed", codes(d.Rules.Removed))
	var items []item
	for _, r := range d.Rules.Replaced {
		it := line(code(r.ID))
		for _, k := range r.Checks {
			it.Items = append(it.Items, k.item(true, true))
		}
		items = append(items, it)
	}
	s.add("Rules replaced", items)
	return s
}
