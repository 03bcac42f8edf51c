package match

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// errEmpty is the error for a missing value in a compiled constraint.
var errEmpty = errors.New("a required value is missing")

// Need is Check for a constraint that is required.
func (r *Response) Need() error {
	if r == nil {
		return fmt.Errorf("response: %w", errEmpty)
	}
	return r.Check()
}

// Check validates a constraint read from a file. A nil constraint is valid.
func (r *Response) Check() error {
	if r == nil {
		return nil
	}
	errs := []error{optional(r.Status), optional(r.Body), optional(r.Length), optional(r.Digest), optional(r.Redirects)}
	for _, h := range r.Header {
		if (h.Value == nil) == (h.List == nil) {
			errs = append(errs, fmt.Errorf("header %s: %w", h.Name, errEmpty))
		}
		errs = append(errs, optional(h.Value), h.List.check())
	}
	for _, l := range r.Link {
		errs = append(errs, l.Target.Check())
	}
	for _, l := range slices.Concat(r.Lists, r.Pages) {
		errs = append(errs, l.check())
	}
	return cmp.Or(errs...)
}

func (l *ListRule) check() error {
	if l == nil {
		return nil
	}
	errs := []error{optional(l.Each), optional(l.Length), optional(l.Total)}
	for _, m := range slices.Concat(l.Contains, l.Lacks) {
		errs = append(errs, m.Check())
	}
	for _, s := range l.Sorted {
		if s != ByBytes && s != ByCaseless {
			errs = append(errs, fmt.Errorf("unknown order %q", s))
		}
	}
	return cmp.Or(errs...)
}

func optional(m *Matcher) error {
	if m == nil {
		return nil
	}
	return m.Check()
}

// Templates calls f for every template of the constraint.
func (r *Response) Templates(f func(Template)) {
	if r == nil {
		return
	}
	r.Status.Templates(f)
	r.Body.Templates(f)
	r.Length.Templates(f)
	r.Digest.Templates(f)
	r.Redirects.Templates(f)
	for _, h := range r.Header {
		h.Value.Templates(f)
		h.List.templates(f)
	}
	for _, l := range r.Link {
		l.Target.Templates(f)
	}
	for _, l := range slices.Concat(r.Lists, r.Pages) {
		l.templates(f)
	}
}

func (l *ListRule) templates(f func(Template)) {
	if l == nil {
		return
	}
	for _, m := range slices.Concat(l.Contains, l.Lacks) {
		m.Templates(f)
	}
	l.Each.Templates(f)
	l.Length.Templates(f)
	l.Total.Templates(f)
}
