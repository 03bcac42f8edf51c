package report

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ocispec/ocispec/internal/browsertest"
	"github.com/ocispec/ocispec/result"
)

// TestPage opens the page in Chromium, in a tab for each test.
func TestPage(t *testing.T) {
	b := browsertest.New(t)
	for name, test := range map[string]func(*testing.T, *browser){
		"layout": pageLayout, "filters": pageFilters, "links": pageLinks, "keyboard": pageKeyboard, "harmless": pageIsHarmless,
		"without script": pageWithoutScript, "print": pagePrint, "speed": pageSpeed, "screenshots": pageScreenshots,
	} {
		t.Run(name, func(t *testing.T) { test(t, &browser{b.Tab(t)}) })
	}
}

// pageLayout checks that the page does not scroll sideways, that no word of a
// text is broken, and that axe-core reports no violation, with everything open.
func pageLayout(t *testing.T, b *browser) {
	for _, width := range []int64{desktop, phone} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%s %d", scheme, width), func(t *testing.T) {
				b := &browser{&browsertest.Browser{T: t, Ctx: b.Ctx}}
				b.open(sample(), "", scheme, width)
				if n := b.openAll(); n < 5 {
					t.Fatalf("%d exchanges are shown", n)
				}
				b.Layout()
			})
		}
	}
}

