// Package httpclient sends one HTTP request exactly as told and records exactly
// what came. It knows HTTP and nothing of what is said over it.
//
// Everything is bounded: the size of heads and bodies, the time of a hop, the
// number of redirects and retries, the length of waits. What a server sends is
// not trusted, and credentials stay out of records, messages and command lines.
package httpclient

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"time"
)

// Request is what to send.
type Request struct {
	// Method is any token but CONNECT; it is case-sensitive (RFC 9110, 9.1).
	Method string
	// URL is absolute, with scheme http or https and without userinfo. Its path
	// and query are sent as they are, without normalising; its fragment is not
	// sent.
	URL *url.URL
	// Header fields are sent in addition to those that frame the message. Host
	// replaces the host of the URL. User-Agent replaces that of the Options, and
	// an empty one suppresses it. Content-Length may only state the length that
	// Body has; Transfer-Encoding and Trailer may not be given.
	Header http.Header
	// Body is sent with its Content-Length. POST, PUT and PATCH have a
	// Content-Length of 0 if it is empty (RFC 9110, 8.6), other methods none.
	Body []byte
	// Chunked sends the body with Transfer-Encoding: chunked instead of a
	// Content-Length (RFC 9112, 7.1). HTTP/2 has no such encoding: there it only
	// leaves out Content-Length.
	Chunked bool
	// Allow, if set, is asked before the request and each that a redirect leads
	// to, and refuses it by an error. Its text is shown.
	Allow func(method string, u *url.URL) error
}

// Response is what came.
type Response struct {
	Proto  string // as in "HTTP/1.1"
	Status int
	// Header has all fields with all values in order; only the case of names is
	// made canonical. (net/http drops a Content-Length next to Transfer-Encoding,
	// one that repeats another, and Connection where the end of the connection
	// ends the body.)
	Header http.Header
	// Body is what came of the body, at most Limits.Body bytes. No content
	// coding is undone.
	Body []byte
	// Digest is "sha256:" and the sum of Body in hexadecimal.
	Digest string
	// Problem says what is wrong with the framing of the body: it ends too
	// early, its chunks are malformed, or it is over the limit. It is empty if
	// Body is the whole body.
	Problem string
	// URL is the one that responded, after redirects: relative references in the
	// response resolve against it (RFC 9110, 10.2.2).
	URL *url.URL
	// Redirects is how many were followed to this response.
	Redirects int
	// Elapsed is from sending the request that it answers to the end of the
	// body, without earlier hops and waits.
	Elapsed time.Duration
}

// Limits bound what a Client does. A field that is zero has its default; one
// that is negative allows nothing, where that makes sense: redirects and
// retries.
type Limits struct {
	// Body is how many bytes are read and kept of a response body: by default
	// 16 MiB.
	Body int64
	// Header is the size in bytes of the head of a response: by default 256 KiB.
	Header int64
	// Redirects is how many are followed for one Do: by default 5. If negative,
	// a redirect is a final response.
	Redirects int
	// Retries is how many requests are repeated in one Do, over all of its hops:
	// by default 2.
	Retries int
	// Timeout is for one hop, from connecting to the end of the response body:
	// by default 30 s.
	Timeout time.Duration
	// RetryAfter is the longest wait that is obeyed: by default 10 s. A server
	// that asks for more is not asked again.
	RetryAfter time.Duration
}

func (l Limits) withDefaults() Limits {
	if l.Body <= 0 {
		l.Body = 16 << 20
	}
	l.Body = min(l.Body, 1<<40)
	if l.Header <= 0 {
		l.Header = 256 << 10
	}
	if l.Redirects == 0 {
		l.Redirects = 5
	}
	if l.Retries == 0 {
		l.Retries = 2
	}
	if l.Timeout <= 0 {
		l.Timeout = 30 * time.Second
	}
	if l.RetryAfter <= 0 {
		l.RetryAfter = 10 * time.Second
	}
	return l
}

// Options say how a Client behaves. The zero value is usable.
type Options struct {
	Limits Limits
	// TLS has certificate authorities, client certificates and the like. It is
	// cloned, and not used with Transport.
	TLS *tls.Config
	// Transport sends requests instead of the Client's own, which takes proxies
	// from the environment, asks for no compression and undoes none. Another
	// must itself bound the head of a response.
	Transport http.RoundTripper
	// Wrap, if set, returns a transport that adds to the one it is given, such as
	// by credentials. It must itself keep them to their origin, and what it adds
	// or sends is neither counted nor recorded: list what a server may echo in
	// Secrets.
	Wrap func(http.RoundTripper) http.RoundTripper
	// UserAgent is sent where a request has no User-Agent; if empty, none is.
	UserAgent string
	// SecretHeaders are names of header fields that hold credentials, next to
	// Authorization, Proxy-Authorization and Cookie: they are not sent to
	// another origin, and are hidden in records.
	SecretHeaders []string
	// Secrets are strings that are hidden wherever they occur in records.
	// Credentials in the headers of a request need not be listed.
	Secrets []string
	// Sleep, if set, waits instead of the clock. It returns early with an error
	// if ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error
}
