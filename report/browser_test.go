package report

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

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

// patience is the time limit of what takes seconds on an idle machine.
const patience = 5 * time.Minute

// browser is a tab of a headless Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// newBrowser starts Chromium. Without one it skips the test, unless
// OCISPEC_REQUIRE_CLIENTS is 1.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		absent(t, "no chromium; run report/testdata/browser/install.sh DIR")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.WSURLReadTimeout(patience))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t, ctx}
	b.check(chromedp.Do(ctx, chromedp.Navigate("about:blank"))) // starts it
	return b
}

// tab returns a new tab.
func (b *browser) tab(t *testing.T) *browser {
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	return &browser{t, ctx}
}

func absent(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("OCISPEC_REQUIRE_CLIENTS") == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// open opens the page of a run, with a fragment that may be empty. scheme is light
// or dark.
func (b *browser) open(r *result.Run, fragment, scheme string, width int64) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(render(b.t, HTML, r)), 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.openFile(file, fragment, scheme, width)
}

func (b *browser) openFile(file, fragment, scheme string, width int64) {
	b.t.Helper()
	b.check(chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 900)))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	b.check(err)
	// Another page in between: a fragment alone would not load the page again.
	b.check(chromedp.Do(b.ctx, chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+file+fragment)))
}

func (b *browser) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// keys types on the keyboard.
func (b *browser) keys(keys string) {
	b.t.Helper()
	b.check(chromedp.Do(b.ctx, chromedp.KeyEvent(keys)))
}

// press presses a key with a character, which the page can prevent from being typed.
func (b *browser) press(key string) {
	b.t.Helper()
	for _, typ := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		e := input.DispatchKeyEventParams{Type: typ, Key: key}
		if typ == input.DispatchKeyEventTypeKeyDown {
			e.Text = key
		}
		_, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, e)
		b.check(err)
	}
}

// eval evaluates the body of a JavaScript function.
func eval[T any](b *browser, body string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T]("(async () => {"+body+"})()", chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", body, err)
	}
	return v
}

// wait waits until a JavaScript expression is true, and reports whether it is: some
// events, such as toggle, are asynchronous.
func (b *browser) wait(condition string) bool {
	b.t.Helper()
	return eval[bool](b, `
		for (const end = Date.now() + 60_000; !(`+condition+`) && Date.now() < end;) {
			await new Promise((done) => setTimeout(done, 10));
		}
		return Boolean(`+condition+`);`)
}

// visible returns the ids of the findings or cases that the filter shows.
func (b *browser) visible(class string) string {
	b.t.Helper()
	return strings.Join(eval[[]string](b, `return [...document.querySelectorAll(".item.`+class+`:not([hidden])")].map((e) => e.id)`), " ")
}

// openAll opens all cases and all exchanges, and returns the number of exchanges.
func (b *browser) openAll() int {
	b.t.Helper()
	eval[bool](b, `for (const d of document.querySelectorAll(".case")) d.open = true; return true`)
	if !b.wait(`!document.querySelector('.case > script[type="application/json"]')`) {
		b.t.Fatal("a case that is open has no content")
	}
	return eval[int](b, `
		for (const d of document.querySelectorAll("details")) d.open = true;
		return document.querySelectorAll(".exchange").length`)
}

// screenshot stores a picture of the page, if -screenshots is set.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	b.check(err)
	b.check(os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644))
}

// brokenWords lists the words of texts (not of code, which has digests) that start
// on one line and end on another.
const brokenWords = `
	const broken = [];
	const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
	const range = document.createRange();
	while (walker.nextNode()) {
		const node = walker.currentNode;
		if (node.parentElement.closest("pre, dd, script, .exchange, th span, .vh, h1")) continue;
		for (const m of node.data.matchAll(/[\p{L}\d]+/gu)) {
			range.setStart(node, m.index);
			range.setEnd(node, m.index + m[0].length);
			const tops = new Set([...range.getClientRects()].filter((r) => r.width).map((r) => Math.round(r.top)));
			if (tops.size > 1 && m[0].length < 30) broken.push(m[0] + " in " + node.data.slice(0, 60));
		}
	}
	return broken;`

// accessible runs axe-core on the page.
func accessible(b *browser) {
	b.t.Helper()
	source, err := os.ReadFile(filepath.Join(os.Getenv("OCISPEC_TOOLS"), "axe.min.js"))
	if err != nil {
		if os.Getenv("OCISPEC_REQUIRE_CLIENTS") == "1" {
			b.t.Fatal(err)
		}
		b.t.Log("accessibility is not checked: no axe.min.js in OCISPEC_TOOLS; run report/testdata/browser/install.sh DIR")
		return
	}
	_, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool](string(source)+";true"))
	b.check(err)
	for _, v := range eval[[]string](b, `
		const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
		return found.violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => v.id + ": " + n.html.slice(0, 200) + " " + n.failureSummary));`) {
		b.t.Errorf("axe: %s", v)
	}
}
