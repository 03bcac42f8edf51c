package docs

import (
	"strings"
	"testing"
)

// TestPublishing follows publishing.md: it runs its commands in order, with its
// submission.yaml.
func TestPublishing(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a whole release")
	}
	j := newJob(t, program(t))
	commands := examples(t, "publishing.md", "sh")
	if len(commands) != 3 {
		t.Fatalf("%d commands", len(commands))
	}
	template := j.run(t, "ocispec publish --template")
	j.write(t, "submission.yaml", examples(t, "publishing.md", "yaml")[0])
	for _, field := range strings.Fields("vendor: name: version: website_url: documentation_url: product_logo_url: type: description: start: environment:") {
		if !strings.Contains(template, field) {
			t.Errorf("the template has no %s", field)
		}
	}
	for _, c := range commands {
		j.run(t, j.here(c))
	}
	for _, name := range strings.Fields("README.md PRODUCT.yaml results.yaml report.html junit.xml ocispec-results.json") {
		j.has(t, "distribution-spec/v1.1/example/"+name)
	}
	if out := j.run(t, "ocispec import distribution-spec/v1.1/example"); !strings.Contains(out, "Example Registry") {
		t.Errorf("import prints %s", out)
	}
}
