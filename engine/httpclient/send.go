package httpclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// attempt is the outcome of sending one request.
type attempt struct {
	resp *Response
	err  *Error
	// responded reports that at least one byte of a response was received.
	responded bool
	// used has the credentials that were sent, as values of header fields.
	used []string
}

// hide hides credentials in messages, and truncates the messages.
func (a *attempt) hide(secrets *redactor) {
	if a.err != nil {
		secrets.error(a.err)
	}
	if a.resp != nil {
		a.resp.Problem = oneLine(secrets.text(a.resp.Problem))
	}
}

// target returns the URL without userinfo and fragment.
func target(u *url.URL) string { return u.Scheme + "://" + u.Host + u.RequestURI() }

// check returns an error if a request cannot be sent as specified.
func check(req *Request) error {
	switch u := req.URL; {
	case !httpsyntax.IsToken(req.Method) || req.Method == http.MethodConnect:
		return errorf(Invalid, "invalid method %q", req.Method)
	case u == nil || u.Scheme != "http" && u.Scheme != "https":
		return errorf(Invalid, "the URL is not an absolute http or https URL")
	case httpsyntax.CheckHost(u) != nil:
		return errorf(Invalid, "invalid host in the URL: %v", httpsyntax.CheckHost(u))
	case u.Opaque != "" && (u.Opaque[0] != '/' || strings.HasPrefix(u.Opaque, "//")):
		return errorf(Invalid, "the opaque part of the URL is not an absolute path")
	case u.User != nil:
		return errorf(Invalid, "the URL has userinfo; use an Authorization header instead")
	case httpsyntax.BadByte(u.RequestURI()) >= 0:
		return errorf(Invalid, "the URL has a byte that is not allowed in a request line: %q", hideURL(u.RequestURI()))
	}
	for name, values := range req.Header {
		if !httpsyntax.IsToken(name) {
			return errorf(Invalid, "invalid header field name %q", name)
		}
		if slices.ContainsFunc(values, func(v string) bool { return strings.ContainsFunc(v, httpsyntax.IsControl) }) {
			return errorf(Invalid, "header field %s has a control character in its value", name)
		}
		switch http.CanonicalHeaderKey(name) {
		case "Host", "User-Agent":
			if len(values) > 1 {
				return errorf(Invalid, "net/http cannot send multiple %s fields", name)
			}
		case "Content-Length":
			n := strconv.FormatInt(req.payload().size(), 10)
			if req.Chunked || slices.ContainsFunc(values, func(v string) bool { return v != n }) || len(values) > 1 {
				return errorf(Invalid, "net/http cannot send a Content-Length of %s for a body of %s bytes",
					strings.Join(values, ", "), n)
			}
		case "Transfer-Encoding", "Trailer":
			return errorf(Invalid, "net/http cannot send a %s header field; use Request.Chunked", name)
		}
	}
	return nil
}

// build returns the http.Request to send.
func (c *Client) build(ctx context.Context, req *Request) *http.Request {
	u := *req.URL
	r := (&http.Request{
		Method: req.Method, URL: &u, Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: req.payload().size(),
	}).WithContext(ctx)
	// An empty value suppresses the default of net/http.
	r.Header.Set("User-Agent", c.opts.UserAgent)
	for name, values := range req.Header {
		switch http.CanonicalHeaderKey(name) {
		case "Host":
			if len(values) > 0 {
				r.Host = values[0]
			}
		case "User-Agent":
			r.Header["User-Agent"] = values
		case "Content-Length":
		default:
			r.Header[name] = slices.Clone(values)
		}
	}
	if req.payload().size() > 0 || req.Chunked {
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(req.payload().open()), nil }
		r.Body, _ = r.GetBody()
	}
	if req.Cut > 0 {
		r.GetBody = nil
		r.Body = &cutBody{left: req.payload().beginning(req.Cut)}
	}
	if req.Chunked {
		r.ContentLength = -1
		r.TransferEncoding = []string{"chunked"}
	}
	return r
}

// cutBody is the beginning of a body. Its end is an error, at which the client closes
// the connection.
type cutBody struct{ left []byte }

