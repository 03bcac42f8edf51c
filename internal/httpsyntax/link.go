package httpsyntax

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limits of ParseLinks: maxLinkBytes in bytes of all values, maxParams per
// link.
const (
	maxLinkBytes = 64 << 10
	maxLinks     = 256
	maxParams    = 32
)

// Link is a link of a Link header (RFC 8288, section 3).
type Link struct {
	// Target is the unresolved reference between the angle brackets: see Resolve.
	Target string
	// Params are the parameters in order, with names in lower case and values
	// unquoted. A parameter without "=" has an empty value.
	Params []Param
}

// Param returns the value of the first parameter with a name, and whether it
// exists.
func (l Link) Param(name string) (string, bool) {
	for _, p := range l.Params {
		if strings.EqualFold(p.Name, name) {
			return p.Value, true
		}
	}
	return "", false
}

// Rels returns the relation types of the first rel parameter, in lower case.
// Further rel parameters are ignored (RFC 8288, section 3.3).
func (l Link) Rels() []string {
	v, _ := l.Param("rel")
	return strings.Fields(strings.ToLower(v))
}

// Has reports whether the link has a relation type. The comparison ignores case
// (RFC 8288, section 2.1).
func (l Link) Has(rel string) bool { return slices.Contains(l.Rels(), strings.ToLower(rel)) }

// ParseLinks parses the values of all Link header fields of a message (RFC
// 8288, section 3). It accepts empty list elements (RFC 9110, section 5.6.1.2)
// and empty parameters. It returns an error if a value is malformed, or exceeds
// 64 KiB in total, 256 links, or 32 parameters per link.
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

// next parses the next link of the value. ok is false at the end.
func (p *linkParser) next() (l Link, ok bool, err error) {
	for p.space(); p.accept(','); p.space() {
	}
	if p.i == len(p.s) {
		return l, false, nil
	}
	if !p.accept('<') {
		return l, false, errors.New("a link does not start with <")
	}
	n := strings.IndexByte(p.s[p.i:], '>')
	if n < 0 {
		return l, false, errors.New("< without a closing >")
	}
	l.Target = p.s[p.i : p.i+n]
	if BadByte(l.Target) >= 0 || strings.Contains(l.Target, "<") {
		return l, false, errors.New("the target has a character that is not allowed in a URI")
	}
	p.i += n + 1
	for {
		p.space()
		if p.i == len(p.s) || p.accept(',') {
			return l, true, nil
		}
		if !p.accept(';') {
			return l, false, errors.New("expected ; or , after a target or parameter")
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
		return Param{}, errors.New("a parameter name is missing after ;")
	}
	p.space()
	if !p.accept('=') {
		return Param{Name: name}, nil
	}
	p.space()
	if p.accept('"') {
		v, err := p.quoted()
		return Param{name, v}, err
	}
	v := p.token()
	if v == "" {
		return Param{}, errors.New("expected a token or a quoted string after =")
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
				return "", errors.New(`a character is missing after \`)
			}
			c = p.s[p.i]
			p.i++
		}
		if IsControl(rune(c)) {
			return "", errors.New("a control character in a quoted string")
		}
		b = append(b, c)
	}
	return "", errors.New("a quoted string is not terminated")
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

func (p *linkParser) accept(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}
