package faultproxy

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// alteration is a compiled Alteration.
type alteration struct {
	*Alteration
	index        int
	on           *traits
	after, until *traits
	delay        time.Duration
	// res maps the text of each Rewrite.From to the compiled expression.
	res map[string]*regexp.Regexp
}

// maxDelay bounds Alteration.Delay.
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
			keep(fmt.Errorf("delay %v exceeds the maximum of %v", a.delay, maxDelay))
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

// effects returns an error if the alteration has no effect or its effects
// exclude each other.
func (a *alteration) effects() error {
	keeping := 0
	for _, yes := range []bool{a.Respond != nil, a.Redirect != nil, a.Recall != "", a.Drop != ""} {
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
		return errors.New("only one of respond, redirect, recall and drop can be given")
	case keeping == 0 && !early && a.Response == nil && a.Remember == "" && a.Delay == "" && len(a.Also) == 0:
		return errors.New("the alteration has no effect")
	case a.late() && early:
		return errors.New("an alteration with on.response depends on the response and cannot change the request")
	case a.late() && a.Drop == dropBefore:
		return errors.New("an alteration with on.response depends on the response and cannot drop the request before it")
	case a.Drop != "" && a.Drop != dropBefore && a.Drop != dropAfter:
		return fmt.Errorf("unknown drop %q; want %s or %s", a.Drop, dropBefore, dropAfter)
	}
	return a.jsonEdits()
}

// jsonEdits returns an error for a JSON edit without exactly one effect.
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
				return fmt.Errorf("the JSON edit at %q has %d effects; want one", e.At, n)
			}
			if e.At == "" && (e.Remove || e.Rename != "") {
				return errors.New("the JSON value of a whole body cannot be removed or renamed")
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

// late reports whether the alteration depends on the response.
func (a *alteration) late() bool { return a.On.Response != nil }
