package site

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/ocispec/ocispec/internal/plain"
	"github.com/ocispec/ocispec/internal/published"
	"github.com/ocispec/ocispec/result"
)

// The names of complete results, in a directory that a run writes to and in a
// published folder.
const (
	runFile = "results.json"
	ownFile = "ocispec-results.json"
)

// maxResults bounds the size of a file, in bytes.
const maxResults = 256 << 20

// about is what results say about the registry.
type about struct {
	host    string
	product published.Product
	folder  string // of a published folder, as in "v1.1/zot"
	readme  string
	badges  string
}

// readRun reads results: a file, a directory that a run has written to or a published
// folder. path is relative to dir.
func readRun(dir, path string) (*Run, about, error) {
	full := filepath.Join(dir, path)
	info, err := os.Stat(full)
	if err != nil {
		return nil, about{}, err
	}
	var run *Run
	var a about
	switch {
	case !info.IsDir():
		run, a, err = readResults(full)
	case exists(filepath.Join(full, runFile)):
		run, a, err = readResults(filepath.Join(full, runFile))
	default:
		run, a, err = readPublished(full)
	}
	if err == nil {
		run.Source = line(filepath.ToSlash(path))
	}
	return run, a, err
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// readFile reads a file up to the size limit.
func readFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", file)
	case info.Size() > maxResults:
		return nil, fmt.Errorf("%s is larger than %d bytes", file, maxResults)
	}
	b := make([]byte, info.Size())
	_, err = io.ReadFull(f, b)
	return b, err
}

// readResults reads results of ocispec.
func readResults(file string) (*Run, about, error) {
	b, err := readFile(file)
	if err != nil {
		return nil, about{}, err
	}
	r, err := parseRun(b)
	if err == nil && (r.Spec == "" || r.Outcome == "" || r.Tool.Name == "") {
		err = errors.New("spec, outcome or tool.name is missing")
	}
	if err != nil {
		return nil, about{}, fmt.Errorf("%s is not a results.json: %w", file, err)
	}
	return ofResults(r), about{host: hostOf(r.Registry)}, nil
}

func hostOf(registry string) string {
	if u, err := url.Parse(registry); err == nil && u.Host != "" {
		return u.Host
	}
	return registry
}

// ofResults returns the run of results of ocispec.
func ofResults(r *result.Run) *Run {
	run := &Run{
		Release: minor(r.Spec), Spec: name(r.Spec), Tool: name(r.Tool.Name + " " + r.Tool.Version), Partial: r.Partial,
		Workflows: map[string]Status{}, Rows: map[string]map[string]Status{}, Requirements: map[string]Status{},
	}
	if !r.Started.IsZero() {
		run.Date = r.Started.UTC().Format("2006-01-02")
	}
	for n, c := range r.Categories {
		run.Workflows[name(n)] = statusOf(string(c.Outcome))
	}
	for kind, rows := range r.Rows {
		run.addRows(kind, rows)
	}
	for id, q := range r.Requirements {
		run.Requirements[name(id)] = statusOf(string(q.Outcome))
	}
	for _, n := range r.Counts.Cases {
		run.Cases += n
	}
	for _, f := range r.Findings {
		run.Findings = append(run.Findings, Finding{
			Requirement: name(f.Requirement), Level: name(f.Level), Text: line(f.Text), Message: plain.Block(f.Message, maxLine),
			Status: statusOf(string(f.Outcome)), Clause: Link{line(f.Clause.Section), webURL(f.Clause.URL)},
		})
	}
	if r.Message != "" {
		run.Notes = append(run.Notes, line(r.Message))
	}
	if r.Partial {
		run.Notes = append(run.Notes, "the run did not execute all cases of the release")
	}
	return run
}

func (run *Run) addRows(kind string, rows map[string]string) {
	out := map[string]Status{}
	for title, s := range rows {
		out[name(title)] = statusOf(s)
	}
	run.Rows[name(kind)] = out
}

