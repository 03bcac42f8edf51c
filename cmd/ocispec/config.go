package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec/release"
)

// config is the configuration file.
type config struct {
	Registry string          `yaml:"registry"`
	Repo     string          `yaml:"repo"`
	Other    string          `yaml:"other"`
	Username string          `yaml:"username"`
	Password string          `yaml:"password"`
	Settings map[string]bool `yaml:"settings"`
}

// readConfig reads a configuration file; without a name there is none.
func readConfig(name string) (*config, error) {
	c := &config{}
	if name == "" {
		return c, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, usage("--config: %v", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return nil, usage("--config: %s: %s", name, problems(err))
	}
	return c, nil
}

// problems says on one line, and without names of this program, what is wrong
// with YAML.
func problems(err error) string {
	lines := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	var te *yaml.TypeError
	if errors.As(err, &te) {
		lines = te.Errors
	}
	return strings.ReplaceAll(strings.Join(lines, "; "), " in type main.config", "")
}

// check finds settings that the release does not have: one that is misspelt
// would otherwise turn off nothing, in silence.
func (c *config) check(rel *release.Release) error {
	var known []string
	for _, r := range rel.Rows {
		if !slices.Contains(known, r.Switch) {
			known = append(known, r.Switch)
		}
	}
	slices.Sort(known)
	for name := range c.Settings {
		if !slices.Contains(known, name) {
			return usage("--config: no setting %q in %s: there are %s", name, rel.Patch, join(known))
		}
	}
	return nil
}
