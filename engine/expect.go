package engine

import (
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// expected returns what finds the content that the body of the response to a step is
// expected to be, given how the body begins. Such a body is not kept in memory.
func (run *caseRun) expected(s *release.Step) func([]byte) httpclient.Stream {
	return func(beginning []byte) httpclient.Stream {
		for _, name := range bodies(s) {
			c, err := run.data.Content(name)
			if err != nil {
				continue // the checks report it
			}
			if long := c.AsLong(); long.HasPrefix(beginning) {
				return long
			}
		}
		return nil
	}
}

// bodies lists the names of the content that the constraints of a step compare the body
// of a response with, or its digest.
func bodies(s *release.Step) []string {
	var names []string
	s.Responses(func(r *match.Response) {
		if r == nil {
			return
		}
		for _, m := range []*match.Matcher{r.Body, r.Digest} {
			if m != nil && m.IsText() {
				m.Templates(func(t match.Template) { names = append(names, contents(t)...) })
			}
		}
	})
	return names
}

// contents lists the names of the content in a template.
func contents(t match.Template) []string {
	var names []string
	for _, name := range t.Names() {
		if ref := release.ParseRef(name); ref.IsData() {
			name, _ = ref.DataName()
			names = append(names, name)
		}
	}
	return names
}
