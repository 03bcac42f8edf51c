package published

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/plain"
)

// maxFile is the size limit of a file, in bytes.
const maxFile = 64 << 20

// Find returns the folders below a directory that have a junit.xml, sorted; the
// directory itself may be one.
func Find(dir string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() == "junit.xml" {
			found = append(found, filepath.Dir(path))
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s has no junit.xml, nor has a folder in it", dir)
	}
	slices.Sort(found)
	return found, err
}

// Read reads a result folder. Links that lead out of the folder are errors. Only
// junit.xml is required; what else is missing or malformed becomes a note.
func Read(dir string) (*Result, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	b, err := readFile(root, "junit.xml")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	j, err := parseJUnit(b)
	if err != nil {
		return nil, fmt.Errorf("%s: junit.xml: %w", dir, err)
	}
	parent, name := filepath.Base(filepath.Dir(abs)), filepath.Base(abs)
	r := &Result{
		Folder: plain.Line(parent+"/"+name, 200), Spec: Spec{Folder: plain.Line(parent, 100)},
		Started: j.timestamp, Config: map[string]string{}, Cases: []Case{},
		Workflows: map[string]Status{}, Rows: map[string]map[string]Status{}, Unknown: []string{}, Notes: []string{},
	}
	if r.Format, err = formatOf(j); err != nil {
		return nil, fmt.Errorf("%s: junit.xml: %w", dir, err)
	}
	r.addCases(j)
	r.addFiles(root, j, abs)
	r.addSpec()
	r.addUnknown()
	return r, nil
}

// formatOf returns the format of junit.xml.
func formatOf(j *junit) (Format, error) {
	starts := func(prefix string) bool {
		return slices.ContainsFunc(j.cases, func(c Case) bool { return strings.HasPrefix(c.Name, prefix) })
	}
	switch {
	case starts(sentence) && j.root == "testsuite":
		return GinkgoV1, nil
	case starts(sentence):
		return GinkgoV2, nil
	case j.suite == "OCI Conformance Test" || starts("OCI Conformance Test"):
		return Suite, nil
	case strings.HasPrefix(j.properties["tool"], "ocispec "):
		return Ocispec, nil
	}
	return "", errors.New("not a test suite of a published format")
}

// addCases adds the cases, one for each name, and counts them.
func (r *Result) addCases(j *junit) {
	r.Counts.Declared = j.declared
	at := map[string]int{}
	for _, c := range j.cases {
		r.Counts.Cases++
		switch c.Status {
		case Pass:
			r.Counts.Pass++
		case Fail:
			r.Counts.Fail++
		case Error:
			r.Counts.Error++
		default:
			r.Counts.Skip++
		}
		i, ok := at[c.Name]
		if !ok {
			i = len(r.Cases)
			at[c.Name] = i
			r.Counts.Unique++
			r.Cases = append(r.Cases, Case{Name: c.Name})
		}
		k := &r.Cases[i]
		k.Count++
		if s := Worse(k.Status, c.Status); s != k.Status {
			k.Status, k.Message = s, c.Message
		}
	}
	// The reporter of the suite of v1.1.0 is a case, but tests nothing.
	r.Cases = slices.DeleteFunc(r.Cases, func(c Case) bool { return r.Format == GinkgoV2 && c.Name == "html custom reporter" })
}

// addFiles adds what the other files have, without credentials.
func (r *Result) addFiles(root *os.Root, j *junit, dir string) {
	var secrets redactor
	text := func(name string) string {
		b, err := readFile(root, name)
		r.problem(name, err)
		return secrets.text(plain.Block(string(toUTF8(b)), 64<<10))
	}
	r.Readme = text("README.md")
	b, err := readFile(root, "PRODUCT.yaml")
	if err == nil {
		r.Product, err = product(b)
	}
	r.problem("PRODUCT.yaml", err)
	b, err = readFile(root, "results.yaml")
	if err == nil {
		err = r.rows(b)
	}
	if r.Format == Suite || r.Format == Ocispec || !errors.Is(err, fs.ErrNotExist) {
		r.problem("results.yaml", err)
	}
	b, err = readFile(root, "report.html")
	r.problem("report.html", err)
	r.addConfig(parseReport(b), j, &secrets)
	for i := range r.Cases {
		r.Cases[i].Name = secrets.text(r.Cases[i].Name)
		r.Cases[i].Message = secrets.text(r.Cases[i].Message)
	}
	if live, err := os.OpenRoot(filepath.Join(filepath.Dir(filepath.Dir(dir)), "live", filepath.Base(dir))); err == nil {
		if b, err := readFile(live, "badges.md"); err == nil {
			r.Badges = secrets.text(plain.Block(string(toUTF8(b)), 16<<10))
		}
		live.Close()
	}
	if secrets.n > 0 {
		r.note("redacted credentials: %d", secrets.n)
	}
	if r.RowsFrom == "results.yaml" {
		r.fromRows()
	} else {
		r.fromNames()
	}
}

// addConfig adds the settings of the run and what the report says about it.
func (r *Result) addConfig(f facts, j *junit, secrets *redactor) {
	text := cmp.Or(j.properties["Config"], f["Configuration"])
	config := settings(text)
	if r.Format == GinkgoV1 || r.Format == GinkgoV2 {
		config = variables(text)
	}
	for name, v := range config {
		r.Config[name] = secrets.value(name, v)
	}
	r.Registry = cmp.Or(r.Config["registry"], r.Config["OCI_ROOT_URL"], secrets.text(j.properties["registry"]))
	r.Spec.Report = plain.Line(cmp.Or(f["Tested Spec"], r.Config["version"], j.properties["spec"], f["Test Version"]), 100)
	r.Commit = plain.Line(cmp.Or(f["Conformance Commit"], r.Config["commit"], f["Test Version"]), 100)
}

// readFile reads a file up to the size limit.
func readFile(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a regular file", name))
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxFile)
	}
	return b, err
}

// problem notes that a file is missing or malformed.
func (r *Result) problem(name string, err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.note("%s is missing", name)
	case err != nil:
		r.note("%s: %s", name, plain.Line(err.Error(), 300))
	}
}

func (r *Result) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}
