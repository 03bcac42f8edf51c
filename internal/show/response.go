package show

import (
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release/match"
)

// Response describes a constraint on a response, one line per part. Equal
// constraints have equal lines.
func Response(r *match.Response) []string {
	if r == nil {
		return nil
	}
	var lines []string
	add := func(s string) { lines = append(lines, s) }
	if r.Status != nil {
		add("status: " + integer(r.Status))
	}
	for _, h := range r.Header {
		add(header(h))
	}
	for _, name := range r.Absent {
		add("header " + name + ": absent")
	}
	for _, l := range r.Link {
		add("link " + l.Rel + optional(l.Optional) + ": " + Matcher(l.Target))
	}
	if r.Body != nil {
		add("body" + ifTrue(r.BodyOptional, " (may be empty)") + ": " + Matcher(r.Body))
	}
	if r.Length != nil {
		add("body length in bytes: " + integer(r.Length))
	}
	if r.Digest != nil {
		add("body digest: " + Matcher(r.Digest))
	}
	for _, l := range r.Lists {
		add(list("list "+pointer(l.At), &l))
	}
	for _, l := range r.Pages {
		add(list("list "+pointer(l.At)+" of all pages", &l))
	}
	return lines
}

func header(h match.HeaderRule) string {
	name := "header " + h.Name + optional(h.Optional)
	if h.List != nil {
		return list(name+", its elements", h.List)
	}
	return name + ": " + Matcher(h.Value)
}

// integer is Matcher without the kind "int", for values that are always integers.
func integer(m *match.Matcher) string {
	if m.Op != match.And {
		return Matcher(m)
	}
	c := *m
	c.Kids = slices.DeleteFunc(slices.Clone(m.Kids), func(k *match.Matcher) bool { return k.Op == match.Kind && k.Text == "int" })
	if len(c.Kids) == 0 {
		return Matcher(m)
	}
	return Matcher(&c)
}

// list describes a rule for an array.
func list(what string, l *match.ListRule) string {
	var parts []string
	add := func(s string) { parts = append(parts, s) }
	for _, m := range l.Contains {
		add("contains " + Matcher(m))
	}
	for _, m := range l.Lacks {
		add("does not contain " + Matcher(m))
	}
	if l.Each != nil {
		add("every element is " + Matcher(l.Each))
	}
	if l.Length != nil {
		add("number of elements " + integer(l.Length))
	}
	if len(l.Sorted) > 0 {
		add("sorted" + by(l) + orders(l.Sorted))
	}
	if l.Unique {
		add("without duplicates" + by(l))
	}
	return what + ": " + strings.Join(parts, "; ")
}

// orders names the allowed orders.
func orders(sorted []string) string {
	var of []string
	for _, o := range sorted {
		of = append(of, map[string]string{match.ByBytes: "by bytes", match.ByCaseless: "regardless of case"}[o])
	}
	return " " + strings.Join(of, " or ")
}

func by(l *match.ListRule) string {
	if l.By == "" {
		return ""
	}
	return " in " + l.By
}

// pointer names the list at a JSON pointer.
func pointer(at string) string {
	if at == "" || at == "/" {
		return "(the whole body)"
	}
	return at
}

func optional(yes bool) string { return ifTrue(yes, " (if present)") }

func ifTrue(yes bool, s string) string {
	if yes {
		return s
	}
	return ""
}

// inline is Response on one line.
func inline(r *match.Response) string {
	if lines := Response(r); len(lines) > 0 {
		return strings.Join(lines, ", ")
	}
	return "anything"
}

// text returns JSON with its placeholders in words.
func text(raw string) string { return Template(match.Template(raw)) }
