// Package httpclient sends HTTP requests exactly as specified and records the
// responses exactly as received. It has no knowledge of the protocol on top of
// HTTP.
//
// Everything is bounded: the size of heads and bodies, the duration of a hop,
// the number of redirects and retries, and delays. The client does not trust
// servers. Credentials do not occur in records, messages and command lines.
package httpclient

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"time"
)

// Request is an HTTP request to send.
type Request struct {
	// Method is any token except CONNECT; it is case-sensitive (RFC 9110,
	// section 9.1).
	Method string
	// URL is an absolute http or https URL without userinfo. Path and query are
	// sent without normalization; the fragment is not sent.
	URL *url.URL
	// Header has the fields to send in addition to those that frame the
	// message. Host overrides the host of the URL. User-Agent overrides that of
	// the Options; if empty, none is sent. Content-Length must equal the length
	// of Body; Transfer-Encoding and Trailer are not allowed.
	Header http.Header
	// Body is sent with a Content-Length. If it is empty, POST, PUT and PATCH
	// have a Content-Length of 0 (RFC 9110, section 8.6), and other methods
	// none.
	Body []byte
	// Stream, if not nil, is sent in place of Body.
	Stream Stream
	// Expect, if not nil, is called with the first bytes of a response body of more than
	// LargeBody bytes. If it returns a body, the one received is compared with it while it
	// is read, and is in memory only if it is another one.
	Expect func(beginning []byte) Stream
	// Digest is the sha256 digest of Body, if it is known, for the record of the request.
	Digest string
	// Cut, if not 0, is the number of bytes of Body after which the client closes the
	// connection. The error of Do is of kind CutOff, unless the server responded before.
	Cut int64
	// Chunked sends the body with Transfer-Encoding: chunked instead of a
	// Content-Length (RFC 9112, section 7.1). In HTTP/2, which does not have
	// that encoding, Chunked only omits Content-Length.
	Chunked bool
	// Once says that the request is not sent again after its response was lost: it can
	// have been processed, and would have another response.
	Once bool
	// Allow, if not nil, is called before the request and before each redirect.
	// If it returns an error, the request is not sent; the text of the error is
	// part of the message.
	Allow func(method string, u *url.URL) error
	// Large, if not nil, is called before more than LargeBody bytes of the body of a
	// response are taken into memory. If it returns an error, the rest is not read.
	Large func(context.Context) error
}

// Response is an HTTP response as received, after redirects.
type Response struct {
	Proto  string // as in "HTTP/1.1"
	Status int
	// Header has all fields with all values in order, with canonical names.
	// (net/http drops a Content-Length next to Transfer-Encoding, a repeated
	// Content-Length, and Connection if the body ends with the connection.)
	Header http.Header
	// Body is the received part of the body, at most Limits.Body bytes. Content
	// codings are not decoded.
	Body []byte
	// Stream, if not nil, is the body in place of Body: what Request.Expect returned,
	// which all of the received body equals.
	Stream Stream
	// Problem describes an error in the framing of the body: it ends too early,
	// its chunks are malformed, or it exceeds the limit. It is empty if the body
	// is complete.
	Problem string
	// Limited reports that Problem is a limit of the client: the body exceeds
	// Limits.Body, or Request.Large returned an error.
	Limited bool
	// URL is the URL of the last request, after redirects. Relative references
	// in the response resolve against it (RFC 9110, section 10.2.2).
	URL *url.URL
	// Redirects is the number of redirects that led to this response.
	Redirects int
	// Elapsed is the time from sending the last request to the end of the
	// response body, excluding earlier hops and delays.
	Elapsed time.Duration
}

// Limits bound the resources that a Client uses. A zero field has its default;
// negative Redirects or Retries allow none.
type Limits struct {
	// Body is the maximum size of a response body in bytes; default 16 MiB.
	Body int64
	// Header is the maximum size of a response head in bytes; default 256 KiB.
	Header int64
	// Redirects is the maximum number of redirects followed by one Do; default
	// 5. If negative, a redirect is a final response.
	Redirects int
	// Retries is the maximum number of retries in one Do, over all hops;
	// default 2.
	Retries int
	// Timeout is the maximum duration of one hop, from connecting to the end of
	// the response body; default 30 s.
	Timeout time.Duration
	// RetryAfter is the maximum delay before a retry; default 10 s. If the
	// server requests a longer delay, there is no retry.
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

// Options configure a Client. The zero value is usable.
type Options struct {
	Limits Limits
	// TLS is the TLS configuration, such as certificate authorities and client
	// certificates. It is cloned. It does not apply to Transport.
	TLS *tls.Config
	// Proxy returns the proxy for a request, as that of http.Transport does. If it
	// is nil, the environment decides: see http.ProxyFromEnvironment. It does not
	// apply to Transport.
	Proxy func(*http.Request) (*url.URL, error)
	// Transport replaces the default transport, which neither requests nor decodes
	// compression. It must bound the size of response heads itself.
	Transport http.RoundTripper
	// Wrap, if not nil, returns a transport that extends the given one, such as
	// by credentials. It must send credentials to their origin only. Requests
	// and headers that it adds are neither counted nor recorded. A server may echo
	// credentials: those in headers are hidden, others have to be in Secrets.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Rate is the maximum number of requests per second, with redirects and
	// retries; 0 means no limit. Requests of Wrap do not count.
	Rate float64
	// ReadOnly rejects every request except GET and HEAD.
	ReadOnly bool
	// UserAgent is the default User-Agent; if empty, none is sent.
	UserAgent string
	// SecretHeaders are the names of header fields with credentials, in
	// addition to Authorization, Proxy-Authorization and Cookie. They are not
	// sent to another origin, and are hidden in records.
	SecretHeaders []string
	// Secrets are strings to hide in records. Credentials in the headers of a
	// request are always hidden.
	Secrets []string
	// Brief omits from records what only reports show: bodies, the header fields of
	// requests, and command lines. It does not hide credentials.
	Brief bool
	// Sleep, if not nil, replaces the clock for delays. It must return early
	// with an error if ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error
}
