package httpclient

import (
	"crypto/tls"
	"net/http/httptrace"
	"sync/atomic"
)

// stage is the progress of a request.
type stage int32

const (
	connecting stage = iota
	handshaking
	sending
	waiting
	reading
)

// missing describes the event that did not occur.
func (s stage) missing() string {
	switch s {
	case connecting:
		return "no connection was established"
	case handshaking:
		return "the TLS handshake did not complete"
	case sending:
		return "the request was not sent completely"
	case waiting:
		return "no response head was received"
	}
	return "the response body did not end"
}

// progress tracks a request through callbacks of net/http, from several
// goroutines. It only advances, because net/http may continue to dial after it
// has found another connection.
type progress struct {
	at        atomic.Int32
	responded atomic.Bool
}

func (p *progress) get() stage { return stage(p.at.Load()) }

func (p *progress) reach(s stage) {
	for {
		old := p.at.Load()
		if old >= int32(s) || p.at.CompareAndSwap(old, int32(s)) {
			return
		}
	}
}

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		TLSHandshakeStart: func() { p.reach(handshaking) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			if err == nil {
				p.reach(sending)
			}
		},
		GotConn:              func(httptrace.GotConnInfo) { p.reach(sending) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { p.reach(waiting) },
		GotFirstResponseByte: func() { p.reach(waiting); p.responded.Store(true) },
	}
}
