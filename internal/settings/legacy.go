package settings

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// legacy has the variables of the older conformance suite, with the settings that
// they set or the reason why they have no effect. The others are read by special,
// or are those of the present suite.
var legacy = map[string]struct {
	paths []string
	none  string
}{
	"OCI_ROOT_URL":                     {paths: []string{"registry"}},
	"OCI_NAMESPACE":                    {paths: []string{"repo"}},
	"OCI_CROSSMOUNT_NAMESPACE":         {paths: []string{"other"}},
	"OCI_USERNAME":                     {},
	"OCI_PASSWORD":                     {},
	"OCI_AUTH_SCOPE":                   {paths: []string{"authScope"}},
	"OCI_TEST_PULL":                    {paths: []string{"apis.pull"}},
	"OCI_TEST_PUSH":                    {paths: []string{"apis.push"}},
	"OCI_TEST_CONTENT_DISCOVERY":       {paths: []string{"apis.tags.list", "apis.referrer"}},
	"OCI_TEST_CONTENT_MANAGEMENT":      {paths: deletions},
	"OCI_AUTOMATIC_CROSSMOUNT":         {},
	"OCI_SKIP_EMPTY_LAYER_PUSH_TEST":   {},
	"OCI_TAG_NAME":                     {},
	"OCI_TAG_LIST":                     {},
	"OCI_MANIFEST_DIGEST":              {},
	"OCI_BLOB_DIGEST":                  {},
	"OCI_REPORT_DIR":                   {paths: []string{"out"}},
	"OCI_HIDE_SKIPPED_WORKFLOWS":       {paths: []string{"hideDisabled"}},
	"OCI_DEBUG":                        {paths: []string{"debug"}},
	"OCI_DELETE_MANIFEST_BEFORE_BLOBS": {none: "manifests are always deleted before blobs"},
	"OCI_EMPTY_LAYER_MANIFEST_DIGEST":  {none: "the older suite has dropped it"},
}

// deletions are the settings for deleting.
var deletions = []string{"apis.tags.delete", "apis.manifests.delete", "apis.blobs.delete"}

// legacyLayer is what the variables of the older suite set, and what they imply
// by not being set.
type legacyLayer struct {
	mode              bool // the older suite's defaults hold
	explicit, implied map[string]Entry
}

// legacyEnv reads the variables of the older conformance suite. With
// OCI_ROOT_URL or one of OCI_TEST_*, a group that is not set is off.
func (s *schema) legacyEnv(env map[string]string) (*legacyLayer, []string, error) {
	l := &legacyLayer{explicit: map[string]Entry{}, implied: map[string]Entry{}}
	var warnings []string
	for _, name := range sortedNames() {
		text, set := env[name]
		v := legacy[name]
		l.mode = l.mode || set && (name == "OCI_ROOT_URL" || strings.HasPrefix(name, "OCI_TEST_"))
		switch {
		case !set:
		case v.none != "" && !harmless(name, text):
			warnings = append(warnings, fmt.Sprintf("%s has no effect: %s", name, v.none))
		default:
			for _, path := range v.paths {
				warnings = append(warnings, l.set(s.field(path), name, text)...)
			}
		}
	}
	warnings = append(warnings, l.special(env)...)
	if l.mode {
		l.groups()
	}
	return l, warnings, nil
}

func sortedNames() []string {
	var names []string
	for n := range legacy {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// harmless reports that a variable without effect asks for what happens anyway.
func harmless(name, text string) bool {
	on, _ := strconv.ParseBool(text)
	return on == (name == "OCI_DELETE_MANIFEST_BEFORE_BLOBS")
}

// set sets a field. The older suite takes what is no boolean as false.
func (l *legacyLayer) set(f *Field, name, text string) []string {
	v, err := f.parse(text)
	if err != nil && f.Kind == Switch {
		l.explicit[f.Path] = Entry{false, name}
		return []string{fmt.Sprintf("%s: %v; it counts as false", name, err)}
	}
	l.explicit[f.Path] = Entry{v, name}
	return nil
}

// preloaded are the variables that the older suite reads together: content that exists
// already.
var preloaded = []string{"OCI_TAG_NAME", "OCI_MANIFEST_DIGEST", "OCI_BLOB_DIGEST"}

// special reads the variables that do not set one setting each.
func (l *legacyLayer) special(env map[string]string) (warnings []string) {
	if text, ok := env["OCI_AUTOMATIC_CROSSMOUNT"]; ok {
		e := Entry{true, "OCI_AUTOMATIC_CROSSMOUNT=" + text}
		if on, _ := strconv.ParseBool(text); on {
			l.explicit["apis.blobs.mountAnonymous"] = e
		} else {
			// It expects 202, which a run reports as unsupported. Who says that in the
			// variables of the other suite turns the test off.
			l.implied["apis.blobs.mountAnonymous"] = e
		}
	}
	if on, _ := strconv.ParseBool(env["OCI_SKIP_EMPTY_LAYER_PUSH_TEST"]); on {
		l.explicit["data.noLayers"] = Entry{false, "OCI_SKIP_EMPTY_LAYER_PUSH_TEST"}
	}
	if tags := strings.FieldsFunc(env["OCI_TAG_LIST"], func(r rune) bool { return r == ',' || r == ' ' }); len(tags) > 0 {
		l.explicit["given.tags"] = Entry{tags, "OCI_TAG_LIST"}
	}
	missing := slices.DeleteFunc(slices.Clone(preloaded), func(name string) bool { return env[name] != "" })
	if len(missing) > 0 {
		for _, name := range preloaded {
			if env[name] != "" {
				warnings = append(warnings, fmt.Sprintf("%s has no effect without %s", name, strings.Join(missing, " and ")))
			}
		}
		return warnings
	}
	for i, path := range []string{"given.tags", "given.manifests", "given.blobs"} {
		if _, ok := l.explicit[path]; !ok {
			l.explicit[path] = Entry{[]string{env[preloaded[i]]}, preloaded[i]}
		}
	}
	return nil
}

// groups turns off what is not set.
func (l *legacyLayer) groups() {
	for _, name := range sortedNames() {
		if !strings.HasPrefix(name, "OCI_TEST_") {
			continue
		}
		for _, path := range legacy[name].paths {
			l.implied[path] = Entry{false, name + " is not set"}
		}
	}
	if _, ok := l.implied["apis.blobs.mountAnonymous"]; !ok {
		l.implied["apis.blobs.mountAnonymous"] = Entry{false, "OCI_AUTOMATIC_CROSSMOUNT is not set"}
	}
	l.implied["other"] = Entry{"", "OCI_CROSSMOUNT_NAMESPACE is not set"}
	l.implied["out"] = Entry{".", "default of the older suite"}
}

// suiteDefaults has defaults of the OCI conformance suite, for those who use its
// variables or its file, which can be the one that a variable names.
func (s *schema) suiteDefaults(oci, file map[string]Entry, named bool, old *legacyLayer) map[string]Entry {
	suite := len(oci) > 0 || named
	for _, e := range file {
		suite = suite || strings.HasPrefix(filepath.Base(e.Origin), suiteFile)
	}
	if !suite || old.mode {
		return nil
	}
	origin := "default of the OCI conformance suite"
	return map[string]Entry{
		"registry": {"localhost:5000", origin},
		"repo":     {"conformance/repo1", origin},
		"other":    {"conformance/repo2", origin},
		"out":      {"./results", origin},
	}
}
