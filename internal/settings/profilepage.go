package settings

import (
	"fmt"
	"io"
	"strings"
)

// ProfilesMarkdown writes a page with all profiles.
func ProfilesMarkdown(w io.Writer) error {
	profiles, err := Profiles()
	if err != nil {
		return err
	}
	sc, err := readSchema()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(`# Profiles of hosted registries

Generated from [` + "`profiles/`" + `](../profiles) by ` + "`go generate ./...`" + `.

` + "`ocispec run --profile NAME`" + ` takes settings from a profile that no flag, variable or file
has; ` + "`ocispec config --profile NAME`" + ` prints them. A profile changes how and what a run
asks a registry, never what counts as right. The registries could not be reached from the
tests of ocispec: each setting and each step has its source, and each profile says when the
sources were read.
`)
	for _, p := range profiles {
		entries, err := sc.entries(p)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s, as of %s.\n", p.Name, p.Title, p.AsOf)
		for i, step := range p.Before {
			if i == 0 {
				b.WriteString("\nBefore a run:\n\n")
			}
			fmt.Fprintf(&b, "- %s ([source](%s))\n", step.Step, step.Source)
		}
		b.WriteString("\n| setting | why | source |\n|---|---|---|\n")
		for _, x := range p.Because {
			for _, f := range sc.fields {
				if e, ok := entries[f.Path]; ok && x.covers(f.Path) {
					fmt.Fprintf(&b, "| `%s: %v` | %s | %s |\n", f.Path, e.Value, x.Reason, x.Source)
				}
			}
		}
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// covers reports whether a reason is one for a setting.
func (x Because) covers(path string) bool {
	return path == x.Path || strings.HasPrefix(path, x.Path+".")
}
