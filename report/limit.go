package report

import "github.com/ocispec/ocispec/result"

// shown returns the findings to print, failures first, and the number of those
// that are left out. max 0 means no limit.
func shown(r *result.Run, max int) ([]result.Finding, int) {
	all := sortedFindings(r)
	if max <= 0 || len(all) <= max {
		return all, 0
	}
	return all[:max], len(all) - max
}

// leftOut says how many findings are not printed.
func leftOut(n int) string {
	return count(n, "more finding is", "more findings are") + " left out; results.json has all"
}