// readPublished reads a published folder. If ocispec has written it, the complete
// results are beside the published ones.
func readPublished(dir string) (*Run, about, error) {
	p, err := published.Read(dir)
	if err != nil {
		return nil, about{}, err
	}
	a := about{host: hostOf(p.Registry), product: p.Product, folder: p.Folder, readme: p.Readme, badges: p.Badges}
	run, _, err := readResults(filepath.Join(dir, ownFile))
	if errors.Is(err, fs.ErrNotExist) {
		run, err = ofPublished(p), nil
	}
	if err != nil {
		return nil, about{}, err
	}
	run.Version = name(p.Product.Version)
	run.Notes = append(run.Notes, lines(p.Notes)...)
	return run, a, nil
}

// suites are the tools that wrote the formats.
var suites = map[published.Format]string{
	published.GinkgoV1: "OCI conformance suite of v1.0", published.GinkgoV2: "OCI conformance suite of v1.1.0",
	published.Suite: "OCI conformance suite", published.Ocispec: "ocispec",
}

func ofPublished(p *published.Result) *Run {
	run := &Run{
		Release: cmp.Or(minor(p.Spec.Folder), p.Spec.Suite, minor(p.Spec.Report)), Tool: suites[p.Format], Date: dateOf(p.Started),
		Workflows: map[string]Status{}, Rows: map[string]map[string]Status{},
		Derived: p.RowsFrom != "results.yaml", Cases: p.Counts.Unique, Unknown: lines(p.Unknown),
	}
	if run.Release == "" {
		run.Release = "unknown"
	}
	for w, s := range p.Workflows {
		run.Workflows[name(w)] = statusOf(string(s))
	}
	for kind, rows := range p.Rows {
		words := map[string]string{}
		for title, s := range rows {
			words[title] = string(s)
		}
		run.addRows(kind, words)
	}
	return run
}

func lines(texts []string) []string {
	var out []string
	for _, t := range texts {
		out = append(out, line(t))
	}
	return out
}

var (
	dateRE  = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}`)
	minorRE = regexp.MustCompile(`^v?([0-9]{1,4}\.[0-9]{1,4})(\.[0-9]+)?([-+].*)?$`)
)

func dateOf(s string) string { return dateRE.FindString(s) }

// minor returns the minor release of a version, as in v1.1 for v1.1.1, and other
// names as they are.
func minor(version string) string {
	if m := minorRE.FindStringSubmatch(version); m != nil {
		return "v" + m[1]
	}
	return name(version)
}

// describe adds what results say about the registry where nothing else is known.
func (r *Registry) describe(j *job) {
	p := j.about.product
	if j.registry == nil {
		if p.Name != "" && r.Title == r.Name {
			r.Title = name(p.Name)
		}
		r.aliases = append(r.aliases, p.Name)
	}
	r.Vendor = cmp.Or(r.Vendor, name(p.Vendor))
	r.Homepage = cmp.Or(r.Homepage, webURL(p.Website))
	r.Description = cmp.Or(r.Description, line(p.Description))
	r.Category = cmp.Or(r.Category, category(p.Type))
	for _, l := range []Link{{"documentation", webURL(p.Documentation)}, {"source code", webURL(p.Repository)}} {
		if l.URL != "" && l.URL != r.Homepage && !containsLink(r.Links, l) {
			r.Links = append(r.Links, l)
		}
	}
	if j.about.folder != "" && !r.Verified.Stated && r.Verified.Why == "" {
		r.Verified.Why = "The folder has the form of a submission to the public results repository, which alone says whether it was accepted."
	}
	if j.about.readme != "" {
		r.Reproduce = append(r.Reproduce, Text{j.about.folder, plain.Block(j.about.readme, maxBlock)})
	}
	if len(r.Badges) == 0 {
		for l := range strings.Lines(j.about.badges) {
			r.Badges = append(r.Badges, titled(rich(l), "badge")...)
		}
	}
}

func containsLink(links []Link, l Link) bool {
	for _, o := range links {
		if o.URL == l.URL {
			return true
		}
	}
	return false
}

// category returns the category for the type of a PRODUCT.yaml, as the page generator
// of the results repository groups them.
func category(typ string) string {
	switch typ {
	case "":
		return ""
	case "distribution":
		return "open source"
	}
	return "hosted"
}
