package httpsyntax

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bounds of a Link header.
const (
	maxLinkBytes = 64 << 10
	maxLinks     = 256
	maxParams    = 32
)

// Link is a link of a Link header (RFC 8288, 3).
type Link struct {
	// Target is the reference between the angle brackets, as it is: see Resolve.
	Target string
	// Params are in order, with values unquoted; names are in lower case. One
	// without "=" has an empty value.
	Params []Param
}

// Param returns the value of the first parameter with a name, and whether there
// is one.
func (l Link) Param(name string) (string, bool) {
	for _, p := range l.Params {
		if strings.EqualFold(p.Name, name) {
			return p.Value, true
		}
	}
	return "", false
}

// Rels returns the relation types, in lower case: those of the first rel
// parameter, since all others are ignored (RFC 8288, 3.3).
func (l Link) Rels() []string {
	v, _ := l.Param("rel")
	return strings.Fields(strings.ToLower(v))
}

// Has reports whether the link has a relation type. Case does not matter (RFC
// 8288, 2.1).
func (l Link) Has(rel string) bool { return slices.Contains(l.Rels(), strings.ToLower(rel)) }

// ParseLinks parses the values of all Link headers of a message by the grammar
// of RFC 8288, 3, with empty elements of lists (RFC 9110, 5.6.1.2) and empty
// parameters allowed. It is an error if one is malformed, or if there are more
// than 64 KiB, 256 links, or 32 parameters of a link.
func ParseLinks(values []string) ([]Link, error) {
	var (
		links []Link
		size  int
	)
	for _, v := range values {
		if size += len(v); size > maxLinkBytes {
			return nil, fmt.Errorf("link: more than %d bytes", maxLinkBytes)
		}
		p := &linkParser{s: v}
		for {
			l, ok, err := p.next()
			if err != nil {
				return nil, fmt.Errorf("link: at byte %d: %w", p.i, err)
			}
			if !ok {
				break
			}
			if links = append(links, l); len(links) > maxLinks {
				return nil, fmt.Errorf("link: more than %d links", maxLinks)
			}
		}
	}
	return links, nil
}

type linkParser struct {
	s string
	i int
}

// next parses the next link of a value, if there is one.
func (p *linkParser) next() (l Link, ok bool, err error) {
	for p.space(); p.take(','); p.space() {
	}
	if p.i == len(p.s) {
		return l, false, nil
	}
	if !p.take('<') {
		return l, false, errors.New("no <")
	}
	n := strings.IndexByte(p.s[p.i:], '>')
	if n < 0 {
		return l, false, errors.New("no > after <")
	}
	l.Target = p.s[p.i : p.i+n]
	if BadByte(l.Target) >= 0 || strings.Contains(l.Target, "<") {
		return l, false, errors.New("the target has a character that no URI has")
	}
	p.i += n + 1
	for {
		p.space()
		if p.i == len(p.s) || p.take(',') {
			return l, true, nil
		}
		if !p.take(';') {
			return l, false, errors.New("neither ; nor , after a target or parameter")
		}
		p.space()
		if p.i == len(p.s) || p.s[p.i] == ';' || p.s[p.i] == ',' {
			continue
		}
		param, err := p.param()
		if err != nil {
			return l, false, err
		}
		if l.Params = append(l.Params, param); len(l.Params) > maxParams {
			return l, false, fmt.Errorf("more than %d parameters", maxParams)
		}
	}
}

func (p *linkParser) param() (Param, error) {
	name := strings.ToLower(p.token())
	if name == "" {
		return Param{}, errors.New("no name of a parameter after ;")
	}
	p.space()
	if !p.take('=') {
		return Param{Name: name}, nil
	}
	p.space()
	if p.take('"') {
		v, err := p.quoted()
		return Param{name, v}, err
	}
	v := p.token()
	if v == "" {
		return Param{}, errors.New("neither a token nor a quoted string after =")
	}
	return Param{name, v}, nil
}

func (p *linkParser) quoted() (string, error) {
	var b []byte
	for p.i < len(p.s) {
		c := p.s[p.i]
		p.i++
		switch {
		case c == '"':
			return string(b), nil
		case c == '\\':
			if p.i == len(p.s) {
				return "", errors.New(`no character after \`)
			}
			c = p.s[p.i]
			p.i++
		}
		if IsControl(rune(c)) {
			return "", errors.New("a control character in a quoted string")
		}
		b = append(b, c)
	}
	return "", errors.New("a quoted string without end")
}

func (p *linkParser) token() string {
	start := p.i
	for p.i < len(p.s) && tokenByte(p.s[p.i]) {
		p.i++
	}
	return p.s[start:p.i]
}

func (p *linkParser) space() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\t') {
		p.i++
	}
}

func (p *linkParser) take(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}
