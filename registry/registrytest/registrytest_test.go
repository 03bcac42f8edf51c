package registrytest

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/registry"
)

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

func TestNewServer(t *testing.T) {
	for name, tt := range map[string]struct {
		opts   Options
		path   string
		status int
	}{
		"zero options": {Options{}, "/v2/", 200},
		"referrers":    {Options{}, "/v2/a/referrers/sha256:" + strings.Repeat("a", 64), 200},
		"release":      {Options{Options: registry.Options{Release: "v1.0"}}, "/v2/a/referrers/sha256:" + strings.Repeat("a", 64), 404},
		"fault":        {Options{Faults: []string{"base.status-404"}}, "/v2/", 404},
	} {
		t.Run(name, func(t *testing.T) {
			if got := get(t, NewServer(t, tt.opts).URL+tt.path).StatusCode; got != tt.status {
				t.Errorf("status code %d, want %d", got, tt.status)
			}
		})
	}
}

func TestUnknown(t *testing.T) {
	for want, opts := range map[string]Options{
		`unknown fault "base.status-40"; did you mean "base.status-404"?`: {Faults: []string{"base.status-40"}},
		`unknown variant "nothing-like-it"`:                               {Variants: []string{"nothing-like-it"}},
		"no model registry for release v7":                                {Options: registry.Options{Release: "v7"}},
	} {
		if _, err := New(opts); fmt.Sprint(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestAll creates a registry with each fault and each variant.
func TestAll(t *testing.T) {
	faults, err := Faults()
	if err != nil || len(faults) == 0 {
		t.Fatalf("%d faults, %v", len(faults), err)
	}
	variants, err := Variants()
	if err != nil || len(variants) == 0 {
		t.Fatalf("%d variants, %v", len(variants), err)
	}
	for _, f := range faults {
		if _, err := New(Options{Faults: []string{f.ID}}); err != nil || f.Title == "" {
			t.Errorf("%s: %v", f.ID, err)
		}
	}
	for _, v := range variants {
		if _, err := New(Options{Variants: []string{v.ID}}); err != nil || v.Title == "" {
			t.Errorf("%s: %v", v.ID, err)
		}
	}
}

// TestDependencies checks that package registry does not add large dependencies
// to the test binaries of clients.
func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".", "..").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"opencontainers/go-digest", "opencontainers/image-spec/", "ocispec/ocispec/registry", "ocispec/ocispec/internal/"}
	for dep := range strings.Lines(string(out)) {
		dep = strings.TrimSpace(dep)
		name, isModule := strings.CutPrefix(dep, "github.com/")
		if !isModule && !strings.Contains(strings.Split(dep, "/")[0], ".") {
			continue // the standard library
		}
		ok := false
		for _, a := range allowed {
			ok = ok || strings.HasPrefix(name, a)
		}
		if !ok {
			t.Errorf("registry depends on %s", dep)
		}
	}
}
