package published

import (
	"slices"
	"strings"
)

// minor returns the minor release that a version names, as in "v1.1" for "1.1.0",
// or "" if it names none.
func minor(version string) string {
	parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
	if len(parts) < 2 || !digits(parts[0]) || !digits(parts[1]) {
		return ""
	}
	return "v" + parts[0] + "." + parts[1]
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// addSpec finds the release of the suite, and compares it and that of the report
// with the folder.
func (r *Result) addSpec() {
	switch r.Format {
	case GinkgoV1, GinkgoV2:
		has := func(part string) bool {
			return slices.ContainsFunc(r.Cases, func(c Case) bool { return strings.Contains(c.Name, part) })
		}
		// The suite of v1.1 is the first that tests referrers. It renamed the cases
		// for tags.
		switch {
		case has("discovery endpoints (listing references)"):
			r.Spec.Suite = "v1.1"
		case has("discovery endpoints GET"):
			r.Spec.Suite = "v1.0"
		}
	default:
		r.Spec.Suite = minor(r.Config["version"])
	}
	folder := minor(r.Spec.Folder)
	for _, v := range []struct{ what, release string }{{"report", minor(r.Spec.Report)}, {"suite", r.Spec.Suite}} {
		if folder != "" && v.release != "" && v.release != folder {
			r.Spec.Differs = true
			r.note("the folder is for %s, but the %s is of %s", folder, v.what, v.release)
		}
	}
}

// addUnknown lists what the format cannot say, and notes counts that do not hold.
func (r *Result) addUnknown() {
	r.Unknown = append(r.Unknown, "requirements: no published format names the requirement that a case checks")
	switch r.Format {
	case GinkgoV1, GinkgoV2:
		r.Unknown = append(r.Unknown,
			"rows: derived from the names of cases; the suite has no case for the rows that are absent",
			"warnings: a case passes or fails as a whole",
			"skipped: a case is skipped for a setting or for the registry; the format does not distinguish them")
	case Suite:
		r.Unknown = append(r.Unknown, "workflows: derived from the rows of APIs", "warnings: a row has no warning")
	}
	if r.Started == "" {
		r.Unknown = append(r.Unknown, "time: the files have no date with a year")
	}
	if r.Spec.Report == "" || r.Spec.Report == "unknown" {
		r.Unknown = append(r.Unknown, "release: the report does not state it")
	}
	if r.Counts.Declared != r.Counts.Cases {
		r.note("junit.xml declares %d tests, but has %d cases", r.Counts.Declared, r.Counts.Cases)
	}
}
