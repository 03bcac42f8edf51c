package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec/result"
)

// published lists the row results defined by the format of results.yaml.
var published = []string{"Pass", "Skip", "Disabled", "FAIL", "Error"}

// YAML writes results.yaml in the format of the OCI conformance programme: the
// configuration, and the rows of each kind by title. It returns an error for a
// row result that the format does not define, because consumers would reject
// the file.
func YAML(w io.Writer, r *result.Run) error {
	s := Cleaned(brief(r))
	doc := mapping("config", mapping(
		"registry", scalar(s.Registry),
		"version", scalar(s.Spec),
		"tool", scalar(s.Tool.Name+" "+s.Tool.Version),
		"seed", scalar(s.Seed),
		"started", scalar(s.Started.UTC().Format(time.RFC3339)),
	))
	if s.Insecure {
		config := doc.Content[1]
		config.Content = append(config.Content, scalar("tls"), scalar("insecure"))
	}
	for _, k := range rowKinds(s) {
		rows, err := rowsNode(s.Rows[k.ID])
		if err != nil {
			return err
		}
		doc.Content = append(doc.Content, scalar(k.ID), rows)
	}
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return err
	}
	return e.Close()
}

func rowsNode(rows map[string]string) (*yaml.Node, error) {
	m := mapping()
	for _, title := range slices.Sorted(maps.Keys(rows)) {
		if !slices.Contains(published, rows[title]) {
			return nil, fmt.Errorf("row %q: %q is not one of %v", title, rows[title], published)
		}
		m.Content = append(m.Content, scalar(title), scalar(rows[title]))
	}
	return m, nil
}

// mapping returns a node with keys and values in the given order.
func mapping(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i < len(pairs); i += 2 {
		n.Content = append(n.Content, scalar(pairs[i].(string)), pairs[i+1].(*yaml.Node))
	}
	return n
}

func scalar(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}
