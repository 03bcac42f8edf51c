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
		tableRow(&b, f.ID, cells, f.Problems)
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
		tableRow(&b, name, cells, v.Problems)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tableRow writes what was found, and what is wrong with that in bold type.
func tableRow(w io.Writer, name string, found, problems []string) {
	for _, p := range problems {
		found = append(found, "**"+p+"**")
	}
	text := strings.ReplaceAll(strings.Join(found, "<br>"), "|", `\|`) // which would end the cell
	fmt.Fprintf(w, "| %s | %s |\n", name, text)
}
