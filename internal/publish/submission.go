// Package publish writes and checks submissions to the results repository of the
// OCI (opencontainers/oci-conformance).
package publish

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Template is a submission file to fill in.
//
//go:embed submission.yaml
var Template string

// Submission is what only the author of a submission knows.
type Submission struct {
	Product     Product           `yaml:"product"`
	Start       []string          `yaml:"start"`       // commands that start the registry
	Environment map[string]string `yaml:"environment"` // variables of the run
}

// Product is the content of PRODUCT.yaml.
type Product struct {
	Vendor        string `yaml:"vendor"`
	Name          string `yaml:"name"`
	Version       string `yaml:"version"`
	Website       string `yaml:"website_url"`
	Repository    string `yaml:"repo_url,omitempty"`
	Documentation string `yaml:"documentation_url"`
	Logo          string `yaml:"product_logo_url,omitempty"`
	Type          string `yaml:"type"`
	Description   string `yaml:"description"`
}

var (
	variableRE    = regexp.MustCompile(`^(OCISPEC|OCI)_[A-Z0-9_]+$`)
	secretRE      = regexp.MustCompile(`PASSWORD|TOKEN|SECRET|USERNAME`)
	placeholderRE = regexp.MustCompile(`^(https://)?<[^>]*>(\.svg)?$`) // as in the template
)

// fromResults are variables whose values come from the results.
var fromResults = []string{"OCISPEC_REGISTRY", "OCISPEC_SPEC", "OCISPEC_OUT"}

// ParseSubmission parses a submission file in YAML. It returns all errors of the
// file.
func ParseSubmission(b []byte) (*Submission, error) {
	var s Submission
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		return nil, err
	}
	var errs []error
	for _, p := range checkProduct(s.Product.encode()) {
		if p.Level == LevelError {
			errs = append(errs, fmt.Errorf("product: %s", p.Text))
		}
	}
	if len(s.Start) == 0 {
		errs = append(errs, errors.New("start is missing: name the commands that start the registry"))
	}
	for _, c := range s.Start {
		if placeholderRE.MatchString(c) || strings.Contains(c, "```") {
			errs = append(errs, fmt.Errorf("start: %q is still the placeholder, or has a Markdown fence", c))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		if err := checkVariable(name, s.Environment[name]); err != nil {
			errs = append(errs, fmt.Errorf("environment: %s %w", name, err))
		}
	}
	return &s, errors.Join(errs...)
}

func checkVariable(name, value string) error {
	placeholder := placeholderRE.MatchString(value)
	switch {
	case !variableRE.MatchString(name):
		return errors.New("is not a variable OCISPEC_* or OCI_*")
	case slices.Contains(fromResults, name):
		return errors.New("is set from the results")
	case secretRE.MatchString(name) && !placeholder:
		return errors.New(`must be a placeholder, as in "<password>"`)
	case placeholder && !secretRE.MatchString(name):
		return fmt.Errorf("is still the placeholder %q", value)
	case strings.ContainsAny(value, "\n\r") || strings.Contains(value, "```"):
		return errors.New("is not a single line, or has a Markdown fence")
	}
	return nil
}

// encode returns PRODUCT.yaml. The version is quoted, since YAML readers would
// read 1.20 as a number.
func (p Product) encode() []byte {
	var n yaml.Node
	if err := n.Encode(p); err != nil {
		return nil // a struct of strings
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "version" {
			n.Content[i+1].Style = yaml.DoubleQuotedStyle
		}
	}
	b, err := yaml.Marshal(&n)
	if err != nil {
		return nil
	}
	return b
}
