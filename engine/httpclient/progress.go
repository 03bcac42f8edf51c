package httpclient

import (
	"crypto/tls"
	"net/http/httptrace"
	"sync/atomic"
)

// stage is how far a request has come.
type stage int32

const (
	connecting stage = iota
	handshaking
	sending
	waiting
	reading
)

// missing says what has not come.
func (s stage) missing() string {
	switch s {
	case connecting:
		return "no connection"
	case handshaking:
		return "no end of the TLS handshake"
	case sending:
		return "the request was not taken"
	case waiting:
		return "no head of a response"
	}
	return "no end of the response body"
}

// progress is told by net/http, from several goroutines, how far a request has
// come. It only goes forward: net/http may go on to make a connection after it
// has found another.
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
