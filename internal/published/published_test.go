package published

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	cuejson "cuelang.org/go/encoding/json"

	"github.com/google/go-cmp/cmp"

	"github.com/ocispec/ocispec/internal/testscope"
)

// acceptance has, for each published folder: root element, declared tests, cases,
// unique names, skipped, failed, and the version that the report shows. "?" is a
// version in a report.html that is not among the test data.
const acceptance = `
v1.0/artifactory ginkgo-v2 80 80 78 6 0 ?
v1.0/azurecontainerregistry ginkgo-v1 59 62 62 3 0 ?
v1.0/django-oci ginkgo-v1 59 62 62 3 0 ?
v1.0/gitea ginkgo-v1 59 62 62 3 0 ?
v1.0/gitlab ginkgo-v1 59 62 62 3 0 ?
v1.0/keppel ginkgo-v1 59 62 62 3 0 ?
v1.0/metahub ginkgo-v1 60 65 65 5 0 ?
v1.0/olareg suite 904 728 382 6 0 1.0
v1.0/openregistry ginkgo-v1 59 62 62 3 0 ?
v1.0/zot ginkgo-v1 59 62 62 3 0 10efb871ee08eb13678fe275e2cf89b3df86542b
v1.1/artifactory ginkgo-v2 80 80 78 6 0 ?
v1.1/azurecontainerregistry ginkgo-v2 80 80 78 5 0 ?
v1.1/cloudsmith ginkgo-v2 80 80 78 15 0 unknown
v1.1/keygen ginkgo-v2 80 80 78 65 0 ?
v1.1/olareg suite 904 728 382 2 0 1.1
v1.1/zot suite 854 687 365 6 0 1.1
`

func TestPublishedFolders(t *testing.T) {
	dir := testscope.Published(t)
	folders, err := Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	doc := &Document{Version: Version}
	for _, f := range folders {
		r, err := Read(f)
		if err != nil {
			t.Fatal(err)
		}
		doc.Results = append(doc.Results, r)
		version := r.Spec.Report
		if version == "" {
			version = "?"
		}
		fmt.Fprintln(&got, r.Folder, r.Format, r.Counts.Declared, r.Counts.Cases, r.Counts.Unique, r.Counts.Skip, r.Counts.Fail+r.Counts.Error, version)
		if want := r.Folder == "v1.0/artifactory"; r.Spec.Differs != want {
			t.Errorf("%s: the release differs from the folder: %v, want %v", r.Folder, r.Spec.Differs, want)
		}
		if r.Product.Name == "" || len(r.Workflows) != 4 || len(r.Rows["apis"]) == 0 {
			t.Errorf("%s: product %+v, workflows %v, rows %v", r.Folder, r.Product, r.Workflows, r.Rows)
		}
	}
	if d := cmp.Diff(strings.TrimSpace(acceptance), strings.TrimSpace(got.String())); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	valid(t, doc)
	keygen := doc.Results[13]
	want := map[string]Status{"Pull": Pass, "Push": Skip, "Content Discovery": Skip, "Content Management": Skip}
	if d := cmp.Diff(want, keygen.Workflows); d != "" {
		t.Errorf("%s: -want +got\n%s", keygen.Folder, d)
	}
}

// valid validates a document against its schema.
func valid(t *testing.T, doc *Document) {
	t.Helper()
	src, err := os.ReadFile("../../schemas/published.cue")
	if err != nil {
		t.Fatal(err)
	}
	ctx := cuecontext.New()
	def := ctx.CompileBytes(src).LookupPath(cue.ParsePath("#Published"))
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	x, err := cuejson.Extract("published.json", b)
	if err != nil {
		t.Fatal(err)
	}
	if err := def.Unify(ctx.BuildExpr(x)).Validate(cue.Concrete(true)); err != nil {
		t.Errorf("the schema rejects the document: %s", errors.Details(err, nil))
	}
}

