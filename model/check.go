package model

import "github.com/ocispec/ocispec/match"

// check reports whether a constraint that was read from a file can be used.
func (r *Response) check() error {
	if r == nil {
		return nil
	}
	ms := []*match.Matcher{r.Status, r.Body, r.Length, r.Redirects}
	for _, h := range r.Header {
		ms = append(ms, h.Value)
		ms = append(ms, h.List.matchers()...)
	}
	for _, l := range r.Link {
		ms = append(ms, l.Target)
	}
	for i := range r.Lists {
		ms = append(ms, r.Lists[i].matchers()...)
	}
	for i := range r.Pages {
		ms = append(ms, r.Pages[i].matchers()...)
	}
	for _, m := range ms {
		if m == nil {
			continue
		}
		if err := m.Check(); err != nil {
			return err
		}
	}
	return nil
}

func (l *ListRule) matchers() []*match.Matcher {
	if l == nil {
		return nil
	}
	ms := []*match.Matcher{l.Each, l.Length, l.Total}
	ms = append(ms, l.Contains...)
	return append(ms, l.Lacks...)
}
