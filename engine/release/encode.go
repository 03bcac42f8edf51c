package release

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Format is the version of the compiled form. Increment it with every change to
// the types of this package or of package match.
const Format = 2

// header is the first line of the compiled form: the release without the steps
// of its cases.
type header struct {
	Format  int       `json:"format"`
	Digest  string    `json:"digest"` // of the sources
	Release *Release  `json:"release"`
	Cases   []Summary `json:"cases"`
}

// digestOf returns the digest in a compiled release, which has it near the beginning.
func digestOf(r io.Reader) (string, error) {
	d := json.NewDecoder(r)
	for {
		t, err := d.Token()
		if err != nil {
			return "", err
		}
		if t == "digest" {
			t, err = d.Token()
			digest, _ := t.(string)
			return digest, err
		}
	}
}

// Encode returns the compiled form of a release, as JSON lines: the first has
// the release, and each further line a case, so that a listing decodes only the
// first line. digest is the digest of the sources.
func Encode(r *Release, digest string) ([]byte, error) {
	h := header{Format: Format, Digest: digest, Release: r}
	for _, c := range r.Cases {
		h.Cases = append(h.Cases, c.Summary)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(h); err != nil {
		return nil, err
	}
	for _, c := range r.Cases {
		if err := e.Encode(c); err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
	}
	return b.Bytes(), nil
}

// Compiled is a compiled release whose cases are not decoded yet. It is safe
// for concurrent use if it is not modified.
type Compiled struct {
	Release *Release // without cases
	Digest  string   // of the sources
	Index   []Summary
	lines   [][]byte
}

// errTruncated is the error of Parse for an incomplete file.
var errTruncated = errors.New("the compiled form is truncated")

// Parse decodes the first line of a compiled release. The result refers to b,
// which must not be modified.
func Parse(b []byte) (*Compiled, error) {
	first, rest, ok := bytes.Cut(b, []byte("\n"))
	if !ok {
		return nil, errTruncated
	}
	var h header
	if err := json.Unmarshal(first, &h); err != nil {
		return nil, fmt.Errorf("compiled form: %w", err)
	}
	if h.Format != Format {
		return nil, fmt.Errorf("unsupported compiled form version %d; want %d", h.Format, Format)
	}
	if h.Release == nil {
		return nil, errTruncated
	}
	if err := h.Release.check(); err != nil {
		return nil, fmt.Errorf("compiled form: %w", err)
	}
	lines := bytes.Split(bytes.TrimSuffix(rest, []byte("\n")), []byte("\n"))
	if len(h.Cases) == 0 {
		lines = nil
	}
	if len(lines) != len(h.Cases) || len(rest) > 0 && rest[len(rest)-1] != '\n' {
		return nil, errTruncated
	}
	return &Compiled{h.Release, h.Digest, h.Cases, lines}, nil
}

// Decode returns the release, with all cases, as of a patch release. An empty
// patch means the last one.
func (c *Compiled) Decode(patch string) (*Release, error) {
	r, err := c.Whole()
	if err != nil {
		return nil, err
	}
	return r.At(patch)
}

// Whole returns the release with all cases, whether or not a patch release has
// them.
func (c *Compiled) Whole() (*Release, error) {
	r := *c.Release
	if err := r.checkRules(); err != nil {
		return nil, fmt.Errorf("compiled form: %w", err)
	}
	if len(c.lines) > 0 {
		r.Cases = make([]*Case, 0, len(c.lines))
	}
	for i, line := range c.lines {
		var k Case
		if err := json.Unmarshal(line, &k); err != nil {
			return nil, fmt.Errorf("compiled case %s: %w", c.Index[i].ID, err)
		}
		if k.ID != c.Index[i].ID {
			return nil, fmt.Errorf("compiled case %s: found case %s in its place", c.Index[i].ID, k.ID)
		}
		if err := k.check(); err != nil {
			return nil, fmt.Errorf("compiled case %s: %w", c.Index[i].ID, err)
		}
		r.Cases = append(r.Cases, &k)
	}
	return &r, nil
}

// Last returns the last patch release of the version, or "" if there are none.
func (r *Release) Last() string {
	if len(r.Patches) == 0 {
		return ""
	}
	return r.Patches[len(r.Patches)-1]
}

// At returns the release as of a patch release: without requirements, checks,
// rules and cases that are not in force. An empty patch means the last one. The
// receiver is not modified; the result shares data with it.
func (r *Release) At(patch string) (*Release, error) {
	if patch == "" {
		patch = r.Last()
	}
	if !slices.Contains(r.Patches, patch) {
		return nil, fmt.Errorf("%s: unknown patch release %q; want one of %s", r.Version, patch, strings.Join(r.Patches, ", "))
	}
	out := *r
	out.Patch = patch
	out.Requirements = nil
	known := map[string]bool{}
	for _, q := range r.Requirements {
		if r.InForce(q.Since, q.Until, patch) {
			out.Requirements = append(out.Requirements, q)
			known[q.ID] = true
		}
	}
	out.Rules = nil
	for _, rule := range r.Rules {
		k := *rule
		if k.Checks = inForce(rule.Checks, known); len(k.Checks) > 0 {
			out.Rules = append(out.Rules, &k)
		}
	}
	out.Cases = nil
	for _, c := range r.Cases {
		if r.InForce(c.Since, c.Until, patch) {
			out.Cases = append(out.Cases, c.at(known))
		}
	}
	return &out, nil
}

// at returns the case without the checks of unknown requirements.
func (c *Case) at(known map[string]bool) *Case {
	k := *c
	k.Checks = slices.DeleteFunc(slices.Clone(c.Checks), func(id string) bool { return !known[id] })
	k.Steps = stepsAt(c.Steps, known)
	k.Cleanup = stepsAt(c.Cleanup, known)
	return &k
}

func stepsAt(steps []*Step, known map[string]bool) []*Step {
	var out []*Step
	for _, s := range steps {
		k := *s
		k.Checks = inForce(s.Checks, known)
		out = append(out, &k)
	}
	return out
}

func inForce(checks []*Check, known map[string]bool) []*Check {
	return slices.DeleteFunc(slices.Clone(checks), func(c *Check) bool { return !known[c.Requirement] })
}

// Summary returns the release as of a patch release, with cases that have no
// data and steps.
func (c *Compiled) Summary(patch string) (*Release, error) {
	r := *c.Release
	r.Cases = make([]*Case, len(c.Index))
	for i, s := range c.Index {
		r.Cases[i] = &Case{Summary: s}
	}
	return r.At(patch)
}
