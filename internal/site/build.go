package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/ocispec/ocispec/internal/plain"
	"github.com/ocispec/ocispec/internal/published"
)

//go:embed pages/*.tmpl
var sources embed.FS

// The style and the script of all pages.
var (
	//go:embed pages/style.css
	style string
	//go:embed pages/script.js
	script string
)

// policy is the Content-Security-Policy of the pages: their own style and script, and
// nothing else.
var policy = fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
	sourceHash(style), sourceHash(script))

func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// templates are parsed once. Execution does not modify them.
var templates = template.Must(template.New("site").Funcs(template.FuncMap{
	"badge":   func(r *Run) template.HTML { return template.HTML(badge(r)) }, // escaped by badge
	"breaks":  breaks,
	"join":    strings.Join,
	"plural":  plural,
	"section": sectionTitle,
	"slug":    slug,
	"webURL":  webURL,
}).ParseFS(sources, "pages/*.tmpl"))

// page is a page to write. View is the data of its template.
type page struct {
	Path, Template, Title string
	Here                  string // the entry of the navigation
	Site                  *Site
	View                  any
}

// Root is the relative address of the directory of the site.
func (p page) Root() string { return strings.Repeat("../", strings.Count(p.Path, "/")) }

// The parts that are the same on all pages.
func (page) Policy() string      { return policy }
func (page) Style() template.CSS { return template.CSS(style) }
func (page) Script() template.JS { return template.JS(script) }

// Age returns how old a date is.
func (p page) Age(date string) string { return age(date, p.Site.Date) }

// Workflows lists the workflows.
func (page) Workflows() []string { return published.Workflows }

// HasCatalogue reports whether there is a page with the requirements of a release.
func (p page) HasCatalogue(name string) bool {
	return slices.ContainsFunc(p.Site.Releases, func(r *Release) bool { return r.Name == name && len(r.Requirements) > 0 })
}

// In returns a view of the page for a part of it.
func (p page) In(view any) page { p.View = view; return p }

// indexView is the first page.
type indexView struct {
	Sections           []section
	Runs, Requirements int
	Categories         []string
}

// pages returns all pages.
func (s *Site) pages() []page {
	requirements := requirementViews(s)
	index := indexView{Requirements: len(requirements)}
	seen := map[string]bool{}
	var out []page
	add := func(path, tmpl, title, here string, view any) {
		out = append(out, page{path, tmpl, title, here, s, view})
	}
	for _, r := range s.Releases {
		index.Sections = append(index.Sections, newSection(r))
		add("release/"+slug(r.Name)+".html", "release", "APIs and data, "+r.Name, "registries", struct {
			*Release
			Grids []grid
		}{r, newGrids(r.Runs)})
		if len(r.Requirements) > 0 {
			add("requirements/"+slug(r.Name)+".html", "catalogue", "Requirements of "+r.Name, "requirements", newCatalogueView(r))
		}
	}
	for _, r := range s.Registries {
		index.Runs += len(r.Runs)
		if r.Category != "" && !seen[r.Category] {
			seen[r.Category] = true
			index.Categories = append(index.Categories, r.Category)
		}
		add("registry/"+r.Name+"/index.html", "registry", r.Title, "registries", newRegistryView(s, r))
	}
	for _, q := range requirements {
		add("requirement/"+q.ID+".html", "requirement", q.ID, "requirements", q)
	}
	add("requirements.html", "requirements", "Requirements", "requirements", nil)
	add("compare.html", "compare", "Compare two registries", "compare", newCompareData(s))
	add("index.html", "index", "", "registries", index)
	return out
}

// Build renders the site. Keys are paths with slashes.
func (s *Site) Build() (map[string][]byte, error) {
	pages := s.pages()
	files := map[string][]byte{}
	for _, r := range s.Releases {
		for _, run := range r.Runs {
			files[badgeFile(run)] = []byte(badge(run))
		}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	errs := make([]error, len(pages))
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				var b bytes.Buffer
				p := pages[i]
				if errs[i] = templates.ExecuteTemplate(&b, p.Template+".tmpl", p); errs[i] != nil {
					errs[i] = fmt.Errorf("%s: %w", p.Path, errs[i])
					continue
				}
				mu.Lock()
				files[p.Path] = b.Bytes()
				mu.Unlock()
			}
		})
	}
	for i := range pages {
		next <- i
	}
	close(next)
	wg.Wait()
	return files, errors.Join(errs...)
}

// breaks splits an identifier or address where a line may be broken.
func breaks(s string) []string { return plain.Breaks(s, "./:=&@") }

// sectionTitle returns the title of a section of the specification from the fragment
// of its address.
func sectionTitle(fragment string) string {
	t := strings.ReplaceAll(fragment, "-", " ")
	if t == "" {
		return ""
	}
	return strings.ToUpper(t[:1]) + t[1:]
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
