// Package faultproxy is a reverse proxy that alters exchanges as data says: a
// variant or a fault is a list of alterations, and the server behind the proxy
// stays as it is. It knows HTTP and nothing of what is said over it.
//
// What is kept is bounded: bodies, remembered responses, and the texts by which
// exchanges are counted and told apart.
package faultproxy

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// maxBody bounds the bodies of requests and responses that alterations are
// about. An exchange with a longer one is cut off.
const maxBody = 64 << 20

// Proxy is an http.Handler that stands before another. It is safe for
// concurrent use.
type Proxy struct {
	next  http.Handler
	list  []*alteration
	state state
}

// New returns a proxy in front of next. The alterations are applied in their
// order; of several that keep a request from the server, the first does.
func New(next http.Handler, list []Alteration) (*Proxy, error) {
	p := &Proxy{next: next}
	for i := range list {
		a, err := compile(&list[i])
		if err != nil {
			return nil, fmt.Errorf("alteration %d: %w", i+1, err)
		}
		a.index = i
		p.list = append(p.list, a)
	}
	p.state.init(p.list)
	return p, nil
}

// Check reports what is wrong with an alteration, if anything is.
func Check(a *Alteration) error {
	_, err := compile(a)
	return err
}

// ServeHTTP deals with one exchange. Those that no alteration is about pass
// through as they are.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(p, r)
	if !slices.ContainsFunc(p.list, func(a *alteration) bool { return a.concerns(x) }) {
		p.next.ServeHTTP(w, x.req)
		return
	}
	x.read()
	x.pickEarly()
	x.ask(w)
	if x.resp == nil {
		return // the answer was raw
	}
	x.pickLate()
	for _, k := range x.picked {
		x.alter(k)
	}
	p.state.note(x)
	x.resp.write(w, r)
}

// pickEarly picks the alterations that do not depend on the response.
func (x *exchange) pickEarly() {
	for _, a := range x.p.list {
		if a.late() || x.redirected && a.Redirect != nil {
			continue
		}
		x.pick(a)
	}
}

// pickLate picks those that do.
func (x *exchange) pickLate() {
	for _, a := range x.p.list {
		if a.late() {
			x.pick(a)
		}
	}
	slices.SortStableFunc(x.picked, func(a, b *pick) int { return a.index - b.index })
}

func (x *exchange) pick(a *alteration) {
	vars := x.vars()
	if !a.on.match(x, vars) {
		return
	}
	if n, ok := x.p.state.turn(a, x, vars); ok {
		vars["n"] = fmt.Sprint(n)
		x.picked = append(x.picked, &pick{a, vars})
	}
}

// pick is an alteration that applies to an exchange, with what placeholders
// stand for in it.
type pick struct {
	*alteration
	vars map[string]string
}

// ask gets the response: from the server, or from what keeps the request from
// it. Alterations of the request are made in order up to that.
func (x *exchange) ask(w http.ResponseWriter) {
	repeat := 0
	for _, k := range x.picked {
		x.also(k, true)
		x.pause(k)
		x.editRequest(k)
		repeat = max(repeat, k.Repeat)
		if x.keeps(w, k) {
			return
		}
	}
	for range repeat {
		x.forward()
	}
	x.resp = x.forward()
	for _, k := range x.picked {
		if k.Drop == dropAfter {
			panic(http.ErrAbortHandler)
		}
	}
}

const (
	dropBefore = "before"
	dropAfter  = "after"
)

// keeps reports whether an alteration keeps the request from the server, and
// makes the response if so.
func (x *exchange) keeps(w http.ResponseWriter, k *pick) bool {
	switch {
	case k.Drop == dropBefore:
		panic(http.ErrAbortHandler)
	case k.Answer != nil && k.Answer.Raw != "":
		raw(w, k.expand(k.Answer.Raw))
	case k.Answer != nil:
		x.resp = k.answer()
	case k.Redirect != nil:
		x.resp = x.redirect(k.Redirect)
	case k.Recall != "":
		x.resp = x.p.state.recall(k.expand(k.Recall))
		return x.resp != nil
	default:
		return false
	}
	return true
}

// alter applies what an alteration does once there is a response.
func (x *exchange) alter(k *pick) {
	if k.late() {
		x.pause(k)
	}
	x.resp.describe(k.vars)
	x.also(k, false)
	if k.Response != nil {
		k.editResponse(x.resp)
	}
	if k.Remember != "" {
		x.p.state.remember(k.expand(k.Remember), x.resp)
	}
	if k.late() && k.Drop != "" {
		panic(http.ErrAbortHandler)
	}
}

// pause holds an exchange up, or until the client has gone.
func (x *exchange) pause(k *pick) {
	if k.delay == 0 {
		return
	}
	t := time.NewTimer(k.delay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-x.in.Context().Done():
	}
}
