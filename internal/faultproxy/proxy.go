// Package faultproxy is a reverse proxy that alters exchanges as data states: a
// variant or a fault is a list of alterations, and the server behind the proxy
// is unchanged. The package depends on HTTP only, not on the OCI
// specifications.
//
// The proxy bounds its memory: the bodies, the remembered responses, and the
// state by which it counts exchanges.
package faultproxy

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// maxBody bounds the request and response bodies of altered exchanges, in
// bytes. The proxy aborts an exchange with a longer body.
const maxBody = 64 << 20

// Proxy is an http.Handler in front of another one. It is safe for concurrent
// use.
type Proxy struct {
	next  http.Handler
	list  []*alteration
	state state
}

// New returns a proxy in front of next. It applies the alterations in order; if
// several of them respond without the server, the first one does. New returns
// an error if an alteration is invalid.
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

// Check returns an error if an alteration is invalid.
func Check(a *Alteration) error {
	_, err := compile(a)
	return err
}

// ServeHTTP implements http.Handler. An exchange that no alteration selects is
// forwarded unchanged.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(p, r)
	if !p.concerned(x) {
		p.next.ServeHTTP(w, x.req)
		return
	}
	x.read()
	x.pickEarly()
	x.respond(w)
	if x.resp == nil {
		return // a raw response has been sent
	}
	x.pickLate()
	for _, k := range x.picked {
		x.alter(k)
	}
	p.state.note(x)
	x.resp.write(w, r)
}

// concerned reports whether an alteration can concern an exchange.
func (p *Proxy) concerned(x *exchange) bool {
	return slices.ContainsFunc(p.list, func(a *alteration) bool { return a.concerns(x) })
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

// pickLate picks the alterations that depend on the response.
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

// pick is an alteration that applies to an exchange, with the values of the
// placeholders.
type pick struct {
	*alteration
	vars map[string]string
}

// respond sets the response: from the server, or from an alteration that
// responds without it. It applies the alterations of the request in order, up
// to such an alteration.
func (x *exchange) respond(w http.ResponseWriter) {
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

// keeps reports whether an alteration responds without the server, and sets the
// response if so.
func (x *exchange) keeps(w http.ResponseWriter, k *pick) bool {
	switch {
	case k.Drop == dropBefore:
		panic(http.ErrAbortHandler)
	case k.Respond != nil && k.Respond.Raw != "":
		raw(w, k.expand(k.Respond.Raw))
	case k.Respond != nil:
		x.resp = k.ownResponse()
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

// alter applies the effects of an alteration on the response.
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

// pause waits for the delay of an alteration, or until the client closes the
// connection.
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
