package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	plaintext "github.com/ocispec/ocispec/internal/plain"
	"github.com/ocispec/ocispec/result"
)

// The parts of the page.
var (
	//go:embed html/page.tmpl
	pageSource string
	//go:embed html/style.css
	pageStyle string
	//go:embed html/script.js
	pageScript string
)

// page is parsed once. Execution does not modify it.
var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"because":     because,
	"breaks":      breaks,
	"caseID":      caseID,
	"duration":    duration,
	"occurrences": occurrences,
	"rows":        sortedRows,
	"symbol":      symbol,
	"time":        func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
	"upper":       func(o result.Outcome) string { return strings.ToUpper(string(o)) },
	"webURL":      webURL,
}).Parse(pageSource))

// policy is the Content-Security-Policy of the page: its own style and script, and
// nothing else.
var policy = fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
	sourceHash(pageStyle), sourceHash(pageScript))

func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// HTML writes a page that needs no other files. The exchanges of a case are data,
// which the page's script renders when the case is opened.
func HTML(w io.Writer, r *result.Run) error {
	return page.Execute(w, newView(Cleaned(r)))
}

// symbols stand for outcomes where there is no space for a word, and make reports
// readable without colours.
var symbols = map[result.Outcome]string{
	result.Pass: "✓", result.Warn: "!", result.Fail: "✗", result.Error: "E",
	result.Inconclusive: "?", result.Blocked: "⊘", result.Unsupported: "–", result.Disabled: "○",
}

func symbol(o result.Outcome) string { return symbols[o] }

// breaks splits an identifier or address where a line may be broken.
func breaks(s string) []string { return plaintext.Breaks(s, "./:=&") }

// duration formats a duration with three digits at most, and what was not done as
// nothing.
func duration(d time.Duration) string {
	switch ms := float64(d) / float64(time.Millisecond); {
	case ms < 0.1:
		return ""
	case ms >= 1000:
		return fmt.Sprintf("%.1f s", ms/1000)
	case ms >= 10:
		return fmt.Sprintf("%.0f ms", ms)
	default:
		return fmt.Sprintf("%.1f ms", ms)
	}
}

// findingID returns the id of a finding in the page. It is the same in all runs.
func findingID(f result.Finding) string {
	sum := sha256.Sum256([]byte(f.Way))
	return fmt.Sprintf("finding-%s-%x", f.Requirement, sum[:3])
}

func caseID(id string) string { return "case-" + id }
