package faultproxy

import (
	"net/http"
	"regexp"
	"slices"
)

// traits are Traits with compiled regular expressions.
type traits struct {
	*Traits
	path, body, responseBody *regexp.Regexp
	query, header, response  map[string]*criterion
}

type criterion struct {
	absent bool
	re     *regexp.Regexp // nil for any value
}

func compileTraits(m *Traits) (*traits, error) {
	t := &traits{Traits: m}
	var err error
	if t.path, err = optional(m.Path); err != nil {
		return nil, err
	}
	if t.body, err = optional(m.Body); err != nil {
		return nil, err
	}
	if t.query, err = criteria(m.Query); err != nil {
		return nil, err
	}
	if t.header, err = criteria(m.Header); err != nil {
		return nil, err
	}
	if m.Response != nil {
		if t.response, err = criteria(m.Response.Header); err != nil {
			return nil, err
		}
		t.responseBody, err = optional(m.Response.Body)
	}
	return t, err
}

func optional(re string) (*regexp.Regexp, error) {
	if re == "" {
		return nil, nil
	}
	return regexp.Compile(re)
}

func criteria(m Criteria) (map[string]*criterion, error) {
	out := map[string]*criterion{}
	for name, c := range m {
		re, err := optional(c.Regexp)
		if err != nil {
			return nil, err
		}
		out[name] = &criterion{c.Absent, re}
	}
	return out, nil
}

// expressions returns the regular expressions, whose groups are placeholders.
func (t *traits) expressions() []*regexp.Regexp {
	res := []*regexp.Regexp{t.path, t.body, t.responseBody}
	for _, m := range []map[string]*criterion{t.query, t.header, t.response} {
		for _, c := range m {
			res = append(res, c.re)
		}
	}
	return slices.DeleteFunc(res, func(re *regexp.Regexp) bool { return re == nil })
}

// request reports whether the header section of a request has the traits, and
// adds the named groups to vars.
func (t *traits) request(x *exchange, vars map[string]string) bool {
	return (len(t.Method) == 0 || slices.Contains(t.Method, x.in.Method)) &&
		matches(t.path, x.path, vars) && hold(t.query, x.query, vars) && holdHeader(t.header, x.in.Header, vars)
}

// match reports whether an exchange has the traits. Traits of the response do
// not match before it has been received.
func (t *traits) match(x *exchange, vars map[string]string) bool {
	if !t.request(x, vars) || t.body != nil && !matches(t.body, string(x.body), vars) {
		return false
	}
	if t.Response == nil {
		return true
	}
	r := x.resp
	return r != nil && t.Response.Status.Has(r.status) && holdHeader(t.response, r.header, vars) &&
		(t.responseBody == nil || matches(t.responseBody, string(r.body), vars))
}

func hold(cs map[string]*criterion, values map[string][]string, vars map[string]string) bool {
	for name, c := range cs {
		if !c.holds(values[name], vars) {
			return false
		}
	}
	return true
}

func holdHeader(cs map[string]*criterion, h http.Header, vars map[string]string) bool {
	for name, c := range cs {
		if !c.holds(h.Values(name), vars) {
			return false
		}
	}
	return true
}

func (c *criterion) holds(values []string, vars map[string]string) bool {
	if c.absent || c.re == nil {
		return c.absent == (len(values) == 0)
	}
	return slices.ContainsFunc(values, func(v string) bool { return matches(c.re, v, vars) })
}

// matches reports whether re, unless nil, matches s, and adds the named groups
// to vars.
func matches(re *regexp.Regexp, s string, vars map[string]string) bool {
	if re == nil {
		return true
	}
	m := re.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	for i, name := range re.SubexpNames() {
		if name != "" {
			vars[name] = m[i]
		}
	}
	return true
}

// concerns reports whether an alteration, or one of its After and Until, can
// match an exchange, judged by the header section of the request.
func (a *alteration) concerns(x *exchange) bool {
	for _, t := range []*traits{a.on, a.after, a.until} {
		if t != nil && t.request(x, map[string]string{}) {
			return true
		}
	}
	return false
}
