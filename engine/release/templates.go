package release

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/ocispec/ocispec/engine/release/match"
)

// Inputs calls f for every template of the request.
func (s *Step) Inputs(f func(match.Template)) {
	f(s.URL)
	f(s.Skip)
	for _, p := range slices.Concat(s.Query, s.Header) {
		f(p.Value)
	}
	if s.Body != nil {
		f(s.Body.Text)
		jsonTemplates(s.Body.JSON, f)
	}
}

// Templates calls f for every template of the step, including its expectations.
func (s *Step) Templates(f func(match.Template)) {
	s.Inputs(f)
	s.Responses(func(r *match.Response) { r.Templates(f) })
}

// Responses calls f for every constraint of the step on a response; nil if it is
// absent.
func (s *Step) Responses(f func(*match.Response)) {
	for _, c := range s.Checks {
		f(c.When)
		f(c.Response)
	}
	for _, c := range s.When {
		f(c.Response)
	}
	f(s.Unsupported)
	for _, o := range s.Observe {
		f(o.Response)
	}
	f(s.Gate)
	if s.Repeat != nil {
		f(s.Repeat.Until)
	}
}

// Templates calls f for every template of the content.
func (d *Data) Templates(f func(match.Template)) {
	if d.Text != nil {
		f(*d.Text)
	}
	for _, t := range d.Concat {
		f(t)
	}
	jsonTemplates(d.JSON, f)
}

// jsonTemplates calls f for every string in a JSON text.
func jsonTemplates(raw json.RawMessage, f func(match.Template)) {
	d := json.NewDecoder(bytes.NewReader(raw))
	for {
		tok, err := d.Token()
		if err != nil {
			return
		}
		if s, ok := tok.(string); ok {
			f(match.Template(s))
		}
	}
}

// Takes lists, without duplicates, the steps whose responses provide values for
// the request.
func (s *Step) Takes() []string {
	var steps []string
	s.Inputs(func(t match.Template) {
		for _, n := range t.Names() {
			if r := ParseRef(n); r.Step != "" && !slices.Contains(steps, r.Step) {
				steps = append(steps, r.Step)
			}
		}
	})
	return steps
}

// References lists, without duplicates, all steps that the step refers to.
func (s *Step) References() []string {
	var steps []string
	add := func(id string) {
		if id != "" && !slices.Contains(steps, id) {
			steps = append(steps, id)
		}
	}
	s.Templates(func(t match.Template) {
		for _, n := range t.Names() {
			add(ParseRef(n).Step)
		}
	})
	for _, w := range s.When {
		add(w.Step)
	}
	if s.After != nil {
		for _, id := range *s.After {
			add(id)
		}
	}
	return steps
}
