package site

import (
	"fmt"
	"html"
	"strings"

	"github.com/ocispec/ocispec/internal/published"
)

// badgeColors are the colours of a badge. White text on each has a contrast of 4.5 to
// 1 or more.
var badgeColors = map[Status]string{Pass: "#1d7a45", Fail: "#b3262d", NoData: "#5d6875"}

// badgeText returns what a badge says about a run, and its colour. It counts the
// workflows, and promises nothing else.
func badgeText(run *Run) (string, Status) {
	pass, bad := 0, 0
	for _, w := range published.Workflows {
		switch s := run.Workflows[w]; {
		case s == Pass || s == Warn:
			pass++
		case s.Bad():
			bad++
		}
	}
	n := len(published.Workflows)
	text, color := fmt.Sprintf("%d of %d workflows pass", pass, n), NoData
	switch {
	case bad > 0:
		color = Fail
	case pass == n:
		color = Pass
	}
	return text, color
}

// badge returns the badge of a run in SVG.
func badge(run *Run) string {
	label := "OCI " + run.Release
	text, color := badgeText(run)
	var all []string
	for _, w := range orderedWorkflows(run.Workflows) {
		all = append(all, w+" "+run.Workflows[w].Word())
	}
	title := fmt.Sprintf("%s, OCI Distribution Spec %s: %s (%s)", run.Registry.Title, run.Release, strings.Join(all, ", "), strings.Trim(run.Tool+", "+run.Date, ", "))
	left, right := width(label), width(text)
	e := html.EscapeString
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="20" viewBox="0 0 %[1]d 20" role="img" aria-label="%[2]s"><title>%[2]s</title>`+
		`<rect width="%[1]d" height="20" rx="3" fill="#343c46"/><path d="M%[3]d 0h%[4]dq3 0 3 3v14q0 3 -3 3h-%[4]dz" fill="%[5]s"/>`+
		`<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="7" y="14" textLength="%[6]d">%[7]s</text>`+
		`<text x="%[8]d" y="14" textLength="%[9]d">%[10]s</text></g></svg>`+"\n",
		left+right, e(title), left, right-3, badgeColors[color], left-14, e(label), left+7, right-14, e(text))
}

// width returns the width of a part of a badge, in pixels.
func width(text string) int { return 14 + len([]rune(text))*31/5 }
