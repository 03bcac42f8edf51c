package report

import (
	"flag"
	"os"
	"path/filepath"
	"strings"

	"github.com/ocispec/ocispec/internal/browsertest"
	"github.com/ocispec/ocispec/result"
)

var (
	screenshots = flag.String("screenshots", "", "directory for screenshots of the page")
	results     = flag.String("results", "", "results.json to take screenshots of, instead of the sample")
)

// The sizes of the page in tests, in CSS pixels.
const (
	desktop = 1280
	phone   = 390
)

// browser is a tab that opens reports.
type browser struct{ *browsertest.Browser }

// open opens the page of a run, with a fragment that may be empty. scheme is light
// or dark.
func (b *browser) open(r *result.Run, fragment, scheme string, width int64) {
	b.T.Helper()
	file := filepath.Join(b.T.TempDir(), "report.html")
	b.Check(os.WriteFile(file, []byte(render(b.T, HTML, r)), 0o644))
	b.Open(file, fragment, scheme, width)
}

func eval[T any](b *browser, body string) T {
	b.T.Helper()
	return browsertest.Eval[T](b.Browser, body)
}

// visible returns the ids of the findings or cases that the filter shows.
func (b *browser) visible(class string) string {
	b.T.Helper()
	return strings.Join(eval[[]string](b, `return [...document.querySelectorAll(".item.`+class+`:not([hidden])")].map((e) => e.id)`), " ")
}

// openAll opens all cases and all exchanges, and returns the number of exchanges.
func (b *browser) openAll() int {
	b.T.Helper()
	eval[bool](b, `for (const d of document.querySelectorAll(".case")) d.open = true; return true`)
	if !b.Wait(`!document.querySelector('.case > script[type="application/json"]')`) {
		b.T.Fatal("a case that is open has no content")
	}
	return eval[int](b, `
		for (const d of document.querySelectorAll("details")) d.open = true;
		return document.querySelectorAll(".exchange").length`)
}
