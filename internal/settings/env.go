package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/nearest"
)

// environ returns variables by name. Those that are empty count as not set.
func environ(list []string) map[string]string {
	env := map[string]string{}
	for _, kv := range list {
		if name, value, ok := strings.Cut(kv, "="); ok && value != "" {
			env[name] = value
		}
	}
	return env
}

// notSettings are variables that start with OCISPEC_ and are not settings.
var notSettings = []string{"OCISPEC_TOOLS", "OCISPEC_FULL", "OCISPEC_REQUIRE_CLIENTS", "OCISPEC_REQUIRE_REGISTRIES", "OCISPEC_PUBLISHED"}

// ownEnv reads the variables OCISPEC_*.
func (s *schema) ownEnv(env map[string]string) (map[string]Entry, error) {
	by, names := map[string]*Field{}, []string{}
	for _, f := range s.fields {
		if f.None == "" {
			by[f.Env()] = f
			names = append(names, f.Env())
		}
	}
	out := map[string]Entry{}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !strings.HasPrefix(name, "OCISPEC_") || slices.Contains(notSettings, name) {
			continue
		}
		f := by[name]
		if f == nil {
			return nil, fmt.Errorf("unknown variable %s%s", name, nearest.DidYouMean(name, names))
		}
		v, err := f.parse(env[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[f.Path] = Entry{v, name}
	}
	return out, nil
}

// configuration is the variable that names the file of the OCI conformance
// suite.
const configuration = "OCI_CONFIGURATION"

// ociEnv reads the variables of the OCI conformance suite. A variable OCI_* that
// neither suite knows is a warning.
func (s *schema) ociEnv(env map[string]string) (map[string]Entry, []string, error) {
	by, names := map[string]*Field{}, append(slices.Sorted(maps.Keys(legacy)), configuration)
	for _, f := range s.fields {
		if f.OCI != "" {
			by[f.OCI] = f
			names = append(names, f.OCI)
		}
	}
	out := map[string]Entry{}
	var warnings []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		f := by[name]
		switch {
		case !strings.HasPrefix(name, "OCI_"), name == configuration:
			continue
		case f == nil:
			if _, ok := legacy[name]; !ok {
				warnings = append(warnings, fmt.Sprintf("unknown variable %s%s", name, nearest.DidYouMean(name, names)))
			}
			continue
		}
		v, err := f.parse(env[name])
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		out[f.Path] = Entry{release(f, v), name}
	}
	return out, warnings, nil
}

// release converts the names of releases that the OCI conformance suite has:
// 1.1, stable or 1.1+dev.
func release(f *Field, v any) any {
	text, ok := v.(string)
	if f.Path != "spec" || !ok {
		return v
	}
	switch {
	case text == "stable":
		return "v1.1"
	case strings.HasSuffix(text, "dev"):
		return "dev"
	case !strings.HasPrefix(text, "v"):
		return "v" + text
	}
	return text
}
