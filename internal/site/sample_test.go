package site

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// sampleConfig describes two registries with runs, and one that only an old page has.
const sampleConfig = `title: "Sample"
date:  "2026-06-01"
registries: [{
	name: "alpha", title: "Alpha", vendor: "Alpha Foundation", homepage: "https://alpha.example", category: "open source"
	verified: {is: true, why: "The project sent the results.", url: "https://alpha.example/verified"}
	runs: [{results: "alpha/v1.1", version: "1.2.3"}, {results: "alpha/v1.0/results.json"}]
}, {
	name: "bravo", title: "Bravo", vendor: "Bravo Inc", category: "hosted"
	verified: {is: false, why: "Nobody repeated the run."}
	notes: [{text: "Deletion is off.", links: [{title: "manual", url: "https://bravo.example/manual"}]}]
	issues: [{title: "issue 12", url: "https://bravo.example/issues/12"}]
	reproduce: "docker run bravo"
	runs: [
		{results: "bravo/v1.1"},
		{date: "2021-05", tool: "old suite", workflows: Pull: {status: "Pass", badge: "https://bravo.example/badge.svg", report: "https://bravo.example/report.html"}},
	]
}]
history: [{file: "page-2020.md"}]
`

const samplePage = `# Earlier page

Reports of [the specification](https://spec.example).

### Open Source

| Registry | Status | Verified? | Notes | Links |
| -------- | -------- | -------- | -------- | -------- |
| [anuvu/old](https://old.example) | [![](https://ci.example/badge.svg)](https://ci.example/jobs) | [under review](https://pr.example/38) | Known issues: [#1](https://issues.example/1) [#2](https://issues.example/2) | [job definition](https://ci.example/job.yml) &#x7c; [test report](https://ci.example/report.html) |
| [other](https://other.example) | | no | In Progress | |
`

// sampleRun returns results with all requirements of a release. Those that fail
// names are violated.
func sampleRun(t testing.TB, spec, started string, fail ...string) *result.Run {
	t.Helper()
	rel, err := release.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	day, err := time.Parse("2006-01-02", started)
	if err != nil {
		t.Fatal(err)
	}
	r := &result.Run{
		Version: 1, Tool: result.Tool{Name: "ocispec", Version: "v1.0.0"}, Spec: rel.Patch, Registry: "https://registry.example",
		Started: day, Ended: day.Add(time.Minute), Outcome: result.Pass, Requirements: map[string]result.Requirement{},
		Counts: result.Counts{Cases: map[result.Outcome]int{result.Pass: 150}}, Cases: []result.Case{{ID: "ping", Title: `a "quoted" title, [ and }`}},
		Rows: result.Rows{}, Categories: map[string]result.Category{},
	}
	for _, q := range rel.Requirements {
		if q.Actor != "client" {
			r.Requirements[q.ID] = result.Requirement{Level: string(q.Level), Outcome: result.Pass, Checks: 1, Category: q.Category}
		}
	}
	for _, row := range rel.Rows {
		if r.Rows[row.Kind] == nil {
			r.Rows[row.Kind] = map[string]string{}
		}
		r.Rows[row.Kind][row.Title] = "Pass"
	}
	for _, c := range rel.Categories {
		r.Categories[c.ID] = result.Category{Outcome: result.Pass, Support: "positive"}
	}
	for _, id := range fail {
		q := rel.Requirement(id)
		r.Outcome = result.Fail
		r.Requirements[id] = result.Requirement{Level: string(q.Level), Outcome: result.Fail, Checks: 1}
		r.Findings = append(r.Findings, result.Finding{
			Requirement: id, Level: string(q.Level), Text: q.Text, Outcome: result.Fail, Message: "expected status 200, got 404 for GET /v2/",
			Clause: result.Clause{Section: q.Clause.Section, URL: q.Clause.URL}, Way: "status 404", Count: 1,
		})
	}
	return r
}

func sampleFiles(t testing.TB) map[string]any {
	failed := sampleRun(t, "v1.1", "2026-04-01", "api.ping.ok-status")
	failed.Categories["Content Management"] = result.Category{Outcome: result.Fail, Support: "none"}
	failed.Rows["apis"]["Ping"] = "FAIL"
	return map[string]any{
		"site.cue": sampleConfig, "page-2020.md": samplePage,
		"alpha/v1.1/results.json": sampleRun(t, "v1.1", "2026-05-01"), "alpha/v1.0/results.json": sampleRun(t, "v1.0", "2024-05-01"),
		"bravo/v1.1/results.json": failed,
	}
}

// input writes files: texts, and values as JSON.
func input(t testing.TB, files map[string]any) string {
	t.Helper()
	dir := t.TempDir()
	for _, n := range slices.Sorted(maps.Keys(files)) {
		b, ok := files[n].(string)
		if !ok {
			j, err := json.MarshalIndent(files[n], "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			b = string(j)
		}
		file := filepath.Join(dir, n)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(b), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t testing.TB, dir string, o Options) *Site {
	t.Helper()
	s, err := Load(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sampleSite(t testing.TB) *Site { return load(t, input(t, sampleFiles(t)), Options{}) }

func build(t testing.TB, s *Site) map[string][]byte {
	t.Helper()
	files, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t testing.TB, s *Site, dir string) {
	t.Helper()
	if err := Write(dir, build(t, s)); err != nil {
		t.Fatal(err)
	}
}

const attack = "</script><script>window.owned=1</script><img src=x onerror=\"window.owned=1\"><!--\"'{{.}}\x1b[31m\u202e"

// hostileSite has an attack wherever results have text.
func hostileSite(t testing.TB) *Site {
	r := sampleRun(t, "v1.1", "2026-05-01", "api.ping.ok-status")
	r.Tool.Version, r.Registry, r.Message = attack, attack, attack
	r.Categories[attack] = result.Category{Outcome: result.Outcome(attack)}
	r.Rows["apis"][attack] = attack
	r.Rows[attack] = map[string]string{attack: "Pass"}
	r.Requirements[attack] = result.Requirement{Outcome: result.Fail}
	f := &r.Findings[0]
	f.Text, f.Message, f.Level, f.Clause.Section, f.Clause.URL = attack, attack, attack, attack, "javascript:window.owned=1"
	r.Findings = append(r.Findings, result.Finding{Requirement: "../../" + attack, Outcome: result.Fail, Message: strings.Repeat("x", 1<<20)})
	other := sampleRun(t, "v1.1", "2026-05-01")
	other.Spec = "../../" + attack
	page := "# " + attack + "\n\n" + attack + " [x](javascript:window.owned=1)\n\n## " + attack + "\n\n| Registry | Status | Notes |\n|---|---|---|\n| [hostile](javascript:window.owned=1) | [![](data:x)](javascript:x) | " + attack + " |\n"
	dir := input(t, map[string]any{"hostile/results.json": r, "other/results.json": other, "page.md": page})
	return load(t, dir, Options{History: []string{filepath.Join(dir, "page.md")}})
}
