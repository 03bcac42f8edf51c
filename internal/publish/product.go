package publish

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec/internal/plain"
)

// productFields are the fields of PRODUCT.yaml, and whether each is required.
var productFields = []struct {
	name     string
	required bool
}{
	{"vendor", true}, {"name", true}, {"version", true}, {"website_url", true}, {"repo_url", false},
	{"documentation_url", true}, {"product_logo_url", false}, {"type", true}, {"description", true},
}

// productTypes are the types that the documentation lists. The page generator
// shows only "distribution" as open source.
var productTypes = []string{"distribution", "hosted platform", "installer"}

// checkProduct returns the problems of PRODUCT.yaml.
func checkProduct(b []byte) []Problem {
	var out []Problem
	add := func(l Level, format string, args ...any) {
		out = append(out, Problem{"PRODUCT.yaml", l, plain.Line(fmt.Sprintf(format, args...), 500)})
	}
	var doc map[string]yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		add(LevelError, "%v", err)
		return out
	}
	known := map[string]bool{}
	for _, f := range productFields {
		known[f.name] = true
		n, ok := doc[f.name]
		switch {
		case ok && n.Kind != yaml.ScalarNode:
			add(LevelError, "%s is not text", f.name)
		case f.required && strings.TrimSpace(n.Value) == "":
			add(LevelError, "%s is missing", f.name)
		case placeholderRE.MatchString(n.Value):
			add(LevelError, "%s is still the placeholder %q", f.name, n.Value)
		case strings.HasSuffix(f.name, "_url") && n.Value != "" && !webURL(n.Value):
			add(LevelError, "%s %q is not a URL with https or http", f.name, n.Value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(doc)) {
		if !known[name] {
			add(LevelWarning, "unknown field %q", name)
		}
	}
	if name := doc["name"]; strings.Contains(name.Value, "OCI") {
		add(LevelError, "name %q contains OCI, which the trademark rules do not allow", name.Value)
	}
	if v := doc["version"]; v.Value != "" && v.Tag != "!!str" {
		add(LevelWarning, "version %s is not quoted: YAML readers read it as a number", v.Value)
	}
	if t := doc["type"]; t.Value != "" && !slices.Contains(productTypes, t.Value) {
		add(LevelWarning, "type %q is not one of %s", t.Value, strings.Join(productTypes, ", "))
	}
	if l := doc["product_logo_url"]; webURL(l.Value) && !vectorLogo(l.Value) {
		add(LevelWarning, "product_logo_url %q is not an SVG, AI or EPS file", l.Value)
	}
	return out
}

func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func vectorLogo(s string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains([]string{".svg", ".ai", ".eps"}, strings.ToLower(path.Ext(u.Path)))
}
