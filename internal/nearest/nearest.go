// Package nearest finds the name that a misspelt one most likely means.
package nearest

import "fmt"

// Name returns the candidate that a misspelt name most likely means, or "".
func Name(name string, candidates []string) string {
	best, dist := "", len(name)/3+1
	for _, c := range candidates {
		if d := distance(name, c); d <= dist && (d < dist || best == "") {
			best, dist = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two strings, in bytes.
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

// DidYouMean ends a message about an unknown name: with the candidate that is
// nearest, or with nothing if none is near.
func DidYouMean(name string, candidates []string) string {
	if c := Name(name, candidates); c != "" {
		return fmt.Sprintf("; did you mean %q?", c)
	}
	return ""
}
