package site

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/ocispec/ocispec/internal/plain"
)

// Options are what a user says besides the directory.
type Options struct {
	Title   string
	Date    string   // the day that ages are counted to
	History []string // files with pages of the years 2020 and 2021
}

// ConfigNames are the files that describe a site, in the order of preference.
var ConfigNames = []string{"site.cue", "site.yaml", "site.yml"}

// Load reads the results that the site.cue or site.yaml of a directory lists. Without
// such a file it takes all results below the directory.
func Load(dir string, o Options) (*Site, error) {
	c, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	l := &loader{dir: dir, site: &Site{}}
	if c == nil {
		c = &Config{}
		if err := l.walk(); err != nil {
			return nil, err
		}
	} else if err := l.configured(c); err != nil {
		return nil, err
	}
	for _, h := range c.History {
		if err := l.history(h, filepath.Join(dir, filepath.FromSlash(h.File))); err != nil {
			return nil, err
		}
	}
	for _, file := range o.History {
		if err := l.history(HistoryConfig{File: file}, file); err != nil {
			return nil, err
		}
	}
	s := l.site
	if len(s.Registries) == 0 {
		return nil, fmt.Errorf("%s has no results: neither a results.json nor a published folder with junit.xml, and no %s", dir, ConfigNames[0])
	}
	s.Title = cmp.Or(o.Title, name(c.Title), "OCI registry conformance")
	s.Description = line(c.Description)
	s.Date = cmp.Or(o.Date, c.Date)
	return s, s.finish()
}

// readConfig returns the configuration of a directory, or nil if it has none.
func readConfig(dir string) (*Config, error) {
	for _, n := range ConfigNames {
		file := filepath.Join(dir, n)
		b, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return ParseConfig(file, b)
	}
	return nil, nil
}

// loader fills a site.
type loader struct {
	dir  string
	site *Site
}

// job is results to read for a registry.
type job struct {
	path     string
	config   RunConfig
	registry *Registry // nil if the results name it
	run      *Run
	about    about
}

// configured reads the runs of a configuration.
func (l *loader) configured(c *Config) error {
	var jobs []*job
	for i, rc := range c.Registries {
		if slices.ContainsFunc(c.Registries[:i], func(o RegistryConfig) bool { return slug(o.Name) == slug(rc.Name) }) {
			return fmt.Errorf("registry %q is there twice", rc.Name)
		}
		r := newRegistry(rc)
		l.site.Registries = append(l.site.Registries, r)
		for _, run := range rc.Runs {
			if run.Results != "" {
				jobs = append(jobs, &job{path: filepath.FromSlash(run.Results), config: run, registry: r})
			} else {
				l.inline(r, run)
			}
		}
	}
	return l.read(jobs)
}

func newRegistry(c RegistryConfig) *Registry {
	r := &Registry{
		Name: slug(c.Name), Title: cmp.Or(name(c.Title), c.Name), Vendor: name(c.Vendor), Homepage: webURL(c.Homepage),
		Category: c.Category, Description: line(c.Description), aliases: append(c.Aliases, c.Name),
	}
	if v := c.Verified; v != nil {
		r.Verified = Verified{true, v.Is, line(v.Why), webURL(v.URL)}
	}
	for _, n := range c.Notes {
		note := Rich{{Text: line(n.Text)}}
		for _, k := range n.Links {
			note = append(note, Span{Text: " "}, Span{Text: name(k.Title), URL: webURL(k.URL)})
		}
		r.Notes = append(r.Notes, note)
	}
	for _, k := range c.Issues {
		r.Issues = append(r.Issues, Link{name(k.Title), webURL(k.URL)})
	}
	if c.Reproduce != "" {
		r.Reproduce = append(r.Reproduce, Text{"Commands", plain.Block(c.Reproduce, maxBlock)})
	}
	return r
}

// inline adds a run that the configuration has in itself.
func (l *loader) inline(r *Registry, c RunConfig) {
	p := l.page("site", HistoryConfig{File: ConfigNames[0], Title: "Earlier results", Date: c.Date, Tool: c.Tool})
	row := &HistoryRow{Page: p, Registry: r, Title: r.Title, Homepage: r.Homepage, Vendor: r.Vendor}
	for _, w := range orderedWorkflows(c.Workflows) {
		v := c.Workflows[w]
		hw := HistoryWorkflow{Name: name(w), Status: statusOf(v.Status)}
		for _, s := range []Span{{"badge", webURL(v.Badge), webURL(v.Badge)}, {"test report", webURL(v.Report), ""}, {"job definition", webURL(v.Job), ""}} {
			if s.URL != "" {
				hw.Links = append(hw.Links, s)
			}
		}
		row.Workflows = append(row.Workflows, hw)
	}
	p.Groups[0].Rows = append(p.Groups[0].Rows, row)
	r.History = append(r.History, row)
}

