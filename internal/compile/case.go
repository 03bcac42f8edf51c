package compile

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ocispec/ocispec/internal/cueerr"

	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

func (c *compiler) kase(r *release.Release, f field) *release.Case {
	k := &release.Case{Summary: release.Summary{ID: f.name, Release: r.Version}}
	data := map[string]cue.Value{}
	steps := stepCompiler{compiler: c, release: r}
	failed := c.failed
	var cleanup cue.Value // numbered after the steps, wherever it is written
	for _, x := range c.fields(f.value) {
		switch x.name {
		case "title":
			k.Title = c.str(x.value)
			k.Pos = pos(cueerr.AuthorPos(x.value))
		case "why":
			k.Why = c.str(x.value)
		case "since":
			k.Since = c.str(x.value)
			c.patch(r, x.value)
		case "until":
			k.Until = c.str(x.value)
			c.patch(r, x.value)
		case "aliases":
			k.Aliases = c.strs(x.value)
		case "rows":
			k.Rows = c.words(x.value, func(id string, at spectree.Position) { c.vetRow(r, at, id) })
		case "needs":
			k.Needs = c.words(x.value, func(id string, at spectree.Position) { c.vetCapability(r, at, id) })
		case "switch":
			k.Switch = c.str(x.value)
		case "provides":
			k.Provides = c.words(x.value, func(id string, at spectree.Position) { c.vetCapability(r, at, id) })
		case "given":
			what := x.value.LookupPath(cue.ParsePath("what"))
			k.Given = &release.GivenUse{What: c.str(what)}
			if otherwise := x.value.LookupPath(cue.ParsePath("otherwise")); otherwise.Exists() {
				k.Given.Otherwise = match.Template(c.str(otherwise))
			}
			if !slices.ContainsFunc(r.Given, func(g release.Given) bool { return g.ID == k.Given.What }) {
				c.errorAt(what, "unknown kind of given content %q", k.Given.What)
			}
		case "quiet":
			k.Quiet = c.boolean(x.value)
		case "fresh":
			k.Fresh = c.boolean(x.value)
		case "data":
			for _, d := range c.fields(x.value) {
				k.Data = append(k.Data, c.data(d))
				data[d.name] = d.value
			}
		case "steps":
			k.Steps = steps.all(x.value)
		case "cleanup":
			cleanup = x.value
		}
	}
	if cleanup.Exists() {
		k.Cleanup = steps.all(cleanup)
	}
	for _, s := range slices.Concat(k.Steps, k.Cleanup) {
		for _, check := range s.Checks {
			if !slices.Contains(k.Checks, check.Requirement) {
				k.Checks = append(k.Checks, check.Requirement)
			}
		}
	}
	c.order(r, f.value, k.Since, k.Until)
	if len(k.Checks) == 0 && failed == c.failed {
		c.errors(parsePos(k.Pos), "case %q has no checks: add expect with a requirement to one of its steps", k.ID)
	}
	c.vetCase(k, data)
	return k
}

// kinds lists the fields of which data must have exactly one.
var kinds = []string{"random", "text", "json", "concat", "tar"}

func (c *compiler) data(f field) *release.Data {
	d := &release.Data{Name: f.name}
	var given []string
	for _, x := range c.fields(f.value) {
		if slices.Contains(kinds, x.name) {
			given = append(given, x.name)
		}
		switch x.name {
		case "scope":
			d.Scope = c.str(x.value)
		case "random":
			n := c.integer(x.value)
			d.Random = &n
		case "announced":
			d.Announced = c.announced(x.value)
		case "text":
			t := match.Template(c.str(x.value))
			d.Text = &t
		case "json":
			d.JSON = c.json(x.value)
		case "concat":
			for _, s := range c.strs(x.value) {
				d.Concat = append(d.Concat, match.Template(s))
			}
		case "tar":
			for _, file := range c.fields(x.value) {
				d.Tar = append(d.Tar, release.File{Name: file.name, Size: c.integer(file.value)})
			}
		case "gzip":
			d.Gzip = c.boolean(x.value)
		case "size":
			d.Size = c.integer(x.value)
		case "mediaType":
			d.MediaType = c.str(x.value)
		case "algorithm":
			d.Algorithm = c.str(x.value)
		}
	}
	if len(given) != 1 {
		c.errorAt(f.value, "data %q must have exactly one of %s; it has %s", f.name, strings.Join(kinds, ", "), cmp.Or(strings.Join(given, " and "), "none"))
	}
	return d
}

