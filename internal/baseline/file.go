package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"cuelang.org/go/cue/format"
	cueyaml "cuelang.org/go/encoding/yaml"
	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec/internal/cuefile"
)

// Parse decodes a baseline in YAML or, if its name ends in .cue, in CUE. It returns
// an error for what #Baseline in schemas/baseline.cue does not allow and, together
// with the baseline, one for findings without a reason and for duplicates.
func Parse(name string, b []byte) (*Baseline, error) {
	var base Baseline
	if err := cuefile.Decode(name, b, "baseline.cue", "#Baseline", &base); err != nil {
		return nil, err
	}
	if err := base.check(); err != nil {
		return &base, fmt.Errorf("%s: %w", name, err)
	}
	return &base, nil
}

// check returns an error for findings without a reason and for duplicates.
func (b *Baseline) check() error {
	var errs []error
	seen := map[key]bool{}
	for _, e := range b.Findings {
		if strings.TrimSpace(e.Reason) == "" {
			errs = append(errs, fmt.Errorf("%v has no reason: say why it is known", e))
		}
		if seen[e.key()] {
			errs = append(errs, fmt.Errorf("%v is there twice", e))
		}
		seen[e.key()] = true
	}
	return errors.Join(errs...)
}

// Encode returns the baseline in YAML or, for a name that ends in .cue, in CUE.
func (b *Baseline) Encode(name string) ([]byte, error) {
	const title = "Known findings: a run with --baseline fails if one is new, or no longer occurs.\n"
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(b), e.Close()); err != nil {
		return nil, err
	}
	if !cuefile.IsCUE(name) {
		return append([]byte("# "+title), out.Bytes()...), nil
	}
	f, err := cueyaml.Extract(name, out.Bytes())
	if err != nil {
		return nil, err
	}
	text, err := format.Node(f)
	return append([]byte("// "+title+"\n"), text...), err
}