// page returns the page with a tool and date of a configuration's own runs.
func (l *loader) page(id string, c HistoryConfig) *HistoryPage {
	for _, p := range l.site.History {
		if p.Tool == c.Tool && p.Date == c.Date && p.File == c.File {
			return p
		}
	}
	p := &HistoryPage{Name: slug(id + "-" + c.Date + "-" + c.Tool), File: c.File, Title: c.Title, Date: c.Date, Tool: name(c.Tool), Groups: []*HistoryGroup{{Title: "Registries"}}}
	l.site.History = append(l.site.History, p)
	return p
}

// history adds a page of the years 2020 and 2021.
func (l *loader) history(c HistoryConfig, file string) error {
	b, err := readFile(file)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	p := parseHistory(c, string(b))
	if len(p.Groups) == 0 {
		return fmt.Errorf("history: %s has no table of registries", file)
	}
	if slices.ContainsFunc(l.site.History, func(o *HistoryPage) bool { return o.Name == p.Name }) {
		return fmt.Errorf("history: %s is there twice", c.File)
	}
	p.Tool = cmp.Or(p.Tool, "OCI conformance tests")
	l.site.History = append(l.site.History, p)
	for _, g := range p.Groups {
		for _, row := range g.Rows {
			row.Registry = l.find(row.Title)
			if row.Registry == nil {
				row.Registry = l.add(&Registry{Title: row.Title, Homepage: row.Homepage, Category: strings.ToLower(g.Title)})
			}
			r := row.Registry
			r.Vendor, r.Homepage = cmp.Or(r.Vendor, row.Vendor), cmp.Or(r.Homepage, row.Homepage)
			if !r.Verified.Stated && len(row.Verified) > 0 {
				r.Verified = Verified{true, strings.EqualFold(row.Verified.Plain(), "yes"), cmp.Or(p.Date, p.Title) + ": " + row.Verified.Plain(), firstURL(row.Verified)}
			}
			r.History = append(r.History, row)
		}
	}
	return nil
}

// find returns the registry with a name, title or alias.
func (l *loader) find(title string) *Registry {
	for _, r := range l.site.Registries {
		if r.Name == slug(title) || strings.EqualFold(r.Title, title) || slices.ContainsFunc(r.aliases, func(a string) bool { return strings.EqualFold(a, title) }) {
			return r
		}
	}
	return nil
}

// add adds a registry with a name that no other has.
func (l *loader) add(r *Registry) *Registry {
	base := slug(cmp.Or(r.Name, r.Title))
	r.Name = base
	for i := 2; slices.ContainsFunc(l.site.Registries, func(o *Registry) bool { return o.Name == r.Name }); i++ {
		r.Name = fmt.Sprintf("%s-%d", base, i)
	}
	l.site.Registries = append(l.site.Registries, r)
	return r
}

// walk reads all results below the directory. The folder names the registry.
func (l *loader) walk() error {
	var jobs []*job
	err := filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != l.dir && strings.HasPrefix(d.Name(), ".") || isOutput(path) {
			return fs.SkipDir
		}
		if hasResults(path) {
			rel, err := filepath.Rel(l.dir, path)
			if err != nil {
				return err
			}
			jobs = append(jobs, &job{path: rel})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.read(jobs)
}

func hasResults(dir string) bool {
	return slices.ContainsFunc([]string{runFile, ownFile, "junit.xml"}, func(n string) bool {
		info, err := os.Stat(filepath.Join(dir, n))
		return err == nil && info.Mode().IsRegular()
	})
}

// read reads results, several at a time, and adds them in order.
func (l *loader) read(jobs []*job) error {
	errs := make([]error, len(jobs))
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, j := range jobs {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			j.run, j.about, errs[i] = readRun(l.dir, j.path)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, j := range jobs {
		r := j.registry
		if r == nil {
			n := registryName(j.path, j.about.host)
			if r = l.find(n); r == nil {
				r = l.add(&Registry{Name: n, Title: n})
			}
		}
		j.run.Registry = r
		j.run.Version = cmp.Or(name(j.config.Version), j.run.Version)
		j.run.Date = cmp.Or(j.run.Date, j.config.Date)
		r.Runs = append(r.Runs, j.run)
	}
	// The newest release describes the registry.
	slices.SortStableFunc(jobs, func(a, b *job) int { return compareReleases(b.run.Release, a.run.Release) })
	for _, j := range jobs {
		j.run.Registry.describe(j)
	}
	return nil
}

var noName = regexp.MustCompile(`^(v?[0-9]+(\.[0-9]+)*([-T][0-9:.TZ-]+)?|dev|results?|runs?|reports?|conformance|distribution-spec|\.)$`)

// registryName returns the last folder of a path that names more than a release, a
// date or results in general, or else the host of the registry.
func registryName(path, host string) string {
	parts := strings.Split(filepath.ToSlash(path), "/")
	for _, p := range slices.Backward(parts) {
		if !noName.MatchString(p) && !strings.Contains(p, ".json") {
			return name(p)
		}
	}
	return cmp.Or(name(host), "registry")
}
