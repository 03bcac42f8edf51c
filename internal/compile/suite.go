package compile

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/internal/cueerr"
	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/nearest"
)

// compiler collects releases and the errors in their sources.
type compiler struct {
	cueerr.Explainer
	releases map[string]*release.Release
	errs     spectree.Errors
	// refs are the requirements that cases and rules refer to, with positions.
	refs []reference
	ids  []string // requirement ids of all releases, sorted
	// at holds the positions of the fields untested and overlaps of requirements,
	// by the name of the field and the requirement id.
	at map[[2]string]spectree.Position
	// places holds the positions at which steps refer to other steps.
	places map[*release.Step]stepPlaces
	// headerRefs are the headers that placeholders refer to.
	headerRefs []reference
	// failed counts the errors of the evaluator.
	failed int
}

// stepPlaces holds the positions at which a step refers to other steps, by
// their ids.
type stepPlaces struct{ when, after map[string]spectree.Position }

// reference is a reference by id, with its position.
type reference struct {
	id  string
	pos spectree.Position
}

// chain compiles a suite and those it extends, oldest first, and returns its
// release. A release is compiled from its own package: that depends on no other release
// that extends it.
func (c *compiler) chain(v cue.Value, suites map[string]cue.Value) *release.Release {
	version := c.str(v.LookupPath(cue.ParsePath("version")))
	if r := c.releases[version]; r != nil {
		return r
	}
	var prev *release.Release
	if p := v.LookupPath(cue.ParsePath("prev")); p.Exists() {
		if own, ok := suites[c.str(p.LookupPath(cue.ParsePath("version")))]; ok {
			p = own
		}
		prev = c.chain(p, suites)
	}
	r := c.suite(v, prev)
	c.releases[r.Version] = r
	return r
}

