package httpsyntax

import "strings"

// Challenge is an authentication challenge (RFC 9110, section 11.3). Scheme and
// the names of parameters are in lower case.
type Challenge struct {
	Scheme string
	Params []Param
}

// Param returns the first parameter of that name, or "".
func (c Challenge) Param(name string) string {
	for _, p := range c.Params {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// ParseChallenges parses the field lines of a WWW-Authenticate header (RFC 9110,
// section 11.6.1), each of which can have several challenges. It returns those
// before the first malformed one in each line.
func ParseChallenges(values []string) []Challenge {
	var all []Challenge
	for _, v := range values {
		all = append(all, challenges(v)...)
	}
	return all
}

func challenges(line string) []Challenge {
	p := &linkParser{s: line}
	var all []Challenge
	for {
		for p.space(); p.accept(','); p.space() {
		}
		name := p.token()
		if name == "" {
			return all
		}
		p.space()
		if n := len(all); n > 0 && p.accept('=') {
			value, ok := p.value()
			if !ok {
				return all
			}
			c := &all[n-1]
			c.Params = append(c.Params, Param{Name: strings.ToLower(name), Value: value})
			p.space()
			continue
		}
		all = append(all, Challenge{Scheme: strings.ToLower(name)})
	}
}

// value parses a token, a quoted string or the rest of a token68.
func (p *linkParser) value() (string, bool) {
	p.space()
	if p.accept('"') {
		s, err := p.quoted()
		return s, err == nil
	}
	return p.token(), true
}
