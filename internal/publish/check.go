package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec/internal/plain"
	"github.com/ocispec/ocispec/internal/published"
)

// Level is the severity of a problem.
type Level string

// The levels.
const (
	LevelError   Level = "error"   // the page generator fails, or reviewers reject it
	LevelWarning Level = "warning" // accepted, but misleading or against a recommendation
)

// Problem is what is wrong with a file of a submission.
type Problem struct {
	File  string `json:"file"`
	Level Level  `json:"level"`
	Text  string `json:"text"`
}

func (p Problem) String() string { return fmt.Sprintf("%s: %s: %s", p.Level, p.File, p.Text) }

// checker collects the problems of a submission.
type checker struct {
	dir      string
	problems []Problem
}

func (c *checker) add(file string, l Level, format string, args ...any) {
	c.problems = append(c.problems, Problem{file, l, plain.Line(fmt.Sprintf(format, args...), 500)})
}

var (
	releaseRE = regexp.MustCompile(`^v[0-9]+\.[0-9]+$`)
	badgeRE   = regexp.MustCompile(`^(\[!\[[^\]]*\]\([^()\s]+\)\]\([^()\s]+\)|!\[[^\]]*\]\([^()\s]+\))$`)
)

// Check repeats offline what the page generator of the results repository and its
// reviewers require of a folder distribution-spec/vX.Y/NAME (instructions.md,
// reviewing.md and products-page-generator of opencontainers/oci-conformance).
func Check(dir string) ([]Problem, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(abs); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", dir)
	}
	c := &checker{dir: abs, problems: []Problem{}}
	parent := filepath.Base(filepath.Dir(abs))
	if !releaseRE.MatchString(parent) {
		c.add(".", LevelError, "the parent folder %q is not a release, as in v1.1: the page generator fails", parent)
	}
	c.readme()
	if b, ok := c.read("PRODUCT.yaml", "reviewers require it"); ok {
		c.problems = append(c.problems, checkProduct(b)...)
	}
	rows := c.rows()
	c.results(parent, rows, c.report())
	c.badges()
	c.secrets()
	return c.problems, nil
}

// read reads a file. It adds a problem if the file is missing.
func (c *checker) read(name, why string) ([]byte, bool) {
	b, err := os.ReadFile(filepath.Join(c.dir, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.add(name, LevelError, "is missing: %s", why)
	case err != nil:
		c.add(name, LevelError, "%v", err)
	}
	return b, err == nil
}

func (c *checker) readme() {
	b, ok := c.read("README.md", "the page generator fails")
	if !ok {
		return
	}
	text := string(b)
	if !strings.Contains(text, "```") && !strings.Contains(text, "\n    ") {
		c.add("README.md", LevelError, "has no command: links alone do not say how to reproduce the run")
	}
	for n, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l), "$ "))
		if strings.HasPrefix(l, "OCI_") && strings.Contains(l, "=") && !strings.Contains(l, " ") {
			c.add("README.md", LevelWarning, "line %d sets a variable without export", n+1)
		}
	}
}

// rows checks results.yaml, and reports whether the page generator reads it.
func (c *checker) rows() bool {
	b, ok := c.read("results.yaml", "instructions.md requires it")
	if !ok {
		return false
	}
	var f map[string]yaml.Node
	if err := yaml.Unmarshal(b, &f); err != nil {
		c.add("results.yaml", LevelError, "%v", err)
		return false
	}
	for _, kind := range slices.Sorted(maps.Keys(rowNames)) {
		n := f[kind]
		var rows map[string]string
		if err := n.Decode(&rows); err != nil || len(rows) == 0 {
			c.add("results.yaml", LevelError, "%s is not a map from row to status", kind)
			continue
		}
		c.kind(kind, rows)
	}
	return true
}

// kind checks the rows of a kind.
func (c *checker) kind(kind string, rows map[string]string) {
	words := []string{"Pass", "Skip", "Disabled", "FAIL", "Error"}
	for _, title := range slices.Sorted(maps.Keys(rows)) {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, rows[title]) }) {
			c.add("results.yaml", LevelError, "%s: %s: unknown status %q; want one of %s: the page generator fails for all pages",
				kind, title, rows[title], strings.Join(words, ", "))
		}
		if !slices.Contains(rowNames[kind], title) {
			c.add("results.yaml", LevelWarning, "%s: unknown row %q", kind, title)
		}
	}
	for _, title := range rowNames[kind] {
		if rows[title] == "" {
			c.add("results.yaml", LevelWarning, "%s: row %q is missing", kind, title)
		}
	}
	for _, title := range requiredRows[kind] {
		if w := rows[title]; w != "" && !strings.EqualFold(w, "Pass") {
			c.add("results.yaml", LevelError, "%s: row %q is required, but is %s", kind, title, w)
		}
	}
}

// allPassed is the text that reviewers look for in report.html.
const allPassed = "All tests passed"

// report checks report.html, and reports whether it is there.
func (c *checker) report() bool {
	b, ok := c.read("report.html", "the page generator fails")
	if ok && !strings.Contains(string(b), allPassed) {
		c.add("report.html", LevelError, "does not contain %q, which reviewers look for", allPassed)
	}
	return ok
}

// results checks junit.xml, and the release in the results.
func (c *checker) results(parent string, rows, report bool) {
	if _, ok := c.read("junit.xml", "instructions.md requires it"); !ok {
		return
	}
	r, err := published.Read(c.dir)
	if err != nil {
		c.add("junit.xml", LevelError, "%v", err)
		return
	}
	if report && !strings.HasPrefix("v"+strings.TrimPrefix(r.Spec.Report, "v")+".", parent+".") {
		c.add("report.html", LevelError, "shows the release %q; the folder is for %s", r.Spec.Report, parent)
	}
	if r.Spec.Differs {
		c.add("junit.xml", LevelError, "is of the suite of %s; the folder is for %s", r.Spec.Suite, parent)
	}
	if n := r.Counts.Fail + r.Counts.Error; n > 0 {
		c.add("junit.xml", LevelError, "has %d failed cases", n)
	}
	if r.Counts.Unique < r.Counts.Cases {
		c.add("junit.xml", LevelWarning, "has %d cases, but %d names", r.Counts.Cases, r.Counts.Unique)
	}
	for _, k := range r.Cases {
		if !rows && k.Workflow != "" && (k.Status == published.Fail || k.Status == published.Error) {
			c.add("junit.xml", LevelError, "the page shows the workflow %s as supported, although a case fails: add results.yaml", k.Workflow)
			break
		}
	}
}

// secrets warns of the first line of each file that may hold a credential.
func (c *checker) secrets() {
	for _, name := range []string{"README.md", "PRODUCT.yaml", "results.yaml", "junit.xml", "report.html"} {
		b, err := os.ReadFile(filepath.Join(c.dir, name))
		if err != nil {
			continue // reported above
		}
		n := 0
		for l := range strings.Lines(string(b)) {
			n++
			if published.HasSecret(l) {
				c.add(name, LevelWarning, "line %d may hold a credential", n)
				break
			}
		}
	}
}

// badges checks the optional badges of the product.
func (c *checker) badges() {
	name := filepath.Join("..", "..", "live", filepath.Base(c.dir), "badges.md")
	b, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		return // optional
	}
	for n, l := range strings.Split(strings.TrimRight(string(b), "\n"), "\n") {
		if !badgeRE.MatchString(l) {
			c.add(filepath.ToSlash(name), LevelError, "line %d is not a badge: want one Markdown image, with or without a link, per line", n+1)
		}
	}
}
