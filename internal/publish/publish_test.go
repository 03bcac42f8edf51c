package publish

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec/internal/published"
	"github.com/ocispec/ocispec/internal/testscope"
	"github.com/ocispec/ocispec/result"
)

func submission() *Submission {
	return &Submission{
		Product: Product{Vendor: "V", Name: "A *Registry*", Version: "1.20", Website: "https://a.example", Documentation: "https://a.example/docs",
			Logo: "https://a.example/logo.svg", Type: "distribution", Description: "It <stores>."},
		Start:       []string{"run-registry --port 5000"},
		Environment: map[string]string{"OCISPEC_PASSWORD": "<password>", "OCISPEC_REPO": "it's"},
	}
}

// run returns a run in which all required rows have a status.
func run(o result.Outcome, row string) *result.Run {
	r := &result.Run{
		Tool: result.Tool{Name: "ocispec", Version: "v1.2.3"}, Spec: "v1.1.1", Seed: "s", Registry: "http://127.0.0.1:5000/", Outcome: o,
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Requirements: map[string]result.Requirement{},
		Cases: []result.Case{{ID: "a", Outcome: o}, {ID: "b", Outcome: result.Disabled, Setting: "data.sparse"}},
		Rows:  result.Rows{"apis": {"Ping": "Pass", "A row of a later release": "Pass"}, "data": {}},
	}
	for kind, rows := range requiredRows {
		for _, title := range rows {
			r.Rows[kind][title] = row
		}
	}
	return r
}

// folder returns a folder with a submission.
func folder(t *testing.T, r *result.Run) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "v1.1", "a")
	if err := Write(dir, r, submission(), "ocispec v1.2.4"); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWrite(t *testing.T) {
	dir := folder(t, run(result.Pass, "Pass"))
	problems, err := Check(dir)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# A \\*Registry\\* 1.20\n", "It &lt;stores>.", "run-registry --port 5000", "cmd/ocispec@v1.2.3\n",
		"```sh\nexport OCISPEC_REGISTRY=http://127.0.0.1:5000/\nexport OCISPEC_SPEC=v1.1.1\nexport OCISPEC_PASSWORD='<password>'\n" +
			"export OCISPEC_REPO='it'\\''s'\nocispec run --seed s --out results\n```",
		"These settings disable cases: `data.sparse`.", "| Result | pass: 1 pass, 1 disabled |", "not by the OCI conformance suite",
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %q in\n%s", want, b)
		}
	}
	r, err := published.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows["apis"]) != 28 || len(r.Rows["data"]) != 24 || r.Rows["apis"]["Referrers"] != published.Disabled {
		t.Errorf("%d and %d rows: %v", len(r.Rows["apis"]), len(r.Rows["data"]), r.Rows)
	}
	if r.Format != published.Ocispec || r.Product.Version != "1.20" || r.Spec.Report != "1.1" {
		t.Errorf("%+v", r)
	}
}

func TestWriteErrors(t *testing.T) {
	r := run(result.Pass, "Pass")
	dir := filepath.Join(t.TempDir(), "v1.0", "a")
	if err := Write(dir, r, submission(), ""); err == nil || !strings.Contains(err.Error(), "name a folder v1.1/NAME, not v1.0/a") {
		t.Error(err)
	}
	r.Rows["apis"]["Ping"] = "maybe"
	dir = filepath.Join(t.TempDir(), "v1.1", "a")
	if err := Write(dir, r, submission(), ""); err == nil || !strings.Contains(err.Error(), `row "Ping"`) {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was written")
	}
}

// TestFailedRun covers that a failed run is published as such, and that the check
// rejects it.
func TestFailedRun(t *testing.T) {
	dir := folder(t, run(result.Fail, "FAIL"))
	problems, err := Check(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`error: report.html: does not contain "All tests passed", which reviewers look for`,
		`error: results.yaml: apis: row "Blob get" is required, but is FAIL`,
		`error: junit.xml: has 1 failed cases`,
	} {
		if !has(problems, want) {
			t.Errorf("no %q in %v", want, problems)
		}
	}
}

func has(problems []Problem, want string) bool {
	for _, p := range problems {
		if p.String() == want {
			return true
		}
	}
	return false
}

