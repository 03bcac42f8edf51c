package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/ocispec/ocispec/internal/published"
	"github.com/ocispec/ocispec/result"
)

// shared returns a file or directory of the test data outside of the project, or
// skips the test.
func shared(t testing.TB, variable, path string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		dir = filepath.Join("../../../shared", path)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the test data is not available; set %s: %v", variable, err)
	}
	return dir
}

func TestParseConfig(t *testing.T) {
	c, err := ParseConfig("site.cue", []byte(sampleConfig))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Registries) != 2 || c.Registries[1].Runs[1].Workflows["Pull"].Status != "Pass" || !c.Registries[0].Verified.Is {
		t.Errorf("%+v", c)
	}
	for text, want := range map[string]string{
		"registries: [{title: a}]": "name: field is required",
		"registry: []":             "site.yaml:1:1: registry: field not allowed",
		"registries:\n- {name: a, homepage: 'javascript:x'}":                                "site.yaml:2:",
		"registries: [{name: ../a}]":                                                        "name: invalid value",
		"registries: [{name: a, runs: [{date: '2021'}]}]":                                   "registries.0.runs.0",
		"registries: [{name: a, category: cloud}]":                                          "category",
		"date: yesterday":                                                                   "date: invalid value",
		"registries: [{name: a, verified: {is: true, url: 'ftp://x'}}]":                     "url: invalid value",
		"registries: [{name: a, runs: [{date: '2021', tool: x, workflows: {P: {st: 1}}}]}]": "registries.0.runs.0",
	} {
		if _, err := ParseConfig("site.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	s := sampleSite(t)
	var got []string
	for _, r := range s.Registries {
		got = append(got, fmt.Sprintf("%s %q %s, %s, %d runs, %d earlier", r.Name, r.Title, r.Category, r.Verified.Word(), len(r.Runs), len(r.History)))
	}
	for _, r := range s.Releases {
		got = append(got, fmt.Sprintf("%s %d runs, %v requirements", r.Name, len(r.Runs), len(r.Requirements) > 100))
	}
	for _, p := range s.History {
		got = append(got, fmt.Sprintf("%s %s %s", p.Title, p.Date, p.Tool))
	}
	want := []string{
		`alpha "Alpha" open source, verified, 2 runs, 0 earlier`, `anuvu-old "anuvu/old" open source, not verified, 0 runs, 1 earlier`,
		`bravo "Bravo" hosted, not verified, 1 runs, 1 earlier`, `other "other" open source, not verified, 0 runs, 1 earlier`,
		"v1.1 2 runs, true requirements", "v1.0 1 runs, true requirements",
		"Earlier results 2021-05 old suite", "Earlier page 2020 OCI conformance tests",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoadErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]any
		want  string
	}{
		"empty":   {map[string]any{"a.txt": ""}, "has no results: neither"},
		"no run":  {map[string]any{"site.cue": `registries: [{name: "a", runs: [{results: "none"}]}]`}, "no such file"},
		"twice":   {map[string]any{"site.cue": `registries: [{name: "a"}, {name: "A"}]`}, `registry "A" is there twice`},
		"other":   {map[string]any{"results.json": `{"a": 1}`}, "is not a results.json: spec, outcome"},
		"JSON":    {map[string]any{"results.json": `{`}, "is not a results.json: unexpected end"},
		"newer":   {map[string]any{"results.json": `{"version": 99}`}, "newer ocispec"},
		"page":    {map[string]any{"site.cue": `history: [{file: "a.md"}]`, "a.md": "text"}, "a.md has no table of registries"},
		"no page": {map[string]any{"site.cue": `history: [{file: "a.md"}]`}, "history: "},
	} {
		if _, err := Load(input(t, tt.files), Options{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want %s", name, err, tt.want)
		}
	}
}

func TestRegistryName(t *testing.T) {
	for path, want := range map[string]string{
		"v1.1/zot": "zot", "zot/v1.1": "zot", "zot/2026-01-02/results": "zot", "quay/dev/results.json": "quay",
		".": "registry.example", "v1.1": "registry.example", "results": "registry.example", "nexus3/v1.0.1": "nexus3",
	} {
		if got := registryName(path, "registry.example"); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestParseRun compares the decoder that leaves out cases with the complete one.
func TestParseRun(t *testing.T) {
	r := sampleRun(t, "v1.1", "2026-05-01", "api.ping.ok-status")
	r.Message = `"cases": [ \" { "cases"`
	r.Observations = map[string]string{"cases": "x", `a\`: `]`}
	short, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	long, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	r.Cases = []result.Case{}
	for _, b := range [][]byte{short, long} {
		got, err := parseRun(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, text := range []string{``, `{"cases"`, `{"cases":`, `{"cases": 3, "spec": "x"}`, `{"cases": [`, `{"a": {"cases": [1]}}`, `{"a": "cases", "b": [1]}`, `{"a":"\`, "{\n  \"a\": {\n  \"cases\": [\n  [1\n  ], 2]}}"} {
		var full result.Run
		want := json.Unmarshal([]byte(text), &full)
		if _, err := parseRun([]byte(text)); (err == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}

func TestAge(t *testing.T) {
	for _, tt := range []struct{ date, day, want string }{
		{"2020", "2026-11-27", "6 years old"}, {"2025", "2026-11-27", "1 year old"}, {"2026", "2026-11-27", ""},
		{"2026-11-20", "2026-11-27", "7 days old"}, {"2026-11-27", "2026-11-27", ""}, {"2024-08-06", "2026-11-27", "2 years old"},
		{"2026-05-27", "2026-11-27", "6 months old"}, {"", "2026", ""}, {"2027-01-01", "2026-01-01", ""}, {"x", "2026", ""},
		{"2026-11-26", "2026-11-27", "1 day old"},
	} {
		if got := age(tt.date, tt.day); got != tt.want {
			t.Errorf("%s to %s: %q, want %q", tt.date, tt.day, got, tt.want)
		}
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{
		"Azure Container Registry": "azure-container-registry", "anuvu/zot": "anuvu-zot", "../../etc": "etc", "v1.1": "v1.1", "": "unnamed",
		"…": "unnamed", ".hidden": "hidden", strings.Repeat("a", 200): strings.Repeat("a", 80), "a..": "a",
	} {
		if got := slug(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestWebURL(t *testing.T) {
	for in, ok := range map[string]bool{
		"https://a.example/b?c=d#e": true, "http://a.example": true, "HTTPS://a.example": true, "javascript:x": false, "//a.example": false,
		"https://a b": false, `https://a"b`: false, "data:text/html,x": false, "": false, "https://" + strings.Repeat("a", 2000): false,
	} {
		if got := webURL(in); (got != "") != ok {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestBadge(t *testing.T) {
	run := &Run{Registry: &Registry{Title: `<a "b">`}, Release: "v1.1", Tool: "ocispec", Workflows: map[string]Status{}}
	for _, w := range published.Workflows {
		run.Workflows[w] = Pass
	}
	for status, want := range map[Status]string{Pass: "4 of 4 workflows pass", Warn: "4 of 4 workflows pass", Fail: "3 of 4 workflows pass", Skip: "3 of 4 workflows pass"} {
		run.Workflows["Push"] = status
		svg := badge(run)
		if !strings.Contains(svg, ">"+want+"<") || strings.Contains(svg, "<a ") || !strings.Contains(svg, "Push "+string(status)) {
			t.Errorf("%s: %s", status, svg)
		}
	}
}

// TestSame checks that the same input makes the same files.
func TestSame(t *testing.T) {
	dir := input(t, sampleFiles(t))
	first := build(t, load(t, dir, Options{}))
	for range 3 {
		if again := build(t, load(t, dir, Options{})); !maps.EqualFunc(first, again, bytes.Equal) {
			for name := range first {
				if !bytes.Equal(first[name], again[name]) {
					t.Errorf("%s differs", name)
				}
			}
		}
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "site")
	if err := Write(dir, map[string][]byte{"a/b.html": []byte("1"), "c.html": []byte("2")}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "CNAME"), []byte("own"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, map[string][]byte{"c.html": []byte("3")}); err != nil {
		t.Fatal(err)
	}
	var got []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff([]string{marker, "CNAME", "c.html"}, got); diff != "" {
		t.Errorf("files: %s", diff)
	}
	if err := os.WriteFile(filepath.Join(dir, marker), []byte("../outside\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, nil); err == nil || !strings.Contains(err.Error(), "outside of the directory") {
		t.Errorf("a list with a file outside: %v", err)
	}
	other := input(t, map[string]any{"file": "x"})
	if err := Write(other, nil); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("a directory of others: %v", err)
	}
}

// TestLinks checks that each link inside of the site leads to a page and, with a
// fragment, to an element.
func TestLinks(t *testing.T) {
	files := build(t, sampleSite(t))
	ids, links := map[string]bool{}, map[string]string{}
	for file, b := range files {
		if filepath.Ext(file) != ".html" {
			continue
		}
		walk(t, b, func(key, value string) {
			switch key {
			case "id":
				if ids[file+"#"+value] {
					t.Errorf("%s: the id %s is there twice", file, value)
				}
				ids[file+"#"+value] = true
			case "href":
				if webURL(value) == "" {
					links[file+" "+value] = file
				}
			}
		})
	}
	for link, file := range links {
		_, href, _ := strings.Cut(link, " ")
		target, fragment, _ := strings.Cut(href, "#")
		path := file
		if target != "" {
			path = filepath.ToSlash(filepath.Join(filepath.Dir(file), target))
		}
		if files[path] == nil || fragment != "" && path != "compare.html" && !ids[path+"#"+fragment] {
			t.Errorf("%s leads nowhere", link)
		}
	}
}

// walk calls f for each attribute.
func walk(t *testing.T, page []byte, f func(key, value string)) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			f(a.Key, a.Val)
		}
	}
}

// TestHostile checks that texts of results are text in the pages, bounded, and make
// no file outside of the site.
func TestHostile(t *testing.T) {
	files := build(t, hostileSite(t))
	for name, b := range files {
		if !filepath.IsLocal(name) || strings.Contains(name, "..") || strings.ContainsAny(name, "<>\"' \\") {
			t.Errorf("file %q", name)
		}
		if bytes.Contains(b, []byte("<img")) || bytes.Contains(b, []byte("<script>window.owned")) || bytes.ContainsAny(b, "\x1b\u202e") {
			t.Errorf("%s has the attack", name)
		}
		if len(b) > 2<<20 {
			t.Errorf("%s has %d bytes", name, len(b))
		}
		if filepath.Ext(name) == ".html" {
			walk(t, b, func(key, value string) {
				if key == "href" && strings.Contains(strings.ToLower(value), "javascript:") || strings.HasPrefix(key, "on") {
					t.Errorf("%s: %s=%s", name, key, value)
				}
			})
		}
	}
	if err := Write(t.TempDir(), files); err != nil {
		t.Error(err)
	}
}

// TestPublishedFolders builds a site over the folders of the results repository.
func TestPublishedFolders(t *testing.T) {
	s := load(t, shared(t, "OCISPEC_PUBLISHED", "published"), Options{})
	files := build(t, s)
	runs := 0
	for _, r := range s.Registries {
		runs += len(r.Runs)
		page := string(files["registry/"+r.Name+"/index.html"])
		for _, want := range []string{r.Homepage, "How to reproduce", "History of runs", r.Runs[0].Tool} {
			if !strings.Contains(page, html.EscapeString(want)) {
				t.Errorf("the page of %s has no %q", r.Name, want)
			}
		}
	}
	if runs != 16 || len(s.Releases) != 2 || len(s.Releases[0].Runs) != 6 || len(s.Releases[1].Runs) != 10 {
		t.Errorf("%d runs of %d releases", runs, len(s.Releases))
	}
	if !strings.Contains(string(files["badge/keygen-v1.1.svg"]), "1 of 4 workflows pass") {
		t.Errorf("badge: %s", files["badge/keygen-v1.1.svg"])
	}
	if !strings.Contains(string(files["registry/zot/index.html"]), "https://github.com/project-zot/zot/workflows/conformance/badge.svg") {
		t.Error("the badge of the vendor is missing")
	}
}

// TestHistoricPages checks that every row, badge, note and link of the two pages is
// in the site.
func TestHistoricPages(t *testing.T) {
	dir := shared(t, "OCISPEC_HISTORY", "background")
	addressRE := regexp.MustCompile(`\]\((https?://[^()\s]+)\)`)
	for file, tt := range map[string]struct {
		rows, badges int
		notes        []string
	}{
		"results-summary-2020.md":     {14, 11, []string{"Known issues: ", "In Progress", "TODO", "under review", "#1936"}},
		"results-by-workflow-2021.md": {15, 52, []string{"Known issues: ", "TODO", "under review", "Blood Orange", "do not indicate OCI conformance"}},
	} {
		file = filepath.Join(dir, file)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Skipf("the page is not available: %v", err)
		}
		s := load(t, input(t, map[string]any{"site.cue": ""}), Options{History: []string{file}, Date: "2026-11-27"})
		page := build(t, s)["index.html"]
		rows, badges := 0, 0
		for _, g := range s.History[0].Groups {
			for _, r := range g.Rows {
				rows++
				for _, w := range r.Workflows {
					for _, l := range w.Links {
						if l.Image != "" {
							badges++
						}
					}
				}
			}
		}
		if rows != tt.rows || badges != tt.badges {
			t.Errorf("%s: %d rows with %d badges, want %d with %d", file, rows, badges, tt.rows, tt.badges)
		}
		found := map[string]bool{}
		walk(t, page, func(key, value string) { found[value] = found[value] || key == "href" })
		for _, m := range addressRE.FindAllStringSubmatch(string(b), -1) {
			if !found[m[1]] {
				t.Errorf("%s: %s is not in the site", file, m[1])
			}
		}
		for _, n := range append(tt.notes, "years old", "OCI conformance tests") {
			if !strings.Contains(string(page), n) {
				t.Errorf("%s: %q is not in the site", file, n)
			}
		}
	}
}

// maxBuild is the largest time that a site of 200 registries and 3 releases may take.
const maxBuild = 10 * time.Second

func TestSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 600 results of 4 MB")
	}
	dir := largeInput(t)
	start := time.Now()
	s := load(t, dir, Options{})
	read := time.Since(start)
	files := build(t, s)
	built := time.Since(start)
	write(t, s, filepath.Join(t.TempDir(), "site"))
	took := time.Since(start) - (built - read) // write builds again
	size := 0
	for _, b := range files {
		size += len(b)
	}
	t.Logf("read in %.1f s, built in %.1f s, all in %.1f s: %d files, %d MB", read.Seconds(), (built - read).Seconds(), took.Seconds(), len(files), size>>20)
	if len(s.Registries) != 200 || len(s.Releases) != 3 {
		t.Errorf("%d registries, %d releases", len(s.Registries), len(s.Releases))
	}
	if took > maxBuild {
		t.Errorf("the site takes %v, more than %v", took, maxBuild)
	}
}

// largeInput has results of 200 registries for 3 releases, each as large as those of
// a complete run. They are links to a few files.
func largeInput(t *testing.T) string {
	dir := t.TempDir()
	var files []string
	for i, spec := range []string{"v1.0", "v1.1", "dev"} {
		for j, fail := range [][]string{nil, {"api.ping.ok-status"}} {
			r := sampleRun(t, spec, fmt.Sprintf("2026-0%d-01", i+1), fail...)
			body := strings.Repeat(`{"a": "b\\"} `, 200)
			for n := range 1500 {
				r.Cases = append(r.Cases, result.Case{ID: fmt.Sprint(n), Steps: []result.Step{{Exchanges: []result.Exchange{{
					Response: &result.Response{Body: &result.Body{Text: body[:2000]}},
				}}}}})
			}
			b, err := json.MarshalIndent(r, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if len(b) < 4<<20 {
				t.Fatalf("the results have only %d bytes", len(b))
			}
			name := filepath.Join(t.TempDir(), fmt.Sprintf("%d-%d.json", i, j))
			if err := os.WriteFile(name, b, 0o644); err != nil {
				t.Fatal(err)
			}
			files = append(files, name)
		}
	}
	for n := range 200 {
		for i, f := range slices.Collect(slices.Chunk(files, 2)) {
			d := filepath.Join(dir, fmt.Sprintf("registry-%03d", n), fmt.Sprint(i))
			if err := os.MkdirAll(d, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Link(f[min(n%7, 1)], filepath.Join(d, runFile)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestDocumentedConfig checks that the site.cue of docs/site.md is valid, and that the
// table there has every field.
func TestDocumentedConfig(t *testing.T) {
	b, err := os.ReadFile("../../docs/site.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(b), "```cue\n")
	example, table, _ := strings.Cut(example, "```\n")
	if _, err := ParseConfig("site.cue", []byte(example)); err != nil {
		t.Error(err)
	}
	schema, err := os.ReadFile("../../schemas/site.cue")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\s+([a-z]+)[?!]:`).FindAllStringSubmatch(string(schema), -1) {
		if !strings.Contains(table, "`"+m[1]+"`") && !strings.Contains(table, "[]."+m[1]+"`") {
			t.Errorf("docs/site.md does not mention the field %s", m[1])
		}
	}
}
