package compile

import (
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/internal/cueerr"
	"github.com/ocispec/ocispec/internal/spectree"
)

// stepCompiler compiles the steps of a case.
type stepCompiler struct {
	*compiler
	release *release.Release
	n       int // number of steps so far
	groups  int // number of concurrent groups so far
}

// all compiles a list of steps, and expands macros and groups.
func (c *stepCompiler) all(v cue.Value) []*release.Step {
	var out []*release.Step
	for _, s := range c.list(v) {
		fs := c.fields(s) // once, which is slow
		has := func(name string) bool {
			return slices.ContainsFunc(fs, func(f field) bool { return f.name == name })
		}
		switch {
		case has("use"):
			out = append(out, c.use(s, fs)...)
		case has("together"):
			out = append(out, c.group(s, fs, "together", func(s *release.Step, n int) { s.Together = n })...)
		case has("independent"):
			out = append(out, c.group(s, fs, "independent", func(s *release.Step, n int) { s.Independent = n })...)
		default:
			out = append(out, c.step(s, fs))
		}
	}
	return out
}

var (
	usePath      = cue.ParsePath("use")
	useStepsPath = cue.ParsePath("use.steps")
)

// besideUse lists the fields that apply to each step of a macro.
var besideUse = []string{"when", "after", "row"}

// use compiles the steps of a macro. Conditions beside use are added to those
// of each step; row and after apply to the steps that do not set them.
func (c *stepCompiler) use(v cue.Value, fs []field) []*release.Step {
	if err := v.LookupPath(usePath).Validate(); err != nil {
		c.add(err)
	}
	c.alone(fs, "use", besideUse...)
	steps := c.all(v.LookupPath(useStepsPath))
	for _, f := range fs {
		if slices.Contains(besideUse, f.name) {
			c.toEach(steps, f)
		}
	}
	return steps
}

// toEach applies a field beside use to the steps of the macro.
func (c *stepCompiler) toEach(steps []*release.Step, f field) {
	for _, s := range steps {
		own := *s
		c.stepField(s, f)
		switch f.name {
		case "when":
			s.When = append(s.When, own.When...)
		case "after":
			if own.After != nil {
				s.After = own.After
			}
		case "row":
			if own.Row != "" {
				s.Row = own.Row
			}
		}
	}
}

// group compiles the steps in a field of v, and numbers the group.
func (c *stepCompiler) group(v cue.Value, fs []field, name string, set func(*release.Step, int)) []*release.Step {
	c.alone(fs, name)
	c.groups++
	group := c.groups
	steps := c.all(v.LookupPath(cue.ParsePath(name)))
	for _, s := range steps {
		set(s, group)
	}
	return steps
}

// alone reports fields other than title and the allowed ones beside a field
// that stands for several steps.
func (c *stepCompiler) alone(fs []field, name string, allowed ...string) {
	for _, f := range fs {
		if f.name != name && f.name != "title" && !slices.Contains(allowed, f.name) {
			c.errorAt(f.value, "%s is not allowed beside %s: move it to the steps of %s", f.name, name, name)
		}
	}
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}

func (c *stepCompiler) step(v cue.Value, fs []field) *release.Step {
	c.n++
	s := &release.Step{ID: fmt.Sprintf("#%d", c.n)}
	for _, x := range fs {
		if slices.Contains(methods, x.name) {
			if s.Method != "" {
				c.errorAt(x.value, "a step has one request, not both %s and %s: write a step for each", s.Method, x.name)
			}
			s.Method, s.URL = x.name, match.Template(c.str(x.value))
			s.Pos = pos(cueerr.AuthorPos(x.value))
			if u := string(s.URL); u != "" && !strings.HasPrefix(u, "/") && !strings.HasPrefix(u, "${") {
				c.errorAt(x.value, "%q is no path: begin it with / or with a URL of a response", u)
			}
			continue
		}
		c.stepField(s, x)
	}
	if s.Method == "" {
		c.errorAt(v, "the step has no request: add one of %s with a path, or use, together or independent", strings.Join(methods, ", "))
	}
	return s
}

// place returns the recorded positions of a step.
func (c *compiler) place(s *release.Step) stepPlaces {
	p, ok := c.places[s]
	if !ok {
		p = stepPlaces{map[string]spectree.Position{}, map[string]spectree.Position{}}
		c.places[s] = p
	}
	return p
}

func (c *stepCompiler) stepField(s *release.Step, x field) {
	switch x.name {
	case "id":
		s.ID = c.str(x.value)
	case "title":
		s.Title = c.str(x.value)
	case "query":
		s.Query = c.params(x.value)
	case "header":
		s.Header = c.params(x.value)
	case "body":
		s.Body = c.body(x.value)
	case "chunked":
		s.Chunked = c.boolean(x.value)
	case "row":
		s.Row = c.str(x.value)
		c.vetRow(c.release, cueerr.AuthorPos(x.value), s.Row)
	case "when":
		for _, w := range c.fields(x.value) {
			c.place(s).when[w.name] = cueerr.AuthorPos(w.value)
			s.When = append(s.When, release.Condition{Step: w.name, Response: c.response(w.value)})
		}
	case "after":
		after := append([]string{}, c.words(x.value, func(id string, at spectree.Position) { c.place(s).after[id] = at })...)
		s.After = &after
	case "expect":
		s.Checks = c.checks(x.value)
	case "unsupported":
		s.Unsupported = c.response(x.value)
	case "gate":
		if x.value.Kind() == cue.BoolKind {
			s.NoGate = true
		} else {
			s.Gate = c.response(x.value)
		}
	case "capture":
		for _, k := range c.fields(x.value) {
			s.Captures = append(s.Captures, c.capture(k))
		}
	case "observe":
		s.Observe = c.observe(x.value)
	case "cut":
		s.Cut = c.integer(x.value)
	case "skip":
		s.Skip = match.Template(c.str(x.value))
	case "count":
		s.Count = int(c.integer(x.value))
	case "announces":
		for _, a := range c.fields(x.value) {
			s.Announces = append(s.Announces, release.Announce{Name: a.name, Header: c.str(a.value)})
		}
	case "pages":
		s.Pages = c.pages(x.value)
	case "repeat":
		s.Repeat = c.repeat(x.value)
	}
}
