package settings

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Markdown writes a page with all settings and the variables of both suites.
func Markdown(w io.Writer) error {
	sc, err := readSchema()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(`# Settings

Generated from [` + "`schemas/settings.cue`" + `](../schemas/settings.cue) by ` + "`go generate ./...`" + `.

A setting comes from the first of these that has it:

1. a flag: ` + "`ocispec run --help`" + `
2. a variable ` + "`OCISPEC_*`" + `
3. a variable of the OCI conformance suite
4. a file: the one of ` + "`--config`" + ` or ` + "`OCI_CONFIGURATION`" + `, or ` + "`ocispec.cue`, `ocispec.yaml` or `oci-conformance.yaml`" + ` in the working directory
5. a variable of the older suite
6. the [profile](profiles.md) of a hosted registry: ` + "`--profile`" + ` or the setting ` + "`profile`" + `
7. the default of the release

An unknown setting or value is an error with its position (status 2). ` + "`ocispec config`" + `
prints the settings in effect with their origins, as a file. Lists in variables are
separated by spaces. An empty variable counts as not set.

| setting | kind | meaning | variable | OCI conformance suite |
|---|---|---|---|---|
`)
	for _, f := range sc.fields {
		meaning := f.Doc
		if f.None != "" {
			meaning += " No effect: " + f.None + "."
		}
		own := "`" + f.Env() + "`"
		if f.None != "" {
			own = ""
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.Path, f.kind(), meaning, own, code(f.OCI))
	}
	b.WriteString(`
Files can use the names of ` + "`oci-conformance.yaml`" + `: `)
	var names []string
	for a, to := range sc.aliases {
		names = append(names, fmt.Sprintf("`%s` for `%s`", a, to))
	}
	slices.Sort(names)
	b.WriteString(strings.Join(names, ", ") + `.

## Variables of the older suite

With ` + "`OCI_ROOT_URL`" + ` or one of ` + "`OCI_TEST_*`" + `, a group that is not set is off, there
is no second repository unless ` + "`OCI_CROSSMOUNT_NAMESPACE`" + ` names one, and results
are written to the working directory. Variables of the two suites that disagree are an
error; ` + "`OCI_RESULTS_DIR`" + ` comes before ` + "`OCI_REPORT_DIR`" + `.

| variable | setting |
|---|---|
`)
	for _, name := range sortedNames() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, legacyMeaning(name))
	}
	_, err = io.WriteString(w, b.String())
	return err
}

func (f *Field) kind() string {
	if f.Values != nil {
		return "`" + strings.Join(f.Values, "`, `") + "`"
	}
	return kinds[f.Kind].name
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// specials describes the variables that do not set one setting each.
var specials = map[string]string{
	"OCI_USERNAME":                   "`username`",
	"OCI_PASSWORD":                   "`password`",
	"OCI_AUTOMATIC_CROSSMOUNT":       "`apis.blobs.mountAnonymous`: on if it is set to anything; without it off",
	"OCI_SKIP_EMPTY_LAYER_PUSH_TEST": "`data.noLayers`: off if it is true",
	"OCI_TAG_NAME":                   "`given.tags`, with `OCI_MANIFEST_DIGEST` and `OCI_BLOB_DIGEST`",
	"OCI_TAG_LIST":                   "`given.tags`; separated by commas",
	"OCI_MANIFEST_DIGEST":            "`given.manifests`, with `OCI_TAG_NAME` and `OCI_BLOB_DIGEST`",
	"OCI_BLOB_DIGEST":                "`given.blobs`, with `OCI_TAG_NAME` and `OCI_MANIFEST_DIGEST`",
}

func legacyMeaning(name string) string {
	v := legacy[name]
	switch {
	case v.none != "":
		return "no effect: " + v.none
	case len(v.paths) > 0:
		return "`" + strings.Join(v.paths, "`, `") + "`"
	}
	return specials[name]
}
