package site

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/internal/browsertest"
)

var (
	screenshots = flag.String("screenshots", "", "directory for screenshots of the site")
	siteDir     = flag.String("site", "", "site to take screenshots of, instead of the sample")
)

// The widths of the pages in tests, in CSS pixels.
const (
	desktop = 1280
	phone   = 390
	narrow  = 360
)

// samplePages are the pages of each kind.
var samplePages = []string{
	"index.html", "release/v1.1.html", "registry/alpha/index.html", "registry/bravo/index.html", "registry/anuvu-old/index.html",
	"requirements.html", "requirements/v1.1.html", "requirement/api.ping.ok-status.html", "compare.html",
}

// TestPages opens the sample in Chromium, in a tab for each test.
func TestPages(t *testing.T) {
	b := browsertest.New(t)
	dir := t.TempDir()
	write(t, sampleSite(t), dir)
	for name, test := range map[string]func(*browsertest.Browser, string){
		"layout": pagesLayout, "filter": pagesFilter, "compare": pagesCompare, "without script": pagesWithoutScript,
		"published": pagesPublished, "keyboard": pagesKeyboard, "harmless": pagesHarmless, "screenshots": pagesScreenshots,
	} {
		t.Run(name, func(t *testing.T) { test(b.Tab(t), dir) })
	}
}

