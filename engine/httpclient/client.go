package httpclient

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/ocispec/ocispec/result"
)

// Client sends requests. It may be used by several goroutines at once.
type Client struct {
	opts   Options
	limits Limits
	inner  http.RoundTripper // without Options.Wrap
	trip   http.RoundTripper
	sent   atomic.Int64
	sleep  func(ctx context.Context, d time.Duration) error
	now    func() time.Time
}

// New returns a Client.
func New(opts Options) *Client {
	c := &Client{opts: opts, limits: opts.Limits.withDefaults(), trip: opts.Transport, sleep: opts.Sleep, now: time.Now}
	if c.trip == nil {
		c.trip = transport(opts, c.limits)
	}
	c.inner = c.trip
	if opts.Wrap != nil {
		c.trip = opts.Wrap(c.trip)
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	return c
}

func transport(opts Options, limits Limits) http.RoundTripper {
	// The time to wait for a head is bounded by that of the hop.
	return &http.Transport{
		Proxy: proxy,
		DialContext: (&net.Dialer{
			Timeout:   min(10*time.Second, limits.Timeout),
			KeepAlive: 15 * time.Second,
		}).DialContext,
		TLSClientConfig:       opts.TLS.Clone(),
		TLSHandshakeTimeout:   min(10*time.Second, limits.Timeout),
		ExpectContinueTimeout: time.Second,
		// Shorter than what servers have, of which 5 s is common: a connection
		// that a server is about to close fails a request that may not be
		// repeated.
		IdleConnTimeout:        4 * time.Second,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    16,
		MaxResponseHeaderBytes: limits.Header,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}

// proxy is http.ProxyFromEnvironment, whose errors quote the setting, which may
// hold a password.
func proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the environment names a proxy by an invalid URL")
	}
	return u, nil
}

// Requests returns how many requests were sent, or were tried to: redirects and
// retries count.
func (c *Client) Requests() int { return int(c.sent.Load()) }

// Close closes the connections that are idle. The Client stays usable.
func (c *Client) Close() {
	if t, ok := c.inner.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Do sends a request, repeats it where it was not responded or the server asks
// for that, and follows redirects. It sends at most one request and
// Limits.Redirects and Limits.Retries more. It does not change req.
//
// Do returns the final response and the record of every request that was sent,
// in order. The error is an *Error. With an error of kind TooMany, Redirect or
// Refused the response is the last that came; with any other it may be nil, or
// its body not read to its end.
//
// Requests that get no byte of an reply are repeated if no connection was
// made, or if the method is idempotent (RFC 9110, 9.2.2) and the connection
// broke. A 429 (RFC 6585, 4), and a 503 with Retry-After (RFC 9110, 10.2.3), is
// repeated after the wait that it asks for, a 429 without one after 1 s, then
// 2 s and so on.
//
// A redirect by 301, 302, 303, 307 or 308 with a Location is followed (RFC
// 9110, 15.4): 303 becomes a GET unless it was a HEAD, and so does a POST that
// meets 301 or 302; else method and body are kept. Any other 3xx is final. No
// redirect leads from https to http, and no credentials are sent to another
// origin.
func (c *Client) Do(ctx context.Context, req *Request) (*Response, []result.Exchange, error) {
	if err := check(req); err != nil {
		return nil, nil, err
	}
	var (
		secrets   = c.secrets(req)
		log       []result.Exchange
		hop       = req
		seen      = map[string]bool{key(hop): true}
		redirects int
		retries   int
	)
	if err := allowed(req); err != nil {
		return nil, nil, secrets.error(err)
	}
	for {
		if ctx.Err() != nil {
			return nil, log, canceled(ctx)
		}
		a := c.send(ctx, hop)
		a.hide(secrets)
		log = append(log, c.record(hop, a, secrets))
		wait, again, err := c.again(hop, a, retries)
		if again {
			retries++
			if c.sleep(ctx, wait) != nil || ctx.Err() != nil {
				return a.resp, log, waitEnded(ctx)
			}
			continue
		}
		if err != nil {
			return a.resp, log, secrets.error(err)
		}
		next, err := c.redirect(hop, a.resp)
		switch {
		case err != nil:
		case next == nil:
			a.resp.Redirects = redirects
			return a.resp, log, nil
		case redirects == c.limits.Redirects:
			err = errorf(Redirect, "more than %d redirects", c.limits.Redirects)
		case seen[key(next)]:
			err = errorf(Redirect, "a loop: redirected to %s again", target(next.URL))
		default:
			err = allowed(next)
		}
		if err != nil {
			return a.resp, log, secrets.error(err)
		}
		redirects++
		seen[key(next)] = true
		hop = next
	}
}

// allowed asks whether a request may be sent.
func allowed(r *Request) *Error {
	if r.Allow == nil {
		return nil
	}
	if err := r.Allow(r.Method, r.URL); err != nil {
		return errorf(Refused, "the request is not sent: %v", err)
	}
	return nil
}

// key tells the requests of a chain of redirects apart.
func key(r *Request) string {
	return r.Method + " " + target(r.URL)
}
