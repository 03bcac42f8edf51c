package httpclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

// Kind classifies an Error by its cause.
type Kind int

// The kinds of errors.
const (
	// Invalid is a request that cannot be sent because of an error of the
	// caller.
	Invalid Kind = iota + 1
	// Network is a host name that does not resolve, or a connection that cannot
	// be established, is reset, or is closed before the first byte of a
	// response.
	Network
	// Timeout is a hop that exceeds Limits.Timeout, or a connection attempt
	// that timed out. The Error unwraps to context.DeadlineExceeded.
	Timeout
	// TLS is a failed handshake, such as for a certificate that does not
	// verify.
	TLS
	// Protocol is a response that is not valid HTTP (RFC 9112, RFC 9113), or
	// whose head exceeds Limits.Header.
	Protocol
	// Redirect is a redirect that cannot be followed: too many, a loop, or a
	// malformed or unacceptable Location.
	Redirect
	// Refused is a request, or the target of a redirect, that Request.Allow
	// rejects.
	Refused
	// TooMany is a 429, or a 503 with Retry-After, if no retries are left or
	// the requested delay is too long. Do returns the response as well.
	TooMany
	// Login is a request without a response because its credentials could not be
	// obtained. Options.Wrap returns it.
	Login
	// CutOff means that the client closed the connection, as Request.Cut says.
	CutOff
	// Canceled means that the caller's context ended. The Error unwraps to the
	// error of the context.
	Canceled
)

var kindNames = map[Kind]string{
	Invalid: "invalid request", Network: "network", Timeout: "timeout", TLS: "TLS",
	Protocol: "protocol", Redirect: "redirect", Refused: "not allowed", TooMany: "too many requests", Canceled: "canceled", CutOff: "cut off", Login: "login",
}

func (k Kind) String() string {
	if s, ok := kindNames[k]; ok {
		return s
	}
	return fmt.Sprintf("kind %d", int(k))
}

// Inconclusive reports whether the error says nothing about the conformance of
// the server: Network, Timeout, Refused, TooMany, Login and Canceled.
func (k Kind) Inconclusive() bool {
	return k == Network || k == Timeout || k == Refused || k == TooMany || k == Login || k == Canceled
}

// Dropped reports whether an error is a connection that the server closed or
// reset before the first byte of a response.
func Dropped(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Kind != Network {
		return false
	}
	var dns *net.DNSError
	var op *net.OpError
	return !errors.As(e.Err, &dns) && !(errors.As(e.Err, &op) && op.Op == "dial")
}

// Error is the type of all errors returned by Do.
type Error struct {
	Kind Kind
	// Message is one line of at most 403 bytes, without credentials and control
	// characters.
	Message string
	// Err is the cause, or nil. Unlike Message, it may contain text sent by the
	// server.
	Err error
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error that has an *Error in its chain, or 0.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

func errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// oneLine truncates text that may quote a server, and replaces control
// characters.
func oneLine(s string) string {
	const most = 400
	if len(s) > most {
		n := most
		for n > most-utf8.UTFMax && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}

// fault converts an error of RoundTrip, or of reading a body, to an Error.
func fault(caller, hop context.Context, err error, at *progress, timeout time.Duration) *Error {
	stage := at.get()
	var ne net.Error
	var known *Error
	switch {
	case errors.As(err, &known):
		return &Error{Kind: known.Kind, Message: oneLine(known.Message), Err: known.Err}
	case caller.Err() != nil:
		return canceled(caller)
	case hop.Err() != nil:
		return timedOut(fmt.Sprintf("%s after %v", stage.missing(), timeout))
	case errors.As(err, &ne) && ne.Timeout():
		return timedOut(stage.missing() + " in time")
	}
	kind := Protocol
	switch {
	case isTLS(err), stage == handshaking && !isCut(err) && !isNet(err):
		kind = TLS
	case isNet(err), stage < sending:
		kind = Network
	case isCut(err) && !at.responded.Load():
		kind = Network
	}
	text := strings.TrimPrefix(err.Error(), "net/http: HTTP/1.x transport connection broken: ")
	if isCut(err) {
		text = "the connection was closed before a response was received"
		if at.responded.Load() {
			text = "the connection was closed within the head of the response"
		}
	}
	return &Error{Kind: kind, Message: text, Err: err}
}

func canceled(ctx context.Context) *Error {
	return &Error{Kind: Canceled, Message: "canceled: " + ctx.Err().Error(), Err: ctx.Err()}
}

func timedOut(message string) *Error {
	return &Error{Kind: Timeout, Message: message, Err: context.DeadlineExceeded}
}

// isTLS reports whether the error is one of TLS. Not all errors of crypto/tls
// and net/http have types.
func isTLS(err error) bool {
	var (
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	if errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) {
		return true
	}
	var op *net.OpError // in which crypto/tls wraps alerts
	if errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") {
		return true
	}
	s := err.Error()
	return strings.HasPrefix(s, "tls: ") || strings.HasPrefix(s, "x509: ") ||
		strings.Contains(s, "server gave HTTP response to HTTPS client")
}

// isNet reports whether a connection could not be established, or broke.
func isNet(err error) bool {
	var (
		op  *net.OpError
		dns *net.DNSError
		sys syscall.Errno
	)
	if errors.As(err, &op) || errors.As(err, &dns) || errors.As(err, &sys) || errors.Is(err, net.ErrClosed) {
		return true
	}
	s := err.Error()
	return strings.Contains(s, "server closed idle connection") ||
		strings.Contains(s, "http2: client connection lost") ||
		strings.Contains(s, "GOAWAY") && strings.Contains(s, "ErrCode=NO_ERROR")
}

// isCut reports whether the peer closed the connection too early, without a
// reset.
func isCut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