// TestCheck changes one file of a good submission.
func TestCheck(t *testing.T) {
	const none = "\x00"
	case1 := "OCI Distribution Conformance Tests Pull Pull blobs GET x"
	for _, tt := range []struct{ file, old, new, want string }{
		{"README.md", none, "", "error: README.md: is missing: the page generator fails"},
		{"README.md", none, "See [this](https://a.example).\n", "error: README.md: has no command: links alone do not say how to reproduce the run"},
		{"README.md", "export OCISPEC_SPEC", "OCI_X=1\nexport OCISPEC_SPEC", "warning: README.md: line 35 sets a variable without export"},
		{"README.md", "'<password>'", "hunter2hunter2", "warning: README.md: line 36 may hold a credential"},
		{"PRODUCT.yaml", none, "", "error: PRODUCT.yaml: is missing: reviewers require it"},
		{"PRODUCT.yaml", none, "[", "error: PRODUCT.yaml: yaml: line 1: did not find expected node content"},
		{"PRODUCT.yaml", "name: A", "name: OCI A", "error: PRODUCT.yaml: name \"OCI A *Registry*\" contains OCI, which the trademark rules do not allow"},
		{"PRODUCT.yaml", `"1.20"`, `1.20`, "warning: PRODUCT.yaml: version 1.20 is not quoted: YAML readers read it as a number"},
		{"PRODUCT.yaml", "vendor: V", "vendor: ''", "error: PRODUCT.yaml: vendor is missing"},
		{"PRODUCT.yaml", "vendor: V", "vendor: [V]", "error: PRODUCT.yaml: vendor is not text"},
		{"PRODUCT.yaml", "vendor: V", "vendor: V\nseller: W", `warning: PRODUCT.yaml: unknown field "seller"`},
		{"PRODUCT.yaml", "https://a.example\n", "a.example\n", `error: PRODUCT.yaml: website_url "a.example" is not a URL with https or http`},
		{"PRODUCT.yaml", "logo.svg", "logo.png", `warning: PRODUCT.yaml: product_logo_url "https://a.example/logo.png" is not an SVG, AI or EPS file`},
		{"PRODUCT.yaml", "type: distribution", "type: hosted", `warning: PRODUCT.yaml: type "hosted" is not one of distribution, hosted platform, installer`},
		{"results.yaml", none, "", "error: results.yaml: is missing: instructions.md requires it"},
		{"results.yaml", none, "apis: [x]\ndata: {Image: Pass}\n", "error: results.yaml: apis is not a map from row to status"},
		{"results.yaml", "Ping: Pass", "Ping: Warn", `error: results.yaml: apis: Ping: unknown status "Warn"; want one of Pass, Skip, Disabled, FAIL, Error: the page generator fails for all pages`},
		{"results.yaml", "Ping: Pass", "Pong: pass", `warning: results.yaml: apis: row "Ping" is missing`},
		{"results.yaml", "Ping: Pass", "Pong: pass", `warning: results.yaml: apis: unknown row "Pong"`},
		{"report.html", none, "", "error: report.html: is missing: the page generator fails"},
		{"report.html", "<td>1.1</td>", "<td>1.0</td>", `error: report.html: shows the release "1.0"; the folder is for v1.1`},
		{"report.html", "All tests", "Most tests", `error: report.html: does not contain "All tests passed", which reviewers look for`},
		{"junit.xml", none, "", "error: junit.xml: is missing: instructions.md requires it"},
		{"junit.xml", `name="b"`, `name="a"`, "warning: junit.xml: has 2 cases, but 1 names"},
		{"junit.xml", none, "<x/>", `junit.xml: line 1: root element "x"; want testsuite or testsuites`},
		{"junit.xml", none, "<testsuite><testcase name='" + case1 + "'><failure/></testcase></testsuite>", "error: junit.xml: has 1 failed cases"},
	} {
		dir := folder(t, run(result.Pass, "Pass"))
		name := filepath.Join(dir, tt.file)
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(b), tt.old, tt.new, 1)
		switch {
		case tt.old == none && tt.new == "":
			err = os.Remove(name)
		case tt.old == none:
			err = os.WriteFile(name, []byte(tt.new), 0o600)
		case text == string(b):
			t.Fatalf("%s has no %q", tt.file, tt.old)
		default:
			err = os.WriteFile(name, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		problems, err := Check(dir)
		found := false
		for _, p := range problems {
			found = found || strings.HasSuffix(p.String(), tt.want)
		}
		if err != nil || !found {
			t.Errorf("%s %q: no %q in %v, %v", tt.file, tt.new, tt.want, problems, err)
		}
	}
}

// TestMisleadingWorkflow covers that the page shows a workflow as supported if its
// cases fail and there are no rows.
func TestMisleadingWorkflow(t *testing.T) {
	dir := folder(t, run(result.Pass, "Pass"))
	xml := "<testsuite><testcase name='OCI Distribution Conformance Tests Pull Pull blobs GET x'><failure/></testcase></testsuite>"
	if err := os.WriteFile(filepath.Join(dir, "junit.xml"), []byte(xml), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "results.yaml")); err != nil {
		t.Fatal(err)
	}
	problems, err := Check(dir)
	if want := "error: junit.xml: the page shows the workflow Pull as supported, although a case fails: add results.yaml"; err != nil || !has(problems, want) {
		t.Errorf("no %q in %v, %v", want, problems, err)
	}
}

