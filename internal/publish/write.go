package publish

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocispec/ocispec/internal/plain"
	"github.com/ocispec/ocispec/report"
	"github.com/ocispec/ocispec/result"
)

//go:embed readme.md.tmpl
var readmeSource string

var readme = template.Must(template.New("readme").Funcs(template.FuncMap{
	"prose": func(s string) string { return plain.Prose(plain.Line(s, 500)) },
	"code":  func(s string) string { return plain.Code(plain.Line(s, 500)) },
	"shell": shell,
}).Parse(readmeSource))

// Write writes the files of a submission to a folder distribution-spec/vX.Y/NAME,
// which it creates if necessary. writer names the program that writes them, which need not
// be the one that made the results. Nothing is written if a file cannot be
// rendered.
func Write(dir string, r *result.Run, s *Submission, writer string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if parent := filepath.Base(filepath.Dir(abs)); parent != minor(r.Spec) {
		return fmt.Errorf("the results are for %s: name a folder %s/NAME, not %s/%s", r.Spec, minor(r.Spec), parent, filepath.Base(abs))
	}
	files, err := render(r, s, writer)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// minor returns the release of a patch release, as in v1.1 for v1.1.0.
func minor(patch string) string {
	parts := strings.SplitN(patch, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// render returns the files of a submission by name.
func render(r *result.Run, s *Submission, writer string) (map[string][]byte, error) {
	out := map[string][]byte{"PRODUCT.yaml": s.Product.encode()}
	for name, f := range map[string]func(io.Writer, *result.Run) error{
		"ocispec-results.json": report.JSON, "junit.xml": report.JUnit, "report.html": report.HTML,
		"results.yaml": func(w io.Writer, r *result.Run) error { return report.YAML(w, withAllRows(r)) },
	} {
		var b bytes.Buffer
		if err := f(&b, r); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = b.Bytes()
	}
	var err error
	if out["report.html"], err = withSummary(out["report.html"], r); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = readme.Execute(&b, readmeData(r, s, writer, digest.FromBytes(out["ocispec-results.json"]).String()))
	out["README.md"] = b.Bytes()
	return out, err
}

var bodyRE = regexp.MustCompile(`(?i)<body[^>]*>`)

// withSummary adds the rows to report.html that reviewers look for.
func withSummary(page []byte, r *result.Run) ([]byte, error) {
	at := bodyRE.FindIndex(page)
	if at == nil {
		return nil, errors.New("report.html has no body")
	}
	rows := fmt.Sprintf("\n<table><tr><td>Tested Spec</td><td>%s</td></tr>", html.EscapeString(strings.TrimPrefix(minor(r.Spec), "v")))
	if passed(r) {
		rows += "<tr><td>Result</td><td>" + allPassed + " (" + tally(r) + ")</td></tr>"
	}
	return slices.Concat(page[:at[1]], []byte(rows+"</table>\n"), page[at[1]:]), nil
}

// tally returns the number of cases by outcome, as in "150 pass, 1 disabled".
func tally(r *result.Run) string {
	n := map[result.Outcome]int{}
	for _, c := range r.Cases {
		n[c.Outcome]++
	}
	var parts []string
	for _, o := range []result.Outcome{result.Pass, result.Warn, result.Fail, result.Error, result.Inconclusive,
		result.Blocked, result.Unsupported, result.Disabled} {
		if n[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[o], o))
		}
	}
	return strings.Join(parts, ", ")
}

// passed reports whether every case that ran passed, some of them with a warning.
// Disabled and unsupported cases did not run.
func passed(r *result.Run) bool { return r.Outcome == result.Pass || r.Outcome == result.Warn }

// readmeValues is the data of the template.
type readmeValues struct {
	*Submission
	Run                             *result.Run
	Result, Started, Writer, Digest string
	Version                         string
	Exports, Disabled               []string
}

func readmeData(r *result.Run, s *Submission, writer, digest string) readmeValues {
	v := readmeValues{
		Submission: s, Run: r, Writer: writer, Digest: digest, Started: r.Started.UTC().Format(time.RFC3339),
		Result:  fmt.Sprintf("%s: %s", r.Outcome, tally(r)),
		Version: "latest",
	}
	if strings.HasPrefix(r.Tool.Version, "v") {
		v.Version = shell(r.Tool.Version)
	}
	v.Exports = []string{"OCISPEC_REGISTRY=" + shell(r.Registry), "OCISPEC_SPEC=" + shell(r.Spec)}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		v.Exports = append(v.Exports, name+"="+shell(s.Environment[name]))
	}
	for _, c := range r.Cases {
		if c.Setting != "" && !slices.Contains(v.Disabled, c.Setting) {
			v.Disabled = append(v.Disabled, c.Setting)
		}
	}
	slices.Sort(v.Disabled)
	return v
}

var wordRE = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shell quotes a word for a POSIX shell.
func shell(s string) string {
	s = plain.Line(s, 2000)
	if wordRE.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
