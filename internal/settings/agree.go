package settings

import (
	"fmt"
	"slices"
	"strings"
)

// agree settles where variables of both suites may differ: the URL of the older one has
// the scheme of the registry, and the results go where the present one says. It returns
// warnings.
func agree(oci, old map[string]Entry) []string {
	if e, ok := oci["registry"]; ok && sameRegistry(oci, old) {
		oci["registry"] = Entry{old["registry"].Value, e.Origin}
		delete(old, "registry")
	}
	to, ok := oci["out"]
	from, both := old["out"]
	if !ok || !both {
		return nil
	}
	delete(old, "out")
	if from.Value == to.Value {
		return nil
	}
	return []string{fmt.Sprintf("%s has no effect: %s is set", from.Origin, to.Origin)}
}

// sameRegistry reports whether the variables of both suites name one host and, if both
// say it, the same scheme.
func sameRegistry(oci, old map[string]Entry) bool {
	name, _ := oci["registry"].Value.(string)
	root, _ := old["registry"].Value.(string)
	scheme, rest, ok := strings.Cut(strings.TrimSuffix(root, "/"), "://")
	if !ok || rest != name {
		return false
	}
	tls, set := oci["tls"]
	return !set || (tls.Value == "disabled") == (scheme == "http")
}

// conflict reports variables of the two suites that set a setting to different
// values.
func conflict(oci, old map[string]Entry) error {
	var lines []string
	for path, e := range oci {
		if o, ok := old[path]; ok && fmt.Sprint(o.Value) != fmt.Sprint(e.Value) {
			lines = append(lines, fmt.Sprintf("%s and %s disagree about %s: remove one of them", e.Origin, o.Origin, path))
		}
	}
	slices.Sort(lines)
	if lines == nil {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(lines, "\n"))
}
