// Package browsertest opens pages in a headless Chromium, for tests.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// patience is the time limit of what takes seconds on an idle machine.
const patience = 5 * time.Minute

// Browser is a tab of a headless Chromium.
type Browser struct {
	T   *testing.T
	Ctx context.Context
}

// New starts Chromium. Without one it skips the test, unless
// OCISPEC_REQUIRE_CLIENTS is 1.
func New(t *testing.T) *Browser {
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
	b := &Browser{t, ctx}
	b.Check(chromedp.Do(ctx, chromedp.Navigate("about:blank"))) // starts it
	return b
}

// Tab returns a new tab.
func (b *Browser) Tab(t *testing.T) *Browser {
	ctx, cancel := chromedp.NewContext(b.Ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	return &Browser{t, ctx}
}

func absent(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("OCISPEC_REQUIRE_CLIENTS") == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// Open opens a file, with a fragment that may be empty. scheme is light or dark, and
// width is in CSS pixels.
func (b *Browser) Open(file, fragment, scheme string, width int64) {
	b.T.Helper()
	b.Check(chromedp.Do(b.Ctx, chromedp.EmulateViewport(width, 900)))
	_, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	b.Check(err)
	// Another page in between: a fragment alone would not load the page again.
	b.Check(chromedp.Do(b.Ctx, chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+file+fragment)))
}

// DisableScript turns JavaScript off in the tab.
func (b *Browser) DisableScript() {
	b.T.Helper()
	_, err := chromedp.Call(b.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.Check(err)
}

// Check ends the test with an error.
func (b *Browser) Check(err error) {
	b.T.Helper()
	if err != nil {
		b.T.Fatal(err)
	}
}

// Keys types on the keyboard.
func (b *Browser) Keys(keys string) {
	b.T.Helper()
	b.Check(chromedp.Do(b.Ctx, chromedp.KeyEvent(keys)))
}

// Press presses a key with a character, which the page can prevent from being typed.
func (b *Browser) Press(key string) {
	b.T.Helper()
	for _, typ := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		e := input.DispatchKeyEventParams{Type: typ, Key: key}
		if typ == input.DispatchKeyEventTypeKeyDown {
			e.Text = key
		}
		_, err := chromedp.Call(b.Ctx, input.DispatchKeyEvent, e)
		b.Check(err)
	}
}

// Eval evaluates the body of a JavaScript function.
func Eval[T any](b *Browser, body string) T {
	b.T.Helper()
	v, err := chromedp.Run(b.Ctx, chromedp.Evaluate[T]("(async () => {"+body+"})()", chromedp.EvalAwaitPromise))
	if err != nil {
		b.T.Fatalf("%s: %v", body, err)
	}
	return v
}

// Wait waits until a JavaScript expression is true, and reports whether it is: some
// events, such as toggle, are asynchronous.
func (b *Browser) Wait(condition string) bool {
	b.T.Helper()
	return Eval[bool](b, `
		for (const end = Date.now() + 60_000; !(`+condition+`) && Date.now() < end;) {
			await new Promise((done) => setTimeout(done, 10));
		}
		return Boolean(`+condition+`);`)
}

// Screenshot stores a picture of the page, unless dir is empty.
func (b *Browser) Screenshot(dir, name string) {
	b.T.Helper()
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.Ctx, chromedp.CaptureScreenshot())
	b.Check(err)
	b.Check(os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}

// Layout checks that the page does not scroll sideways, that no word of a text is
// broken, and that axe-core reports no violation.
func (b *Browser) Layout() {
	b.T.Helper()
	size := Eval[[]int](b, `return [document.documentElement.scrollWidth, document.documentElement.clientWidth]`)
	if size[0] > size[1] {
		b.T.Errorf("the page is %d px wide, and the window %d px", size[0], size[1])
	}
	for _, w := range Eval[[]string](b, brokenWords) {
		b.T.Errorf("broken word: %s", w)
	}
	b.accessible()
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
func (b *Browser) accessible() {
	b.T.Helper()
	source, err := os.ReadFile(filepath.Join(os.Getenv("OCISPEC_TOOLS"), "axe.min.js"))
	if err != nil {
		if os.Getenv("OCISPEC_REQUIRE_CLIENTS") == "1" {
			b.T.Fatal(err)
		}
		b.T.Log("accessibility is not checked: no axe.min.js in OCISPEC_TOOLS; run report/testdata/browser/install.sh DIR")
		return
	}
	_, err = chromedp.Run(b.Ctx, chromedp.Evaluate[bool](string(source)+";true"))
	b.Check(err)
	for _, v := range Eval[[]string](b, `
		const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
		return found.violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => v.id + ": " + n.html.slice(0, 200) + " " + n.failureSummary));`) {
		b.T.Errorf("axe: %s", v)
	}
}
