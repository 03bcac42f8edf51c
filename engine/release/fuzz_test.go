package release

import (
	"testing"

	"github.com/ocispec/ocispec/engine/release/match"
)

// noEnv resolves no placeholders.
type noEnv struct{}

func (noEnv) Lookup(string) (any, error) { return "x", nil }

// FuzzParse parses arbitrary bytes as a compiled release, and uses the result
// if it is accepted.
func FuzzParse(f *testing.F) {
	b, err := Encode(sample(), "d")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	for _, s := range invalid(f) {
		f.Add([]byte(s))
	}
	f.Add([]byte(`{"format":1,"release":{"version":"v","patches":["a"],"history":["a"],"rules":[{"checks":[{"requirement":"r","response":{"header":[{"name":"a","list":{"contains":[null]}}]}}]}]},"cases":[{"id":"x"}]}` + "\n" + `{"id":"x","steps":[null]}` + "\n"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			return
		}
		if r, err := c.Summary(""); err == nil {
			use(r)
		}
		for _, p := range c.Release.Patches[:min(3, len(c.Release.Patches))] {
			if r, err := c.Decode(p); err == nil {
				use(r)
			}
		}
	})
}

// use accesses all parts of a release.
func use(r *Release) {
	for _, rule := range r.Rules {
		useResponse(rule.When)
		for _, k := range rule.Checks {
			useResponse(k.When)
			useResponse(k.Response)
		}
	}
	for _, q := range r.Requirements {
		_ = r.InForce(q.Since, q.Until, r.Patch)
	}
	for _, c := range r.Cases {
		for _, d := range c.Data {
			d.Templates(func(match.Template) {})
		}
		for _, s := range append(c.Steps, c.Cleanup...) {
			s.Takes()
			s.References()
			for _, k := range s.Checks {
				useResponse(k.Response)
			}
		}
	}
}

func useResponse(r *match.Response) {
	if r == nil {
		return
	}
	ms := []*match.Matcher{r.Status, r.Body, r.Length}
	for _, h := range r.Header {
		ms = append(ms, h.Value)
	}
	for _, l := range r.Link {
		ms = append(ms, l.Target)
	}
	for _, m := range ms {
		if m != nil {
			m.Match(noEnv{}, "x")
			m.Match(noEnv{}, []any{map[string]any{}})
		}
	}
}
