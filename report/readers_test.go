package report

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ocispec/ocispec/result"
)

// read renders a run and has it read by a reader of the format that
// testdata/readers/install.sh has installed. It decodes what the reader
// understood. Without the readers the test skips, or fails if
// OCISPEC_REQUIRE_CLIENTS is set.
func read(t *testing.T, format string, r *result.Run, understood any, args ...string) {
	t.Helper()
	dir := filepath.Join(os.Getenv("OCISPEC_TOOLS"), "readers")
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); os.Getenv("OCISPEC_TOOLS") == "" || err != nil {
		const msg = "the readers are not installed: run report/testdata/readers/install.sh DIR and set OCISPEC_TOOLS to DIR"
		if os.Getenv("OCISPEC_REQUIRE_CLIENTS") != "" {
			t.Fatal(msg)
		}
		t.Skip(msg)
	}
	f, ok := Lookup(format)
	if !ok {
		t.Fatalf("no format %q", format)
	}
	cmd := exec.Command("node", append([]string{filepath.Join(dir, "read.mjs"), format}, args...)...)
	cmd.Stdin = strings.NewReader(render(t, f.Render, r))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if err := json.Unmarshal(out, understood); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// located is the sample with findings that have the way of its checks, so that
// they have positions.
func located() *result.Run {
	r := sample()
	for i := range r.Findings {
		r.Findings[i].Way = "status"
	}
	return r
}

// TestReadJSON validates results.json against the published JSON Schema (ajv).
func TestReadJSON(t *testing.T) {
	file, err := filepath.Abs(jsonSchema)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*result.Run{sample(), {Outcome: result.Pass}} {
		read(t, "json", r, &struct{}{}, file)
	}
}

// TestReadYAML reads results.yaml (js-yaml).
func TestReadYAML(t *testing.T) {
	var got struct {
		Config     map[string]string
		APIs, Data map[string]string
	}
	read(t, "yaml", sample(), &got)
	if d := cmp.Diff(map[string]map[string]string(sample().Rows), map[string]map[string]string{"apis": got.APIs, "data": got.Data}); d != "" {
		t.Error(d)
	}
	if got.Config["version"] != "v1.1.1" || got.Config["seed"] != "0123" {
		t.Errorf("config %v", got.Config)
	}
}

// TestReadJUnit compares the stated counts with those of the elements (junit2json).
func TestReadJUnit(t *testing.T) {
	var got struct {
		Stated, Total, Counted []int
		Names                  []string
	}
	read(t, "junit", sample(), &got)
	if want := []int{len(sample().Cases), 1, 3, 4}; !slices.Equal(got.Counted, want) || !slices.Equal(got.Stated, want) || !slices.Equal(got.Total, want) {
		t.Errorf("%+v; want %v", got, want)
	}
	unique := slices.Clone(got.Names)
	slices.Sort(unique)
	if n := len(slices.Compact(unique)); n != len(got.Names) {
		t.Errorf("%d names of %d tests", n, len(got.Names))
	}
}

// TestReadTAP compares the test points with the cases (tap-parser, strict).
func TestReadTAP(t *testing.T) {
	var got []struct {
		OK                           bool
		Skip, Name, Outcome, Message string
	}
	read(t, "tap", sample(), &got)
	cases := sample().Cases
	if len(got) != len(cases) {
		t.Fatalf("%d test points of %d cases", len(got), len(cases))
	}
	for i, c := range cases {
		p := got[i]
		ok := !slices.Contains([]result.Outcome{result.Fail, result.Error, result.Inconclusive}, c.Outcome)
		skip := slices.Contains([]result.Outcome{result.Unsupported, result.Disabled, result.Blocked}, c.Outcome)
		if p.OK != ok || (p.Skip != "") != skip || p.Name != c.ID+": "+c.Title {
			t.Errorf("%s is %s: %+v", c.ID, c.Outcome, p)
		}
		if !ok && (p.Outcome != string(c.Outcome) || p.Message == "") {
			t.Errorf("%s is %s without a reason: %+v", c.ID, c.Outcome, p)
		}
	}
}

// TestReadHAR validates the archive against the schemas of HAR 1.2 (har-validator).
func TestReadHAR(t *testing.T) {
	exchanges := 0
	for _, c := range sample().Cases {
		for _, s := range c.Steps {
			exchanges += len(s.Exchanges)
		}
	}
	var got struct{ Entries, Pages int }
	read(t, "har", sample(), &got)
	if got.Entries != exchanges || got.Pages == 0 {
		t.Errorf("%+v; want %d entries", got, exchanges)
	}
	read(t, "har", &result.Run{}, &got)
}

// TestReadMarkdown renders the report as GitHub does (micromark with the GFM
// extensions, and HTML allowed): all markup is that of the report.
func TestReadMarkdown(t *testing.T) {
	var got struct{ HTML string }
	read(t, "markdown", sample(), &got)
	for _, bad := range []string{"<script", "href=\"javascript", "@user", "<img"} {
		if i := strings.Index(outsideCode(got.HTML), bad); i >= 0 {
			t.Errorf("%s is in the page", bad)
		}
	}
	for _, want := range []string{"<h1>OCI distribution-spec v1.1.1: FAILED</h1>", "<table>", `<a href="https://spec.example/spec.md#pulling-blobs">`, "<summary>APIs</summary>"} {
		if !strings.Contains(got.HTML, want) {
			t.Errorf("%s is not in the page", want)
		}
	}
}

// outsideCode removes the text of code, in which nothing is markup.
func outsideCode(html string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(html, "<code")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, html, _ = strings.Cut(rest, "</code>")
	}
}

// TestReadGitHub reads workflow commands as the runner does, and compares each
// with what GitHub's library (@actions/core) writes for it.
func TestReadGitHub(t *testing.T) {
	var got []struct{ Kind, Message, Title, File, Line, Col string }
	r := located()
	read(t, "github", r, &got)
	if len(got) != len(r.Findings)+1 {
		t.Fatalf("%d commands of %d findings", len(got), len(r.Findings))
	}
	first := got[0]
	if first.Kind != "warning" || first.File != "specs/v1_0/x.cue" || first.Line != "3" || first.Col != "4" || !strings.Contains(first.Message, r.Findings[0].Clause.URL) {
		t.Errorf("%+v", first)
	}
}

// TestHARTimes checks that the exchanges of a step follow each other.
func TestHARTimes(t *testing.T) {
	r := sample()
	s := &r.Cases[0].Steps[0]
	s.Exchanges = append(s.Exchanges, s.Exchanges[0])
	r.Cases = r.Cases[:1]
	var b bytes.Buffer
	if err := HAR(&b, r); err != nil {
		t.Fatal(err)
	}
	var f harFile
	if err := json.NewDecoder(&b).Decode(&f); err != nil {
		t.Fatal(err)
	}
	e := f.Log.Entries
	if len(e) != 2 || !e[0].Started.Equal(began.Add(s.Start)) || !e[1].Started.Equal(e[0].Started.Add(s.Exchanges[0].Response.Elapsed)) {
		t.Errorf("%+v", e)
	}
	if c := e[0].Response.Content; c.Encoding != "base64" || c.Text != "AAEC" || c.Size != 3 {
		t.Errorf("%+v", c)
	}
}
