package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/result"
)

// maxSteps is the maximum number of earlier steps shown for a finding.
const maxSteps = 5

// evidence returns the evidence of a finding as labelled lines.
func evidence(f result.Finding) []line {
	e := f.Example
	var lines []line
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, line{label, text})
		}
	}
	add("case", e.Case)
	add("steps", trail(e))
	add("request", e.Request)
	for _, h := range e.Hops {
		add("redirect", fmt.Sprintf("%d to %s", h.Status, h.Location))
	}
	add("response", response(e))
	if e.Error != nil {
		add("error", strings.TrimSuffix(e.Error.Code+": "+e.Error.Message, ": "))
	}
	if e.Expected == "" {
		lines = append(lines, split(f.Message)...)
	} else {
		add("expected", e.Expected)
		add("actual", e.Actual)
	}
	if c := f.Contested; c != nil {
		add("contested", strings.TrimSpace(c.Reason+" "+c.Source))
	}
	add("later", f.Later)
	return lines
}

// trail joins the earlier steps that changed the registry and the failed step.
func trail(e result.Example) string {
	steps := slices.Clone(e.After)
	if n := len(steps) - maxSteps; n > 0 {
		steps = append([]string{"…"}, steps[n:]...)
	}
	return strings.Join(append(steps, e.Step), " → ")
}

// response formats the status code and the relevant headers.
func response(e result.Example) string {
	if e.Status == 0 {
		return ""
	}
	parts := []string{fmt.Sprint(e.Status)}
	for _, name := range slices.Sorted(maps.Keys(e.Header)) {
		for _, v := range e.Header[name] {
			parts = append(parts, name+": "+v)
		}
	}
	return strings.Join(parts, "; ")
}

// split splits a message into expected and actual values.
func split(msg string) []line {
	var lines []line
	for l := range strings.Lines(msg) {
		l = strings.TrimRight(l, "\n")
		for _, sep := range []string{", got ", "; got "} {
			if a, b, ok := strings.Cut(l, sep); ok && strings.Contains(a, "expected") {
				lines = append(lines, line{"expected", strings.Replace(a, "expected ", "", 1)}, line{"actual", b})
				l = ""
				break
			}
		}
		if l != "" {
			lines = append(lines, line{"message", l})
		}
	}
	return lines
}