func TestBadges(t *testing.T) {
	dir := folder(t, run(result.Pass, "Pass"))
	live := filepath.Join(dir, "..", "..", "live", "a")
	if err := os.MkdirAll(live, 0o700); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"[![CI & Tests](https://a.example/b.svg)](https://a.example/p?q=a%3Ab)\n![x](https://a.example/b.svg)\n": true,
		"| a |\n": false, "# Title\n": false, "![x](https://a.example/b.svg) text\n": false, "![x](y)\n\n![x](y)\n": false,
	} {
		if err := os.WriteFile(filepath.Join(live, "badges.md"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		problems, err := Check(dir)
		if err != nil || (len(problems) == 0) != want {
			t.Errorf("%q: %v, %v", text, problems, err)
		}
	}
}

// TestGenerator reads the files as the page generator does.
func TestGenerator(t *testing.T) {
	dir := folder(t, run(result.Pass, "Pass"))
	var product struct {
		Name, Version, Type string
	}
	var rows struct {
		APIs map[string]string `yaml:"apis"`
		Data map[string]string `yaml:"data"`
	}
	for name, to := range map[string]any{"PRODUCT.yaml": &product, "results.yaml": &rows} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = yaml.Unmarshal(b, to)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if product.Version != "1.20" || len(rows.APIs) != 28 || len(rows.Data) != 24 {
		t.Errorf("%+v, %d and %d rows", product, len(rows.APIs), len(rows.Data))
	}
	b, err := os.ReadFile(filepath.Join(dir, "junit.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var suites struct {
		Suites []struct {
			Cases []struct {
				Name string `xml:"name,attr"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b, &suites); err != nil || len(suites.Suites) != 1 || len(suites.Suites[0].Cases) != 2 {
		t.Errorf("%+v, %v", suites, err)
	}
}

func TestParseSubmission(t *testing.T) {
	good := "product: {vendor: V, name: N, version: '1', website_url: https://a, documentation_url: https://b, type: installer, description: D}\nstart: [run]\n"
	if _, err := ParseSubmission([]byte(good)); err != nil {
		t.Error(err)
	}
	_, err := ParseSubmission([]byte(Template))
	if err == nil || !strings.Contains(err.Error(), `product: vendor is still the placeholder "<vendor>"`) {
		t.Error(err)
	}
	for in, want := range map[string]string{
		"prodct: {}":                                     "field prodct not found",
		"product: {vendor: V}\nstart: [run]":             "product: name is missing",
		strings.Replace(good, "start: [run]", "", 1):     "start is missing",
		good + "environment: {PATH: x}":                  "environment: PATH is not a variable OCISPEC_* or OCI_*",
		good + "environment: {OCISPEC_SPEC: v1.0}":       "environment: OCISPEC_SPEC is set from the results",
		good + "environment: {OCISPEC_PASSWORD: secret}": `environment: OCISPEC_PASSWORD must be a placeholder, as in "<password>"`,
		good + "environment: {OCISPEC_REPO: \"a\\nb\"}":  "environment: OCISPEC_REPO is not a single line",
		good + "environment: {OCISPEC_REPO: <repo>}":     `environment: OCISPEC_REPO is still the placeholder "<repo>"`,
	} {
		_, err := ParseSubmission([]byte(in))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret\"") {
			t.Errorf("the error has the credential: %v", err)
		}
	}
}

// TestPublishedFolders covers that each of the sixteen accepted folders has what
// publishing requires today only in part.
func TestPublishedFolders(t *testing.T) {
	folders, err := published.Find(testscope.Published(t))
	if err != nil {
		t.Fatal(err)
	}
	var complete []string
	for _, f := range folders {
		problems, err := Check(f)
		if err != nil {
			t.Fatal(err)
		}
		if !has(problems, "error: results.yaml: is missing: instructions.md requires it") {
			complete = append(complete, filepath.Base(filepath.Dir(f))+"/"+filepath.Base(f))
		}
		for _, p := range problems {
			if p.File == "badges.md" || strings.Contains(p.Text, "is not a badge") || strings.Contains(p.Text, "unknown row") {
				t.Errorf("%s: %s", f, p)
			}
		}
	}
	if d := cmp.Diff([]string{"v1.0/olareg", "v1.1/olareg", "v1.1/zot"}, complete); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}
