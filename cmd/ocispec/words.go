package main

import (
	"fmt"
	"strings"
)

// join lists words for a reader.
func join(words []string) string { return strings.Join(words, ", ") }

// plural is a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
