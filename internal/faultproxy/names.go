package faultproxy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// names returns an error for an unknown placeholder in the alteration.
func (a *alteration) names() error {
	known := slices.Clone(builtins)
	for _, re := range a.on.expressions() {
		known = append(known, re.SubexpNames()...)
	}
	for _, t := range a.templates() {
		if err := vetTemplate(t, known); err != nil {
			return err
		}
	}
	for _, r := range a.rewrites() {
		re := a.res[r.From]
		groups := slices.Concat(known, re.SubexpNames())
		for i := range re.NumSubexp() + 1 {
			groups = append(groups, strconv.Itoa(i))
		}
		if err := vetTemplate(r.To, groups); err != nil {
			return err
		}
	}
	return nil
}

func vetTemplate(t string, known []string) error {
	for _, m := range placeholder.FindAllStringSubmatch(t, -1) {
		name := m[1]
		if strings.HasPrefix(m[0], "$$") || name != "" && slices.Contains(known, name) ||
			strings.HasPrefix(name, "header.") || strings.HasPrefix(name, "response.") {
			continue
		}
		return fmt.Errorf("unknown placeholder ${%s}; want one of %s, header.NAME, response.NAME or a named group of on", name, strings.Join(builtins, ", "))
	}
	return nil
}

// templates returns all templates except those of rewrites, which have
// additional placeholders.
func (a *alteration) templates() []string {
	ts := []string{a.On.Per, a.Recall, a.Remember}
	values := func(m map[string]Strings) {
		for _, vs := range m {
			ts = append(ts, vs...)
		}
	}
	header := func(h *HeaderEdit) {
		if h != nil {
			values(h.Set)
			values(h.Add)
		}
	}
	for _, r := range a.Also {
		ts = append(ts, r.Path, r.Body)
		values(r.Query)
		values(r.Header)
	}
	if a.Respond != nil {
		ts = append(ts, a.Respond.Body, a.Respond.Raw)
		values(a.Respond.Header)
	}
	if a.Request != nil {
		header(a.Request.Header)
		if a.Request.Query != nil {
			values(a.Request.Query.Set)
		}
	}
	if a.Response != nil {
		header(a.Response.Header)
	}
	for _, b := range a.bodies() {
		if b.Text != nil {
			ts = append(ts, *b.Text)
		}
		ts = append(ts, b.Append)
		for _, e := range b.JSON {
			for _, v := range []any{e.Set, e.Add, e.Without} {
				ts = stringsIn(v, ts)
			}
		}
	}
	return ts
}

// stringsIn appends the strings in a JSON value to list.
func stringsIn(v any, list []string) []string {
	switch x := v.(type) {
	case string:
		return append(list, x)
	case []any:
		for _, e := range x {
			list = stringsIn(e, list)
		}
	case map[string]any:
		for _, e := range x {
			list = stringsIn(e, list)
		}
	}
	return list
}