func (b *cutBody) Read(p []byte) (int, error) {
	if len(b.left) == 0 {
		return 0, errorf(CutOff, "the connection was closed within the body of the request, as the test case says")
	}
	n := copy(p, b.left)
	b.left = b.left[n:]
	return n, nil
}

func (b *cutBody) Close() error { return nil }

// send sends one request and reads the response.
func (c *Client) send(caller context.Context, req *Request) *attempt {
	ctx, cancel := context.WithTimeout(caller, c.limits.Timeout)
	defer cancel()
	at := progress{secret: c.isSecret}
	r := c.build(httptrace.WithClientTrace(ctx, at.trace()), req)
	c.sent.Add(1)
	start := time.Now()
	resp, err := c.trip.RoundTrip(r)
	if err != nil {
		return &attempt{err: fault(caller, ctx, err, &at, c.limits.Timeout), responded: at.responded.Load(), used: at.used()}
	}
	c.answered(resp)
	u := *req.URL
	a := &attempt{responded: true, used: at.used(), resp: &Response{
		Proto: resp.Proto, Status: resp.StatusCode, Header: received(resp), URL: &u,
	}}
	at.reach(reading)
	// After an unsolicited 101, the connection carries another protocol.
	if resp.StatusCode != http.StatusSwitchingProtocols {
		err = c.receive(ctx, req, resp, a.resp)
	}
	a.resp.Elapsed = time.Since(start)
	c.measure(a.resp.Elapsed)
	var unread *unreadError
	if n := c.limits.Body; int64(len(a.resp.Body)) > n {
		a.resp.Body, a.resp.Limited = a.resp.Body[:n], true
		a.resp.Problem = fmt.Sprintf("the body exceeds the limit of %d bytes", n)
	} else if errors.As(err, &unread) && ctx.Err() == nil {
		a.resp.Limited, a.resp.Problem = true, err.Error()
	} else if err != nil {
		a.resp.Problem, a.err = c.broken(caller, ctx, resp, int64(len(a.resp.Body)), err, &at)
	}
	if a.resp.Problem != "" {
		cancel() // so that Close does not read the rest of the body
	}
	resp.Body.Close()
	return a
}

// broken describes why a body could not be read to its end. The error is nil if
// the server violated HTTP.
func (c *Client) broken(caller, ctx context.Context, resp *http.Response, n int64, err error, at *progress) (string, *Error) {
	where := fmt.Sprintf("%d bytes", n)
	if resp.ContentLength >= 0 {
		where = fmt.Sprintf("%d of %d bytes", n, resp.ContentLength)
	}
	var ne net.Error
	switch {
	case caller.Err() != nil, ctx.Err() != nil, errors.As(err, &ne) && ne.Timeout():
		e := fault(caller, ctx, err, at, c.limits.Timeout)
		e.Message += ", after " + where
		return "the body was read only in part: " + where, e
	case isNet(err):
		return "the connection broke after " + where,
			&Error{Kind: Network, Message: "the connection broke after " + where + " of the body: " + err.Error(), Err: err}
	case isCut(err):
		return "the body ends after " + where + unended(resp), nil
	}
	return "the body is malformed after " + where + ": " + err.Error(), nil
}

func unended(resp *http.Response) string {
	if slices.Contains(resp.TransferEncoding, "chunked") {
		return ", without a last chunk"
	}
	return ""
}

// received returns the header with the fields that net/http removes.
func received(resp *http.Response) http.Header {
	h := resp.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	if len(resp.TransferEncoding) > 0 && h["Transfer-Encoding"] == nil {
		h["Transfer-Encoding"] = slices.Clone(resp.TransferEncoding)
	}
	// Close is also set for a body that is delimited by the end of the connection.
	framed := resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0
	if resp.Close && framed && resp.Proto == "HTTP/1.1" && h["Connection"] == nil {
		h["Connection"] = []string{"close"}
	}
	if len(resp.Trailer) > 0 && h["Trailer"] == nil {
		for name := range resp.Trailer {
			h["Trailer"] = append(h["Trailer"], name)
		}
		slices.Sort(h["Trailer"])
	}
	return h
}

// origin returns the origin that credentials are bound to (RFC 6454, section
// 4).
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
