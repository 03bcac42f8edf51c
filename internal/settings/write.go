package settings

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Write writes the settings as a file in YAML, each with its origin as a comment.
// Passwords are replaced.
func (s *Settings) Write(w io.Writer) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range s.schema.fields {
		e, ok := s.entries[f.Path]
		if !ok || f.None != "" {
			continue
		}
		e.Value = public(f.Path, e.Value)
		if d, ok := e.Value.(time.Duration); ok {
			e.Value = d.String()
		}
		value := &yaml.Node{}
		if err := value.Encode(e.Value); err != nil {
			return err
		}
		if value.Kind == yaml.SequenceNode {
			value.Style = yaml.FlowStyle
		}
		value.LineComment = e.Origin
		put(root, strings.Split(f.Path, "."), value)
	}
	if len(root.Content) == 0 {
		_, err := fmt.Fprintln(w, "# no settings: the defaults of the release hold")
		return err
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return err
	}
	return enc.Close()
}

// userinfo matches the user name and the password in a URL, with or without a scheme.
var userinfo = regexp.MustCompile(`^([a-zA-Z0-9+.-]+://)?.*@`)

// concealed stands for a password. In a file it sets nothing.
const concealed = "*****"

// public returns the value of a setting without credentials.
func public(path string, value any) any {
	switch path {
	case "password":
		return concealed
	case "proxy", "registry":
		text, _ := value.(string)
		return userinfo.ReplaceAllString(text, "${1}"+concealed+"@")
	}
	return value
}

// put sets the value at a path, and makes the maps on the way.
func put(at *yaml.Node, path []string, value *yaml.Node) {
	for i := 0; i < len(at.Content); i += 2 {
		if at.Content[i].Value == path[0] {
			put(at.Content[i+1], path[1:], value)
			return
		}
	}
	if len(path) > 1 {
		m := &yaml.Node{Kind: yaml.MappingNode}
		put(m, path[1:], value)
		value = m
	}
	at.Content = append(at.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: path[0]}, value)
}