func open(b *browsertest.Browser, dir, page, scheme string, width int64) {
	b.T.Helper()
	file, fragment, _ := strings.Cut(page, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	b.Open(filepath.Join(dir, file), fragment, scheme, width)
}

func pagesLayout(b *browsertest.Browser, dir string) {
	for _, width := range []int64{desktop, narrow} {
		for _, scheme := range []string{"light", "dark"} {
			for _, p := range samplePages {
				b.T.Run(fmt.Sprintf("%s %s %d", p, scheme, width), func(t *testing.T) {
					b := &browsertest.Browser{T: t, Ctx: b.Ctx}
					open(b, dir, p, scheme, width)
					browsertest.Eval[bool](b, `for (const d of document.querySelectorAll("details")) d.open = true; return true`)
					b.Layout()
				})
			}
		}
	}
}

// pagesPublished checks the layout of a site over the folders of the results
// repository and the pages of 2020 and 2021.
func pagesPublished(b *browsertest.Browser, _ string) {
	o := Options{Date: "2026-11-27"}
	for _, f := range []string{"results-summary-2020.md", "results-by-workflow-2021.md"} {
		o.History = append(o.History, filepath.Join(shared(b.T, "OCISPEC_HISTORY", "background"), f))
	}
	s := load(b.T, shared(b.T, "OCISPEC_PUBLISHED", "published"), o)
	dir := b.T.TempDir()
	write(b.T, s, dir)
	pages := []string{"index.html", "release/v1.0.html", "compare.html"}
	for _, r := range s.Registries {
		pages = append(pages, "registry/"+r.Name+"/index.html")
	}
	for _, p := range pages {
		b.T.Run(p, func(t *testing.T) {
			b := &browsertest.Browser{T: t, Ctx: b.Ctx}
			open(b, dir, p, "light", narrow)
			browsertest.Eval[bool](b, `for (const d of document.querySelectorAll("details")) d.open = true; return true`)
			b.Layout()
		})
	}
}

// shown returns the texts of the visible elements that a selector matches.
func shown(b *browsertest.Browser, selector string) string {
	b.T.Helper()
	return strings.Join(browsertest.Eval[[]string](b, fmt.Sprintf(`return [...document.querySelectorAll(%q)].filter((e) => e.checkVisibility()).map((e) => e.innerText.trim())`, selector)), ", ")
}

func set(b *browsertest.Browser, id, value string) {
	b.T.Helper()
	browsertest.Eval[bool](b, fmt.Sprintf(`const e = document.getElementById(%q); e.value = %q;
		e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return true`, id, value))
}

func pagesFilter(b *browsertest.Browser, dir string) {
	open(b, dir, "index.html", "light", desktop)
	const names = "#release-v1\\.1 .item .name"
	expect := func(what, want string) {
		b.T.Helper()
		if got := shown(b, names); got != want {
			b.T.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	expect("at first", "Alpha, Bravo")
	set(b, "query", "bravo inc")
	expect("search", "Bravo")
	if got := shown(b, ".none"); got != "No registry of this release matches the filter." {
		b.T.Errorf("a release without a match says %q", got)
	}
	browsertest.Eval[bool](b, `document.getElementById("reset").click(); return true`)
	set(b, "workflows", "other")
	expect("other", "Bravo")
	set(b, "workflows", "pass")
	expect("pass", "Alpha")
	set(b, "category", "hosted")
	expect("pass and hosted", "")

	open(b, dir, "requirements/v1.1.html", "light", desktop)
	set(b, "query", "api.ping.ok")
	if got := shown(b, ".req .id"); got != "api.ping.ok-status" {
		b.T.Errorf("requirements: %s", got)
	}
}

func pagesCompare(b *browsertest.Browser, dir string) {
	open(b, dir, "compare.html#alpha@v1.1,bravo@v1.1", "light", desktop)
	if got := shown(b, "#verdict"); !strings.HasSuffix(got, "results that both have differ.") {
		b.T.Errorf("verdict: %q", got)
	}
	if got := shown(b, ".differs .id"); got != "api.ping.ok-status" {
		b.T.Errorf("requirements that differ: %s", got)
	}
	all := strings.Count(shown(b, "tbody th"), ", ")
	browsertest.Eval[bool](b, `const e = document.getElementById("differ"); e.click(); return true`)
	if n := strings.Count(shown(b, "tbody th"), ", "); n >= all {
		b.T.Errorf("only differences: %d rows of %d", n+1, all+1)
	}
	before := shown(b, ".compare thead a")
	browsertest.Eval[bool](b, `document.getElementById("swap").click(); return true`)
	if after := shown(b, ".compare thead a"); after == before || !strings.HasPrefix(after, "Bravo, v1.1") {
		b.T.Errorf("swapped: %s", after)
	}
	set(b, "second", "bravo@v1.1")
	if got := shown(b, "#verdict"); !strings.HasPrefix(got, "No difference") {
		b.T.Errorf("a run beside itself: %q", got)
	}
	if got := browsertest.Eval[string](b, `return location.hash`); got != "#bravo@v1.1,bravo@v1.1" {
		b.T.Errorf("address: %s", got)
	}
}

// pagesWithoutScript checks that everything but the filter and the comparison is
// there without JavaScript.
func pagesWithoutScript(b *browsertest.Browser, dir string) {
	b.DisableScript()
	for page, want := range map[string][]string{
		"index.html":                {"Alpha", "Content Management", "fail", "anuvu/old", "Earlier page"},
		"release/v1.1.html":         {"Blob get", "Image"},
		"registry/bravo/index.html": {"Bravo Inc", "not verified", "issue 12", "docker run bravo", "api.ping.ok-status", "GET /v2/"},
		"compare.html":              {"This page needs JavaScript", "v1.1"},
		"requirements/v1.1.html":    {"api.ping.ok-status", "1 fail"},
	} {
		open(b, dir, page, "light", desktop)
		text := browsertest.Eval[string](b, `return document.body.innerText`)
		for _, w := range want {
			if !strings.Contains(text, w) {
				b.T.Errorf("%s has no %q", page, w)
			}
		}
		if got := shown(b, "form"); got != "" {
			b.T.Errorf("%s shows a form that does nothing: %s", page, got)
		}
	}
	open(b, dir, "compare.html", "light", desktop)
	if got := shown(b, "noscript a"); got != "v1.1, v1.0" {
		b.T.Errorf("links instead of a comparison: %s", got)
	}
}

func pagesKeyboard(b *browsertest.Browser, dir string) {
	open(b, dir, "index.html", "light", desktop)
	b.Press("/")
	b.Keys("alpha")
	if got := browsertest.Eval[string](b, `return document.activeElement.id + " " + document.activeElement.value`); got != "query alpha" {
		b.T.Errorf("focus and search: %s", got)
	}
}

// pagesHarmless checks that nothing of the results becomes an element or runs, that
// the policy would stop it, and that the pages load nothing.
func pagesHarmless(b *browsertest.Browser, _ string) {
	dir := b.T.TempDir()
	write(b.T, hostileSite(b.T), dir)
	for _, p := range []string{"index.html", "registry/hostile/index.html", "compare.html", "release/v1.1.html"} {
		open(b, dir, p, "light", desktop)
		if n := browsertest.Eval[int](b, `return document.querySelectorAll("img, iframe, object, link, base, script[src], [onerror], [onclick], [style], a[href^='javascript:']").length`); n != 0 {
			b.T.Errorf("%s: %d elements or attributes come from the results", p, n)
		}
		browsertest.Eval[bool](b, `
			const s = document.createElement("script"); s.textContent = "window.owned = 1"; document.body.append(s);
			const d = document.createElement("div"); d.innerHTML = '<img src="data:," onerror="window.owned = 1">'; document.body.append(d);
			await new Promise((done) => setTimeout(done, 100)); return true`)
		if browsertest.Eval[bool](b, `return "owned" in window`) {
			b.T.Errorf("%s: a script of the results was executed", p)
		}
		if got := browsertest.Eval[[]string](b, `return performance.getEntriesByType("resource").map((e) => e.name).filter((n) => !n.startsWith("data:"))`); len(got) > 0 {
			b.T.Errorf("%s loads %v", p, got)
		}
	}
	open(b, dir, "compare.html", "light", desktop)
	if got := shown(b, "#verdict"); got == "" {
		b.T.Error("the comparison does not work with hostile names")
	}
}

// pagesScreenshots takes screenshots of the sample or of -site.
func pagesScreenshots(b *browsertest.Browser, dir string) {
	if *screenshots == "" {
		b.T.Skip("no -screenshots directory")
	}
	registry, pair := "alpha", "alpha@v1.1,bravo@v1.1"
	if *siteDir != "" {
		dir, registry, pair = *siteDir, "zot", "zot@v1.1,cloudsmith@v1.1"
	}
	pages := map[string]string{
		"index": "index.html", "registry": "registry/" + registry + "/index.html", "compare": "compare.html#" + pair,
		"release": "release/v1.1.html", "requirements": "requirements/v1.1.html", "history": "index.html#history-results-by-workflow-2021",
		"requirement": "requirement/api.ping.ok-status.html", "runs": "registry/" + registry + "/index.html#runs", "badges": "registry/" + registry + "/index.html#badges",
	}
	for name, p := range pages {
		for _, v := range []struct {
			name, scheme string
			width        int64
		}{{"desktop", "light", desktop}, {"phone", "light", phone}, {"dark", "dark", desktop}} {
			open(b, dir, p, v.scheme, v.width)
			b.Screenshot(*screenshots, name+"-"+v.name)
		}
	}
}