// suite compiles a release on top of the previous one.
func (c *compiler) suite(v cue.Value, prev *release.Release) *release.Release {
	r := &release.Release{}
	if prev != nil {
		r.History = slices.Clone(prev.History)
		r.Lineage = slices.Clone(prev.Lineage)
		r.Probe = prev.Probe
		r.Repository = prev.Repository
		r.Requirements = slices.Clone(prev.Requirements)
		r.Capabilities = slices.Clone(prev.Capabilities)
		r.Error = prev.Error
		r.RowKinds = slices.Clone(prev.RowKinds)
		r.Rows = slices.Clone(prev.Rows)
		r.Categories = slices.Clone(prev.Categories)
		r.Given = slices.Clone(prev.Given)
		r.Preflight = slices.Clone(prev.Preflight)
		r.Sets = slices.Clone(prev.Sets)
		r.Rules = slices.Clone(prev.Rules)
		r.Cases = slices.Clone(prev.Cases)
	}
	var text text
	own := map[string]cue.Value{}
	for _, f := range c.entries(v) {
		switch f.name {
		case "version":
			r.Version = c.str(f.value)
			r.Lineage = append(r.Lineage, r.Version)
		case "probe":
			r.Probe = c.str(f.value)
		case "repositoryName":
			r.RepositoryName = c.str(f.value)
		case "repository":
			r.Repository = c.group(f.value)
		case "title":
			r.Title = c.str(f.value)
		case "patches":
			r.Patches = c.strs(f.value)
			r.History = append(r.History, r.Patches...)
		case "source":
			text.source = c.str(f.value)
		case "lines":
			text.lines = f.value
		case "error":
			r.Error = &release.ErrorAt{
				Code:    c.str(f.value.LookupPath(cue.ParsePath("code"))),
				Message: c.str(f.value.LookupPath(cue.ParsePath("message"))),
			}
		default:
			own[f.name] = f.value
		}
	}
	c.dropped(r, own["dropped"])
	for _, f := range c.fields(own["capabilities"]) {
		r.Capabilities = put(r.Capabilities, release.Capability{ID: f.name, Title: c.str(f.value)}, func(x release.Capability) string { return x.ID })
	}
	for _, f := range c.fields(own["rowKinds"]) {
		r.RowKinds = put(r.RowKinds, c.rowKind(f), func(x release.RowKind) string { return x.ID })
	}
	for _, f := range c.fields(own["rows"]) {
		c.row(r, f)
	}
	c.categories(r, own)
	for _, f := range c.fields(own["given"]) {
		g := release.Given{ID: f.name, Title: c.str(f.value.LookupPath(cue.ParsePath("title")))}
		if from := f.value.LookupPath(cue.ParsePath("from")); from.Exists() {
			g.From = match.Template(c.str(from.LookupPath(cue.ParsePath("GET"))))
			g.At = c.str(from.LookupPath(cue.ParsePath("at")))
		}
		r.Given = put(r.Given, g, func(x release.Given) string { return x.ID })
	}
	for _, f := range c.fields(own["preflight"]) {
		r.Preflight = put(r.Preflight, c.preflight(f), func(x release.Preflight) string { return x.ID })
	}
	for _, f := range c.fields(own["sets"]) {
		r.Sets = put(r.Sets, c.set(f), func(x release.Set) string { return x.ID })
	}
	for _, f := range c.entries(own["requirements"]) {
		c.requirement(r, f, text)
	}
	for i, q := range r.Requirements {
		if cat := category(r, q); cat != q.Category {
			own := *q // shared with the previous release
			own.Category = cat
			r.Requirements[i] = &own
		}
	}
	for _, f := range c.fields(own["rules"]) {
		r.Rules = put(r.Rules, c.rule(f), func(x *release.Rule) string { return x.ID })
	}
	for _, f := range c.entries(own["cases"]) {
		r.Cases = put(r.Cases, c.kase(r, f), func(x *release.Case) string { return x.ID })
	}
	slices.SortStableFunc(r.Cases, func(a, b *release.Case) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(r.Requirements, func(a, b *release.Requirement) int { return cmp.Compare(a.ID, b.ID) })
	return r
}

// entries returns the regular fields of a suite, its cases or its requirements, and
// follows the references of a [part]. CUE does not follow those of other fields, which
// have the schema beside the reference.
func (c *compiler) entries(v cue.Value) []field {
	fs := c.fields(v)
	for i := range fs {
		fs[i].value = cue.Dereference(fs[i].value)
	}
	return fs
}

// put replaces the element with the same id, or appends x.
func put[T any](list []T, x T, id func(T) string) []T {
	if i := slices.IndexFunc(list, func(y T) bool { return id(y) == id(x) }); i >= 0 {
		list[i] = x
		return list
	}
	return append(list, x)
}

// dropped removes the requirements, cases and rules that the release drops.
func (c *compiler) dropped(r *release.Release, v cue.Value) {
	for _, kind := range c.fields(v) {
		for _, f := range c.fields(kind.value) {
			if strings.TrimSpace(c.str(f.value)) == "" {
				c.errorAt(f.value, "%s %q is dropped without a reason: state the reason", singular(kind.name), f.name)
			}
			var ids []string
			n := 0
			remove := func(id string) bool {
				ids = append(ids, id)
				if id == f.name {
					n++
				}
				return id == f.name
			}
			switch kind.name {
			case "requirements":
				r.Requirements = slices.DeleteFunc(r.Requirements, func(q *release.Requirement) bool { return remove(q.ID) })
			case "cases":
				r.Cases = slices.DeleteFunc(r.Cases, func(k *release.Case) bool { return remove(k.ID) })
			case "rules":
				r.Rules = slices.DeleteFunc(r.Rules, func(k *release.Rule) bool { return remove(k.ID) })
			}
			if n == 0 {
				c.errorAt(f.value, "%s %q is dropped, but the previous release does not have it%s", singular(kind.name), f.name, nearest.DidYouMean(f.name, ids))
			}
		}
	}
}

func singular(s string) string { return s[:len(s)-1] }

func rowKindIDs(r *release.Release) []string {
	var ids []string
	for _, k := range r.RowKinds {
		ids = append(ids, k.ID)
	}
	return ids
}

func (c *compiler) rowKind(f field) release.RowKind {
	k := release.RowKind{ID: f.name}
	for _, x := range c.fields(f.value) {
		switch x.name {
		case "title":
			k.Title = c.str(x.value)
		case "ownFailure":
			k.OwnFailure = c.boolean(x.value)
		}
	}
	return k
}

// row adds a row of published results, or changes an inherited one.
func (c *compiler) row(r *release.Release, f field) {
	row := release.Row{ID: f.name}
	if i := slices.IndexFunc(r.Rows, func(x release.Row) bool { return x.ID == f.name }); i >= 0 {
		row = r.Rows[i]
	}
	for _, x := range c.fields(f.value) {
		switch x.name {
		case "title":
			row.Title = c.str(x.value)
		case "kind":
			row.Kind = c.str(x.value)
		case "switch":
			row.Switch = c.str(x.value)
		case "enabled":
			row.Disabled = !c.boolean(x.value)
		}
	}
	if row.Title == "" || row.Kind == "" || row.Switch == "" {
		c.errorAt(f.value, "row %q must have a title, a kind and a switch", f.name)
	} else if kinds := rowKindIDs(r); !slices.Contains(kinds, row.Kind) {
		c.errorAt(f.value, "row %q: unknown kind %q%s", f.name, row.Kind, cmp.Or(nearest.DidYouMean(row.Kind, kinds), ": define it in rowKinds"))
	}
	r.Rows = put(r.Rows, row, func(x release.Row) string { return x.ID })
}

// requirement adds a requirement, or changes the given fields of an inherited
// one.
func (c *compiler) requirement(r *release.Release, f field, text text) {
	q := release.Requirement{ID: f.name, Actor: "registry", Testable: "yes", Pos: pos(cueerr.AuthorPos(f.value))}
	if len(r.Patches) > 0 {
		q.Since = r.Patches[0]
	}
	if old := r.Requirement(f.name); old != nil {
		q = *old
	}
	failed := c.failed
	words, level := q.Text, q.Level
	var contested *release.Contested
	for _, x := range c.fields(f.value) {
		switch x.name {
		case "text":
			q.Text = c.str(x.value)
		case "level":
			q.Level = release.Level(c.str(x.value))
		case "since":
			q.Since = c.str(x.value)
			c.patch(r, x.value)
		case "until":
			q.Until = c.str(x.value)
			c.patch(r, x.value)
		case "clause":
			q.Clause = c.clause(x.value, text)
		case "endpoints":
			q.Endpoints = c.strs(x.value)
		case "actor":
			q.Actor = c.str(x.value)
		case "testable":
			q.Testable = c.str(x.value)
		case "needs":
			q.Needs = c.words(x.value, func(id string, at spectree.Position) { c.vetCapability(r, at, id) })
		case "contested":
			contested = c.contested(x.value)
		case "untested":
			q.Untested = c.str(x.value)
			c.at[[2]string{"untested", q.ID}] = cueerr.AuthorPos(x.value)
		case "overlaps":
			q.Overlaps = c.strs(x.value)
			c.at[[2]string{"overlaps", q.ID}] = cueerr.AuthorPos(x.value)
		}
	}
	if contested != nil || q.Text != words || q.Level != level {
		q.Contested = contested // of this statement, and not of the one before
	}
	c.complete(f, &q, failed)
	c.order(r, f.value, q.Since, q.Until)
	r.Requirements = put(r.Requirements, &q, func(x *release.Requirement) string { return x.ID })
}

// categories compiles the categories of a release.
func (c *compiler) categories(r *release.Release, own map[string]cue.Value) {
	id := func(x release.Category) string { return x.ID }
	find := func(name string) release.Category {
		if i := slices.IndexFunc(r.Categories, func(x release.Category) bool { return x.ID == name }); i >= 0 {
			return r.Categories[i]
		}
		return release.Category{ID: name}
	}
	for _, f := range c.fields(own["categories"]) {
		x := find(f.name)
		x.Endpoints = c.strs(f.value)
		r.Categories = put(r.Categories, x, id)
	}
	for _, f := range c.fields(own["essential"]) {
		x := find(f.name)
		if x.Endpoints == nil {
			c.errorAt(f.value, "unknown category %q", f.name)
			continue
		}
		x.Essential = c.str(f.value)
		r.Categories = put(r.Categories, x, id)
	}
}

// contested compiles why a requirement is contested.
func (c *compiler) contested(v cue.Value) *release.Contested {
	out := &release.Contested{Reason: c.str(v.LookupPath(cue.ParsePath("reason")))}
	if source := v.LookupPath(cue.ParsePath("source")); source.Exists() {
		out.Source = c.str(source)
	}
	return out
}

// complete reports missing fields of a requirement, unless the evaluator has
// reported an error in it.
func (c *compiler) complete(f field, q *release.Requirement, failed int) {
	var missing []string
	for _, x := range []struct {
		name    string
		missing bool
	}{{"text", q.Text == ""}, {"level", q.Level == ""}, {"clause", q.Clause.Section == ""}} {
		if x.missing {
			missing = append(missing, x.name)
		}
	}
	if len(missing) > 0 && failed == c.failed {
		c.errorAt(f.value, "requirement %q has no %s, neither here nor in a previous release", f.name, strings.Join(missing, ", no "))
	}
}

// order reports an until that precedes since.
func (c *compiler) order(r *release.Release, v cue.Value, since, until string) {
	from, to := slices.Index(r.History, since), slices.Index(r.History, until)
	if from >= 0 && to >= 0 && to < from {
		c.errorAt(v.LookupPath(cue.ParsePath("until")), "until %q precedes since %q", until, since)
	}
}

// category returns the category of the first endpoint of a requirement that has
// one.
func category(r *release.Release, q *release.Requirement) string {
	for _, e := range q.Endpoints {
		for _, cat := range r.Categories {
			if slices.Contains(cat.Endpoints, e) {
				return cat.ID
			}
		}
	}
	return ""
}

// patch reports an unknown patch release.
func (c *compiler) patch(r *release.Release, v cue.Value) {
	if p := c.str(v); !slices.Contains(r.History, p) {
		c.errorAt(v, "unknown patch release %q%s (want one of %s)", p, nearest.DidYouMean(p, r.History), strings.Join(r.History, ", "))
	}
}

// text is the text of a release that clauses refer to.
type text struct {
	source string    // the URL of a clause
	lines  cue.Value // the number of lines, by document
}

func (c *compiler) clause(v cue.Value, text text) release.Clause {
	var doc string
	var line int64
	var at cue.Value
	var out release.Clause
	for _, x := range c.fields(v) {
		switch x.name {
		case "section":
			out.Section = c.str(x.value)
		case "line":
			line, at = c.integer(x.value), x.value
		case "doc":
			doc = c.str(x.value)
		}
	}
	if text.lines.Exists() {
		if most, err := text.lines.LookupPath(cue.MakePath(cue.Str(doc))).Int64(); err == nil && line > most {
			c.errorAt(at, "%s has %d lines, and no line %d", doc, most, line)
		}
	}
	if text.source != "" {
		out.URL = strings.NewReplacer("{doc}", doc, "{line}", strconv.FormatInt(line, 10)).Replace(text.source)
	}
	return out
}

func (c *compiler) rule(f field) *release.Rule {
	rule := &release.Rule{ID: f.name, Pos: pos(cueerr.AuthorPos(f.value))}
	for _, x := range c.fields(f.value) {
		switch x.name {
		case "on":
			for _, m := range c.fields(x.value) {
				rule.On = append(rule.On, release.RequestRule{Method: m.name, Path: c.matcher(m.value)})
			}
		case "when":
			rule.When = c.response(x.value)
		case "retried":
			rule.Retried = c.boolean(x.value)
		case "expect":
			rule.Checks = c.checks(x.value)
		}
	}
	c.vetRule(rule)
	return rule
}

func (c *compiler) set(f field) release.Set {
	set := release.Set{ID: f.name}
	for _, x := range c.fields(f.value) {
		switch x.name {
		case "title":
			set.Title = c.str(x.value)
		case "data":
			for _, d := range c.fields(x.value) {
				set.Data = append(set.Data, d.name)
			}
		}
	}
	return set
}
