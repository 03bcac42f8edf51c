package docs

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/internal/faultproxy"
)

// TestKinds checks that each pattern in the table of kinds matches a fault.
func TestKinds(t *testing.T) {
	page, err := os.ReadFile("faults.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "## Kinds of defects")
	if !found {
		t.Fatal("faults.md has no table of kinds")
	}
	all, err := faultproxy.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	globs := regexp.MustCompile("`([a-z*-]+\\.[a-z*-]+|\\*[a-z*-]+)`").FindAllStringSubmatch(table, -1)
	if len(globs) < 20 {
		t.Fatalf("%d patterns", len(globs))
	}
	for _, g := range globs {
		matches := 0
		for _, f := range all.Faults {
			if ok, _ := path.Match(g[1], f.ID); ok {
				matches++
			}
		}
		if matches == 0 {
			t.Errorf("%s matches no fault", g[1])
		}
	}
}
