package httpclient

import (
	"crypto/tls"
	"net/http/httptrace"
	"sync"
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
	// secret reports whether a header field has credentials: those that were sent are
	// in credentials.
	secret func(name string) bool

	mu          sync.Mutex
	credentials []string
}

// sent notes a header field that was sent, also by Options.Wrap.
func (p *progress) sent(name string, values []string) {
	if !p.secret(name) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.credentials = append(p.credentials, values...)
}

// used returns the values of the header fields with credentials that were sent.
func (p *progress) used() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.credentials
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
		WroteHeaderField:     p.sent,
		GotConn:              func(httptrace.GotConnInfo) { p.reach(sending) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { p.reach(waiting) },
		GotFirstResponseByte: func() { p.reach(waiting); p.responded.Store(true) },
	}
}
