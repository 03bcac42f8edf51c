package selftest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Markdown writes what does not differ from run to run: how many findings a
// fault gives, and the matrix of faults and findings.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	c := r.Counts
	fmt.Fprintf(&b, "# What finds which fault: %s\n\n", r.Spec)
	fmt.Fprintf(&b, "Made by `ocispec selftest --spec %s --format markdown`.\n\n", r.Spec)
	fmt.Fprintf(&b, "%d of %d faults are found as they should be, %d of %d variants pass, %d of %d checks have been red.\n\n",
		c.Faults-c.FaultsFailed, c.Faults, c.Variants-c.VariantsFailed, c.Variants, c.RedChecks, c.Checks)
	fmt.Fprintf(&b, "| findings of one fault | faults |\n|---|---|\n")
	for _, n := range slices.Sorted(maps.Keys(c.Findings)) {
		fmt.Fprintf(&b, "| %d | %d |\n", n, c.Findings[n])
	}
	fmt.Fprintf(&b, "\nA finding is followed by how the requirement fails, in how many expectations of the\nspec files, and where it is met first.\n\n")
	fmt.Fprintf(&b, "| fault | findings |\n|---|---|\n")
	for _, f := range r.Faults {
		var cells []string
		for _, x := range f.Findings {
			cells = append(cells, fmt.Sprintf("%s %s (%s; %d; %s)", x.Outcome, x.Requirement, x.Way, x.Checks, x.Place))
		}
		for _, p := range f.Problems {
			cells = append(cells, "**"+p+"**")
		}
		fmt.Fprintf(&b, "| %s | %s |\n", f.ID, cell(strings.Join(cells, "<br>")))
	}
	fmt.Fprintf(&b, "\n| variant | warnings |\n|---|---|\n")
	for _, v := range r.Variants {
		name := v.ID
		if name == "" {
			name = "the model registry"
		}
		var cells []string
		for _, x := range v.Warns {
			cells = append(cells, x.Requirement)
		}
		for _, p := range v.Problems {
			cells = append(cells, "**"+p+"**")
		}
		fmt.Fprintf(&b, "| %s | %s |\n", name, cell(strings.Join(cells, "<br>")))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell is text that does not end the cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
