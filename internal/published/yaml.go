package published

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec/internal/plain"
)

// product reads PRODUCT.yaml.
func product(b []byte) (Product, error) {
	var doc map[string]yaml.Node
	if err := yaml.Unmarshal(toUTF8(b), &doc); err != nil {
		return Product{}, err
	}
	get := func(name string) string {
		n := doc[name]
		return plain.Line(n.Value, 2000)
	}
	return Product{
		Vendor: get("vendor"), Name: get("name"), Version: get("version"), Type: get("type"),
		Website: get("website_url"), Repository: get("repo_url"), Documentation: get("documentation_url"),
		Logo: get("product_logo_url"), Description: get("description"),
	}, nil
}

// rowsFile is the content of results.yaml.
type rowsFile struct {
	Config yaml.Node         `yaml:"config"`
	APIs   map[string]string `yaml:"apis"`
	Data   map[string]string `yaml:"data"`
}

// rowStatuses are the words of results.yaml, in lower case.
var rowStatuses = map[string]Status{"pass": Pass, "skip": Skip, "disabled": Disabled, "fail": Fail, "error": Error}

// rows reads results.yaml into a result. It returns an error for an unknown
// word: it makes the page generator fail.
func (r *Result) rows(b []byte) error {
	var f rowsFile
	if err := yaml.Unmarshal(toUTF8(b), &f); err != nil {
		return err
	}
	if f.APIs == nil && f.Data == nil {
		return errors.New("neither apis nor data")
	}
	for kind, rows := range map[string]map[string]string{"apis": f.APIs, "data": f.Data} {
		for title, word := range rows {
			s, ok := rowStatuses[strings.ToLower(word)]
			if !ok {
				return fmt.Errorf("%s: row %q: unknown status %q", kind, plain.Line(title, 100), plain.Line(word, 100))
			}
			r.setRow(kind, plain.Line(title, 200), s)
		}
	}
	r.RowsFrom = "results.yaml"
	return nil
}

// settings returns the scalars of a YAML document by path, as in
// "apis.blobs.delete". Empty values are left out.
func settings(text string) map[string]string {
	out := map[string]string{}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err == nil {
		flatten(out, "", &doc, 0)
	}
	return out
}

// flatten adds the scalars of a node. It does not follow aliases.
func flatten(out map[string]string, path string, n *yaml.Node, depth int) {
	if depth > maxDepth || len(out) >= maxProps {
		return
	}
	switch n.Kind {
	case yaml.DocumentNode:
		for _, c := range n.Content {
			flatten(out, path, c, depth+1)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := plain.Line(n.Content[i].Value, 100)
			if path != "" {
				name = path + "." + name
			}
			flatten(out, name, n.Content[i+1], depth+1)
		}
	case yaml.SequenceNode:
		var items []string
		for _, c := range n.Content {
			items = append(items, c.Value)
		}
		if len(items) > 0 {
			out[path] = plain.Line(strings.Join(items, ", "), 2000)
		}
	case yaml.ScalarNode:
		if n.Value != "" {
			out[path] = plain.Line(n.Value, 2000)
		}
	}
}
