package engine

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release/match"
)

// describe lists the expected and actual values of mismatches, one per line.
func describe(wrong []match.Mismatch) string {
	var lines []string
	for _, m := range wrong {
		what := m.Path
		if what != "" {
			what += ": "
		}
		line := fmt.Sprintf("%sexpected %s, got %s", what, m.Want, m.Got)
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	const most = 5
	if n := len(lines) - most; n > 0 {
		lines = append(lines[:most], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(lines, "\n")
}

// public returns mismatches without the credentials of the client: a registry can send
// them back.
func (r *runner) public(wrong []match.Mismatch) []match.Mismatch {
	out := slices.Clone(wrong)
	for i := range out {
		out[i].Want, out[i].Got = r.hide(out[i].Want), r.hide(out[i].Got)
	}
	return out
}

// hide hides the credentials of the client in a text with values from responses.
func (r *runner) hide(text string) string {
	if c, ok := r.client.(interface{ Hide(string) string }); ok {
		return c.Hide(text)
	}
	return text
}

// position matches the parts of a path that differ between equivalent failures:
// the index in an array, and the page number.
var position = regexp.MustCompile(`\.[0-9]+\b| of page [0-9]+$`)

// wayOf describes how a requirement failed, without values. Failures of one
// requirement in the same way are one finding.
func wayOf(wrong []match.Mismatch) string {
	var ways []string
	for _, m := range wrong {
		way := position.ReplaceAllString(m.Path, "") + " wrong"
		switch {
		case m.Path == "status":
			way = "status " + m.Got
		case m.Got == "nothing":
			way = strings.TrimSuffix(way, "wrong") + "missing"
		}
		if !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	slices.Sort(ways)
	return strings.Join(ways, ", ")
}