func pageFilters(t *testing.T, b *browser) {
	b.open(sample(), "", "light", desktop)
	all := len(sample().Cases)
	press := func(o string) {
		eval[bool](b, `document.querySelector('.chip[data-value="`+o+`"]').click(); return true`)
	}
	set := func(id, value string) {
		eval[bool](b, fmt.Sprintf(`const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event("input", {bubbles: true})); return true`, id, value))
	}
	expect := func(what string, findings int, cases string) {
		t.Helper()
		if got := b.visible("case"); cases != "" && got != cases {
			t.Errorf("%s: cases %s, want %s", what, got, cases)
		}
		want := fmt.Sprintf("%d of 3 findings, ", findings)
		if got := eval[string](b, `return document.getElementById("shown").textContent`); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	clear := func() { eval[bool](b, `document.getElementById("reset").click(); return true`) }

	expect("at first", 3, "")
	if n := len(strings.Fields(b.visible("case"))); n != all {
		t.Errorf("%d cases at first, want %d", n, all)
	}
	press("fail")
	expect("fail", 2, "case-manifest-subject")
	press("warn")
	expect("fail and warn", 3, "case-manifest-subject case-blob-get")
	set("category", "Pull")
	expect("of Pull", 1, "case-blob-get")
	clear()
	set("level", "SHOULD")
	expect("SHOULD", 1, "case-blob-get")
	clear()
	set("query", "oci-subject HEADER")
	expect("search for a requirement", 1, "")
	set("query", "blob-read")
	expect("search for an alias", 0, "case-blob-get")
	if eval[bool](b, `return document.querySelector(".area").checkVisibility()`) {
		t.Error("an area without findings is shown")
	}
	clear()
	expect("cleared", 3, "")
}

func pageLinks(t *testing.T, b *browser) {
	const isOpen = `document.getElementById("case-referrers/list").open`
	b.open(sample(), "#case-manifest-subject", "light", desktop)
	if n := eval[int](b, `return document.querySelectorAll("#case-manifest-subject[open] .exchange").length`); n != 3 {
		t.Errorf("the case of the fragment shows %d exchanges", n)
	}
	if n := eval[int](b, `return document.querySelectorAll(".exchange").length`); n != 3 {
		t.Errorf("%d exchanges are in the page, though one case is open", n)
	}
	// A link of a finding shows its case, whatever the filter is.
	eval[bool](b, `document.querySelector('.chip[data-value="pass"]').click();
		document.querySelector('.finding a[href="#case-referrers%2flist"]').click(); return true`)
	if !b.Wait(isOpen) {
		t.Error("the link of a finding does not open its case")
	}
	id := findingID(sample().Findings[1])
	b.open(sample(), "#"+id, "light", desktop)
	if top := eval[float64](b, `return document.getElementById("`+id+`").getBoundingClientRect().top`); top < 0 || top > 300 {
		t.Errorf("the finding of the fragment is at %v px", top)
	}
}

// pageKeyboard checks that the search, the filters and the cases can be used
// without a mouse.
func pageKeyboard(t *testing.T, b *browser) {
	b.open(sample(), "", "light", desktop)
	b.Press("/")
	b.Keys("manifest-subject")
	if got := eval[string](b, `return document.activeElement.id + " " + document.activeElement.value`); got != "query manifest-subject" {
		t.Errorf("focus and search: %s", got)
	}
	if got := b.visible("case"); got != "case-manifest-subject" {
		t.Errorf("cases: %s", got)
	}
	b.Keys(kb.Tab + kb.Enter) // the first chip
	if got := eval[string](b, `return document.activeElement.dataset.value + document.activeElement.ariaPressed`); got != "passtrue" {
		t.Errorf("chip: %s", got)
	}
	b.Keys(kb.Enter)
	eval[bool](b, `document.querySelector("#case-manifest-subject > summary").focus(); return true`)
	b.Keys(kb.Enter)
	if !b.Wait(`document.querySelectorAll("#case-manifest-subject .exchange").length === 3`) {
		t.Error("the case does not show its exchanges")
	}
	b.Keys(kb.Tab)
	if got := eval[string](b, `return document.activeElement.parentElement.className`); !strings.HasPrefix(got, "step") {
		t.Errorf("after the case, the focus is on %s", got)
	}
}

// pageIsHarmless checks that nothing of the registry becomes an element or runs,
// that the policy would stop it, and that the page loads nothing.
func pageIsHarmless(t *testing.T, b *browser) {
	r := sample()
	attack := `</script><script>window.owned=1</script><img src=x onerror="window.owned=1"><!--<script>"'` + hostile
	c := &r.Cases[3]
	c.ID, c.Title = c.ID+attack, attack
	c.Steps[0].Title, c.Steps[0].Message = attack, attack
	c.Steps[0].Checks[0].Message, c.Steps[0].Checks[0].Requirement = attack, attack
	x := &c.Steps[0].Exchanges[0]
	x.Request.URL, x.Curl, x.Error, x.Response.Proto = attack, attack, attack, attack
	x.Response.Header = map[string][]string{attack: {attack}}
	x.Response.Body = &result.Body{Size: 5, Text: attack, Digest: attack}
	r.Observations = map[string]string{attack: attack}
	r.Findings[0].Message, r.Findings[0].Cases = attack, []string{c.ID}
	r.Findings[0].Clause.URL = "javascript:window.owned=1"

	b.open(r, "", "light", desktop)
	b.openAll()
	if n := eval[int](b, `return document.querySelectorAll("img, iframe, object, link, base, script[src], [onerror], [onclick], [style], a[href^='javascript:']").length`); n != 0 {
		t.Errorf("%d elements or attributes come from the registry", n)
	}
	if !eval[bool](b, `return document.body.textContent.includes("</script><script>window.owned=1</script>")`) {
		t.Error("the attack is not shown as text")
	}
	// Even markup that gets into the page does not run.
	eval[bool](b, `
		const s = document.createElement("script"); s.textContent = "window.owned = 1"; document.body.append(s);
		const d = document.createElement("div"); d.innerHTML = '<img src="data:," onerror="window.owned = 1">'; document.body.append(d);
		await new Promise((done) => setTimeout(done, 200)); return true`)
	if eval[bool](b, `return "owned" in window`) {
		t.Error("a script of the registry was executed")
	}
	if got := eval[[]string](b, `return performance.getEntriesByType("resource").map((e) => e.name).filter((n) => !n.startsWith("data:"))`); len(got) > 0 {
		t.Errorf("the page loads %v", got)
	}
}

// pageWithoutScript checks that the verdict, findings and the grid are readable
// without JavaScript.
func pageWithoutScript(t *testing.T, b *browser) {
	b.DisableScript()
	b.open(sample(), "", "light", desktop)
	text := eval[string](b, `return document.body.innerText`)
	for _, want := range []string{"FAILED", "no header OCI-Subject", "Sparse Manifests", "Without JavaScript this page does not show requests"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if eval[bool](b, `return document.getElementById("filter").checkVisibility()`) {
		t.Error("the filter is shown, though it does nothing")
	}
}

// pagePrint checks that the print has no controls, and shows what repeats a
// finding.
func pagePrint(t *testing.T, b *browser) {
	b.open(sample(), "", "light", desktop)
	_, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	b.Check(err)
	eval[bool](b, `dispatchEvent(new Event("beforeprint")); return true`)
	for _, id := range []string{"filter", "reset"} {
		if eval[bool](b, `return document.getElementById("`+id+`").checkVisibility()`) {
			t.Errorf("#%s is printed", id)
		}
	}
	if !eval[bool](b, `return document.querySelector(".finding pre").checkVisibility()`) {
		t.Error("the command of a finding is not printed")
	}
}

// maxLoad is the largest time in ms that a page may take to load, ten times what it
// takes on an idle machine.
const maxLoad = 3000

// pageSpeed opens a page with 1,500 exchanges.
func pageSpeed(t *testing.T, b *browser) {
	r := sample()
	x := r.Cases[3].Steps[0].Exchanges[0]
	x.Response.Body = &result.Body{Size: 2048, Text: strings.Repeat("{\"a\": \"b\"}\n", 180)}
	for i := range 150 {
		c := result.Case{ID: fmt.Sprintf("many-%d", i), Title: "Many exchanges", Outcome: result.Pass}
		for range 10 {
			s := step("put", "push.blob.put", result.Pass, "")
			s.Exchanges = []result.Exchange{x}
			c.Steps = append(c.Steps, s)
		}
		r.Cases = append(r.Cases, c)
	}
	// The browser starts with the first page.
	b.open(sample(), "", "light", desktop)
	var times []float64
	for range 3 { // other programs may take the processor
		b.open(r, "", "light", desktop)
		times = append(times, eval[float64](b, `const [e] = performance.getEntriesByType("navigation"); return e.loadEventEnd`))
	}
	t.Logf("loaded in %.0f ms", times)
	if ms := slices.Min(times); ms <= 0 || ms > maxLoad {
		t.Errorf("the page loads in %.0f ms", ms)
	}
}

// pageScreenshots takes screenshots of the sample or of -results.
func pageScreenshots(t *testing.T, b *browser) {
	if *screenshots == "" {
		t.Skip("no -screenshots directory")
	}
	r := sample()
	if *results != "" {
		text, err := os.ReadFile(*results)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = result.Parse(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, shot := range []struct {
		name, fragment, scheme string
		width                  int64
	}{
		{"desktop", "", "light", desktop}, {"desktop-findings", "#findings", "light", desktop}, {"desktop-grid", "#grid", "light", desktop},
		{"dark", "", "dark", desktop}, {"phone", "", "light", phone}, {"phone-findings", "#findings", "dark", phone}, {"phone-grid", "#grid", "light", phone},
	} {
		b.open(r, shot.fragment, shot.scheme, shot.width)
		b.Screenshot(*screenshots, shot.name)
	}
}
