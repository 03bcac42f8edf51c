// Package nearest finds the known name that is closest to a misspelt one.
package nearest

import "fmt"

// Name returns the candidate closest to name by Levenshtein distance, or "" if
// none is within a third of the length of name plus one.
func Name(name string, candidates []string) string {
	best, dist := "", len(name)/3+1
	for _, c := range candidates {
		if d := distance(name, c); d <= dist && (d < dist || best == "") {
			best, dist = c, d
		}
	}
	return best
}

// distance returns the Levenshtein distance of two strings, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := prev
			if a[i] != b[j] {
				d = min(prev, row[j], row[j+1]) + 1
			}
			prev, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}

// DidYouMean returns the suffix of a message about an unknown name: it suggests
// the closest candidate. It returns "" if no candidate is close.
func DidYouMean(name string, candidates []string) string {
	if c := Name(name, candidates); c != "" {
		return fmt.Sprintf("; did you mean %q?", c)
	}
	return ""
}
