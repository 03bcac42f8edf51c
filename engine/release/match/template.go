package match

import (
	"fmt"
	"iter"
	"strings"
)

// Env resolves placeholders.
type Env interface {
	// Lookup returns the value of a placeholder, given the text between "${"
	// and "}". The value is a string, an int64, a []byte, a [OneOf] or a *[Long].
	Lookup(name string) (any, error)
}

// OneOf is the value of a placeholder that matches any of several strings, such
// as the digests of content by several algorithms. As text it is the first. It
// yields the strings in order, which can be expensive to compute: a consumer stops
// at the one that it needs.
type OneOf iter.Seq[string]

// First returns the first string, or "" if there is none.
func (o OneOf) First() string {
	for s := range o {
		return s
	}
	return ""
}

// Template is a string with placeholders of the form "${name}". "$${" is a
// literal "${".
type Template string

// part is a piece of a template: literal text, or a placeholder.
type part struct {
	text        string
	placeholder bool
}

// parts splits a template. A "${" without "}" is literal text.
func (t Template) parts() []part {
	if t != "" && !strings.Contains(string(t), "${") {
		return []part{{text: string(t)}}
	}
	var ps []part
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			ps = append(ps, part{text: lit.String()})
			lit.Reset()
		}
	}
	s := string(t)
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			break
		}
		if i > 0 && s[i-1] == '$' {
			lit.WriteString(s[:i-1] + "${")
			s = s[i+2:]
			continue
		}
		n := strings.IndexByte(s[i:], '}')
		if n < 0 {
			break
		}
		lit.WriteString(s[:i])
		flush()
		ps = append(ps, part{s[i+2 : i+n], true})
		s = s[i+n+1:]
	}
	lit.WriteString(s)
	flush()
	return ps
}

// Names returns the names of the placeholders, in order, with duplicates.
func (t Template) Names() []string {
	if !strings.Contains(string(t), "${") {
		return nil
	}
	var names []string
	for _, p := range t.parts() {
		if p.placeholder {
			names = append(names, p.text)
		}
	}
	return names
}

// Value substitutes the placeholders. A template that consists of a single
// placeholder has its value and type; any other is a string.
func (t Template) Value(env Env) (any, error) {
	ps := t.parts()
	if len(ps) == 1 && ps[0].placeholder {
		return env.Lookup(ps[0].text)
	}
	return t.expand(env, ps, nil)
}

// Expand substitutes the placeholders and returns a string.
func (t Template) Expand(env Env) (string, error) {
	return t.expand(env, t.parts(), nil)
}

// expand substitutes the placeholders, whose text it passes through quote if
// that is not nil.
func (t Template) expand(env Env, ps []part, quote func(string) string) (string, error) {
	var b strings.Builder
	for _, p := range ps {
		if !p.placeholder {
			b.WriteString(p.text)
			continue
		}
		v, err := env.Lookup(p.text)
		if err != nil {
			return "", err
		}
		s := text(v)
		if quote != nil {
			s = quote(s)
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// text returns the value of a placeholder as part of a longer string.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case OneOf:
		return v.First()
	case *Long:
		return string(v.Bytes())
	}
	return fmt.Sprint(v)
}
