package published

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"

	"github.com/ocispec/ocispec/internal/plain"
)

// facts are the labelled rows of the first table in report.html: "Test Version",
// "Tested Spec", "Conformance Commit", "Configuration" and others.
type facts map[string]string

// maxFacts bounds the number of facts and of the tokens read for them.
const (
	maxFacts  = 50
	maxTokens = 20_000
)

// parseReport returns the facts in report.html. A page without them, or that is
// not HTML, has none.
func parseReport(b []byte) facts {
	out := facts{}
	z := html.NewTokenizer(bytes.NewReader(toUTF8(b)))
	z.SetMaxBuf(1 << 20)
	var cell strings.Builder
	label, inCell := "", false
	for n := 0; n < maxTokens && len(out) < maxFacts; n++ {
		t := z.Next()
		if t == html.ErrorToken {
			break
		}
		token := z.Token()
		switch {
		case t == html.StartTagToken && token.Data == "td":
			inCell = true
			cell.Reset()
		case t == html.TextToken && inCell:
			cell.WriteString(token.Data)
		case token.Data == "br" && inCell:
			cell.WriteByte('\n')
		case t == html.EndTagToken && token.Data == "table":
			if len(out) > 0 {
				return out
			}
		case t == html.EndTagToken && token.Data == "td" && inCell:
			inCell = false
			if text := plain.Block(cell.String(), 64<<10); label == "" {
				label = plain.Line(text, 100)
			} else {
				out[label], label = text, ""
			}
		}
	}
	return out
}

// variables returns the lines NAME=value of a text.
func variables(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(l), "=")
		if ok && name != "" && !strings.ContainsAny(name, " \t") && len(out) < maxProps {
			out[name] = value
		}
	}
	return out
}
