package faultproxy

import (
	"bytes"
	"net/http"
	"slices"
)

// Exchange is a recorded exchange, with the start of its bodies.
type Exchange struct{ x exchange }

// maxRecorded bounds the bodies of recorded exchanges, in bytes.
const maxRecorded = 64 << 10

// Record returns a handler that forwards requests to next and passes every exchange to
// keep.
func Record(next http.Handler, keep func(*Exchange)) http.Handler {
	p := &Proxy{next: next}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := newExchange(p, r)
		x.read()
		x.resp = x.forward()
		x.resp.write(w, r)
		keep(x.recorded())
	})
}

func (x *exchange) recorded() *Exchange {
	start := func(b []byte) []byte { return bytes.Clone(b[:min(len(b), maxRecorded)]) }
	resp := *x.resp
	resp.body = start(resp.body)
	return &Exchange{exchange{in: x.in, path: x.path, query: x.query, body: start(x.body), resp: &resp}}
}

// Alters reports whether the proxy could alter any of some exchanges, if it received
// these requests and no others, in any order: they can have been concurrent. It ignores
// Until.
func (p *Proxy) Alters(recorded []*Exchange) bool {
	fresh := &Proxy{list: p.list}
	fresh.state.init(p.list)
	var xs []*exchange
	for _, r := range recorded {
		if x := r.x; p.concerned(&x) {
			x.p = fresh
			xs = append(xs, &x)
		}
	}
	for _, x := range xs {
		for _, a := range p.list {
			if a.after != nil {
				fresh.state.event(x, a.after, 2*a.index, a.On.After.Same, true)
			}
		}
	}
	return slices.ContainsFunc(xs, (*exchange).altered)
}

// altered reports whether an alteration applies to an exchange with its response.
func (x *exchange) altered() bool {
	for _, a := range x.p.list {
		x.pick(a)
	}
	return len(x.picked) > 0
}