func TestReadGinkgo(t *testing.T) {
	r, err := Read("testdata/v1.0/ginkgo")
	if err != nil {
		t.Fatal(err)
	}
	valid(t, &Document{Version, []*Result{r}})
	want := map[string]Status{"Pull": Fail, "Push": Skip, "Content Discovery": Pass, "Content Management": Error}
	if d := cmp.Diff(want, r.Workflows); d != "" {
		t.Errorf("workflows: -want +got\n%s", d)
	}
	rows := map[string]map[string]Status{"apis": {"Blob head": Pass, "Blob get": Fail, "Blob chunked": Skip, "Tag listing": Pass}}
	if d := cmp.Diff(rows, r.Rows); d != "" {
		t.Errorf("rows: -want +got\n%s", d)
	}
	if d := cmp.Diff(Counts{Declared: 5, Cases: 8, Unique: 8, Pass: 5, Skip: 1, Fail: 1, Error: 1}, r.Counts); d != "" {
		t.Errorf("counts: -want +got\n%s", d)
	}
	if got := r.Cases[2].Message; !strings.Contains(got, "<int>: 500\nto equal") || strings.ContainsRune(got, 0x1b) {
		t.Errorf("message %q", got)
	}
	if r.Product.Version != "1.20" || r.Spec != (Spec{"v1.0", "v1.1.0", "v1.0", true}) || r.Badges == "" {
		t.Errorf("product %+v, spec %+v, badges %q", r.Product, r.Spec, r.Badges)
	}
	b, _ := json.Marshal(r)
	for _, secret := range []string{"S3cret", "hunter2", "correct horse", "abcdefghijklmnop"} {
		if strings.Contains(string(b), secret) {
			t.Errorf("the result contains %q", secret)
		}
	}
	for _, text := range []string{"<user>", `"$TOKEN"`, "-p 5000:5000"} {
		if !strings.Contains(r.Readme, text) {
			t.Errorf("the README lacks %q:\n%s", text, r.Readme)
		}
	}
}

func TestReadSuite(t *testing.T) {
	r, err := Read("testdata/v1.1/suite")
	if err != nil {
		t.Fatal(err)
	}
	valid(t, &Document{Version, []*Result{r}})
	cases := []Case{
		{"OCI Conformance Test/image/blob-get", Fail, 3, "", "status 500; want 200"},
		{"OCI Conformance Test/sha256 blobs/mount/blob-mount", Skip, 1, "", "fell back to POST and PUT"},
		{"OCI Conformance Test/tag-param", Disabled, 1, "", ""},
		{"OCI Conformance Test/other", Error, 1, "", ""},
	}
	if d := cmp.Diff(cases, r.Cases); d != "" {
		t.Errorf("cases: -want +got\n%s", d)
	}
	workflows := map[string]Status{"Pull": Fail, "Push": Skip, "Content Discovery": Error, "Content Management": Pass}
	if d := cmp.Diff(workflows, r.Workflows); d != "" {
		t.Errorf("workflows: -want +got\n%s", d)
	}
	if r.Config["apis.blobs.delete"] != "true" || r.Config["password"] != hidden || r.Registry != "registry.example" || r.Commit != "abcdef" {
		t.Errorf("config %v, registry %q, commit %q", r.Config, r.Registry, r.Commit)
	}
	notes := []string{"README.md is missing", "PRODUCT.yaml is missing", "report.html is missing", "redacted credentials: 1",
		"junit.xml declares 9 tests, but has 6 cases"}
	if d := cmp.Diff(notes, r.Notes); d != "" {
		t.Errorf("notes: -want +got\n%s", d)
	}
}

func TestUnknownRowStatus(t *testing.T) {
	r := &Result{Rows: map[string]map[string]Status{}}
	if err := r.rows([]byte("apis: {Ping: fine}")); err == nil || !strings.Contains(err.Error(), `row "Ping": unknown status "fine"`) {
		t.Error(err)
	}
	if err := r.rows([]byte("a: 1")); err == nil {
		t.Error("a file without rows is accepted")
	}
}

func TestReadErrors(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "junit.xml")
	if err := os.WriteFile(outside, []byte("<testsuite/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	linked := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(linked, "junit.xml")); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "junit.xml"), []byte("<testsuite><testcase name='x'/></testsuite>"), 0o600); err != nil {
		t.Fatal(err)
	}
	huge := t.TempDir()
	if err := os.WriteFile(filepath.Join(huge, "junit.xml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(huge, "junit.xml"), maxFile+1); err != nil { // sparse
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		huge:                   "larger than 67108864 bytes",
		"testdata/live/ginkgo": "no such file",
		linked:                 "path escapes from parent",
		other:                  "not a test suite of a published format",
	} {
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", dir, err, want)
		}
	}
	if _, err := Find("testdata/live"); err == nil {
		t.Error("Find returns no error for a directory without results")
	}
}