func (c *compiler) announced(v cue.Value) *release.Announced {
	a := &release.Announced{}
	for _, x := range c.fields(v) {
		switch x.name {
		case "as":
			a.As = c.str(x.value)
		case "most":
			a.Most = c.integer(x.value)
		}
	}
	return a
}

func (c *compiler) params(v cue.Value) []release.Param {
	var ps []release.Param
	for _, f := range c.fields(v) {
		if f.value.IncompleteKind() == cue.ListKind {
			for _, s := range c.strs(f.value) {
				ps = append(ps, release.Param{Name: f.name, Value: match.Template(s)})
			}
			continue
		}
		ps = append(ps, release.Param{Name: f.name, Value: match.Template(c.str(f.value))})
	}
	return ps
}

func (c *compiler) body(v cue.Value) *release.Body {
	if v.Kind() == cue.StringKind {
		return &release.Body{Text: match.Template(c.str(v))}
	}
	return &release.Body{JSON: c.json(v)}
}

func (c *compiler) capture(f field) release.Capture {
	k := release.Capture{Name: f.name}
	if f.value.Kind() == cue.StringKind {
		k.Pointer = c.str(f.value)
		return k
	}
	for _, x := range c.fields(f.value) {
		switch x.name {
		case "at":
			k.Pointer = c.str(x.value)
		case "header":
			k.Header = c.str(x.value)
		case "regexp":
			k.Regexp = c.group(x.value)
		case "add":
			k.Add = c.integer(x.value)
		}
	}
	if k.Pointer != "" && k.Header != "" {
		c.errorAt(f.value, "capture %q has both at and header: remove one", f.name)
	}
	if k.Pointer == "" && k.Header == "" && k.Regexp == "" {
		c.errorAt(f.value, "capture %q has no source: add at (a JSON pointer into the body), header, or regexp (matched against the whole body)", f.name)
	}
	return k
}

// group returns a regular expression that must have a group, the first of which
// is captured.
func (c *compiler) group(v cue.Value) string {
	s := c.str(v)
	if re, err := regexp.Compile(s); err != nil {
		c.errorAt(v, "%s", badRegexp(err))
	} else if re.NumSubexp() == 0 {
		c.errorAt(v, "the regular expression has no group: enclose the captured part in ( and )")
	}
	return s
}

func (c *compiler) observe(v cue.Value) []release.Observe {
	var os []release.Observe
	for _, name := range c.fields(v) {
		for _, value := range c.fields(name.value) {
			os = append(os, release.Observe{Name: name.name, Value: value.name, Response: c.response(value.value)})
		}
	}
	return os
}

func (c *compiler) pages(v cue.Value) *release.Pages {
	p := &release.Pages{}
	for _, x := range c.fields(v) {
		switch x.name {
		case "rel":
			p.Rel = c.str(x.value)
		case "max":
			p.Max = int(c.integer(x.value))
		}
	}
	return p
}

func (c *compiler) repeat(v cue.Value) *release.Repeat {
	p := &release.Repeat{}
	for _, x := range c.fields(v) {
		switch x.name {
		case "until":
			p.Until = c.response(x.value)
		case "times":
			p.Times = int(c.integer(x.value))
		case "every":
			d, err := time.ParseDuration(c.str(x.value))
			if err != nil {
				c.errorAt(x.value, "%v", err)
			}
			p.Every = d
		}
	}
	return p
}
