package faultproxy

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// alteration is one that is ready to be applied.
type alteration struct {
	*Alteration
	index        int
	on           *traits
	after, until *traits
	delay        time.Duration
	// res has every regular expression of a rewriting, by its text.
	res map[string]*regexp.Regexp
}

// maxDelay bounds delays.
const maxDelay = 10 * time.Second

func compile(m *Alteration) (*alteration, error) {
	a := &alteration{Alteration: m, res: map[string]*regexp.Regexp{}}
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	var err error
	a.on, err = compileTraits(&m.On.Traits)
	keep(err)
	if m.On.After != nil {
		a.after, err = compileTraits(&m.On.After.Traits)
		keep(err)
	}
	if m.On.Until != nil {
		a.until, err = compileTraits(&m.On.Until.Traits)
		keep(err)
	}
	if m.Delay != "" {
		a.delay, err = time.ParseDuration(m.Delay)
		keep(err)
		if a.delay > maxDelay {
			keep(fmt.Errorf("a delay of %v is longer than %v", a.delay, maxDelay))
		}
	}
	for _, r := range a.rewrites() {
		a.res[r.From], err = regexp.Compile(r.From)
		keep(err)
	}
	keep(a.effects())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return a, a.names()
}

// effects reports alterations that have none, or such as exclude each other.
func (a *alteration) effects() error {
	keeping := 0
	for _, yes := range []bool{a.Answer != nil, a.Redirect != nil, a.Recall != "", a.Drop != ""} {
		if yes {
			keeping++
		}
	}
	early := a.Request != nil || a.Repeat > 0 || keeping > 0 && a.Drop == ""
	for _, r := range a.Also {
		early = early || r.First
	}
	switch {
	case keeping > 1:
		return errors.New("only one of answer, redirect, recall and drop can be")
	case keeping == 0 && !early && a.Response == nil && a.Remember == "" && a.Delay == "" && len(a.Also) == 0:
		return errors.New("it alters nothing")
	case a.late() && early:
		return errors.New("what depends on the answer cannot change the request: on.answer is given")
	case a.late() && a.Drop == dropBefore:
		return errors.New("what depends on the answer cannot be dropped before it: on.answer is given")
	case a.Drop != "" && a.Drop != dropBefore && a.Drop != dropAfter:
		return fmt.Errorf("drop is %q", a.Drop)
	}
	return a.jsonEdits()
}

// jsonEdits reports edits of JSON that do not do exactly one thing.
func (a *alteration) jsonEdits() error {
	for _, b := range a.bodies() {
		for i := range b.JSON {
			e := &b.JSON[i]
			n := 0
			for _, yes := range []bool{e.Set != nil, e.Null, e.Remove, e.Rename != "", e.Rewrite != nil, e.Add != nil,
				e.Without != nil, e.Truncate != nil, e.Reverse, e.Sort, e.Duplicate != nil} {
				if yes {
					n++
				}
			}
			if n != 1 {
				return fmt.Errorf("the edit at %q does %d things, not one", e.At, n)
			}
			if e.At == "" && (e.Remove || e.Rename != "") {
				return errors.New("the whole of a body can be neither removed nor renamed")
			}
		}
	}
	return nil
}

func (a *alteration) bodies() []*BodyEdit {
	var bs []*BodyEdit
	if a.Request != nil && a.Request.Body != nil {
		bs = append(bs, a.Request.Body)
	}
	if a.Response != nil && a.Response.Body != nil {
		bs = append(bs, a.Response.Body)
	}
	return bs
}

// rewrites lists the rewritings of an alteration.
func (a *alteration) rewrites() []*Rewrite {
	var rs []*Rewrite
	add := func(r *Rewrite) {
		if r != nil {
			rs = append(rs, r)
		}
	}
	header := func(h *HeaderEdit) {
		if h != nil {
			for _, r := range h.Rewrite {
				add(&r)
			}
		}
	}
	if a.Request != nil {
		add(a.Request.Path)
		header(a.Request.Header)
	}
	if a.Response != nil {
		header(a.Response.Header)
	}
	for _, b := range a.bodies() {
		add(b.Rewrite)
		for i := range b.JSON {
			add(b.JSON[i].Rewrite)
		}
	}
	return rs
}

// late reports whether an alteration depends on the response.
func (a *alteration) late() bool { return a.On.Answer != nil }
