package httpclient

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/ocispec/ocispec/internal/httpsyntax"
	"github.com/ocispec/ocispec/result"
)

// Client sends requests. It is safe for concurrent use.
type Client struct {
	opts    Options
	limits  Limits
	inner   http.RoundTripper // without Options.Wrap
	trip    http.RoundTripper
	sent    atomic.Int64
	fastest atomic.Int64 // see Fastest, in nanoseconds
	sleep   func(ctx context.Context, d time.Duration) error
	now     func() time.Time
	pace    pace
	secrets *secrets
	spares  *spares // nil with Options.Transport
}

// maxPace bounds the time between two requests that Options.Rate asks for.
const maxPace = 24 * time.Hour

// New returns a Client.
func New(opts Options) *Client {
	c := &Client{opts: opts, limits: opts.Limits.withDefaults(), trip: opts.Transport, sleep: opts.Sleep, now: time.Now, secrets: newSecrets(opts)}
	if c.trip == nil {
		c.spares = &spares{dial: (&net.Dialer{
			Timeout:   min(10*time.Second, c.limits.Timeout),
			KeepAlive: 15 * time.Second,
		}).DialContext}
		c.trip = transport(opts, c.limits, c.spares.DialContext)
	}
	if opts.Rate > 0 {
		c.pace.least = time.Duration(min(float64(time.Second)/opts.Rate, float64(maxPace)))
	}
	c.inner = c.trip
	if opts.Wrap != nil {
		c.trip = opts.Wrap(c.trip)
	}
	if c.sleep == nil {
		c.sleep = Sleep
	}
	return c
}

// maxIdle is shorter than the idle timeout of servers, commonly 5 s: a request on a
// connection that the server is about to close fails, and a non-idempotent one is not
// retried.
const maxIdle = 4 * time.Second

func transport(opts Options, limits Limits, dial func(ctx context.Context, network, addr string) (net.Conn, error)) http.RoundTripper {
	if opts.Proxy == nil {
		opts.Proxy = environmentProxy
	}
	// ResponseHeaderTimeout is not set: Limits.Timeout bounds the whole hop.
	return &http.Transport{
		Proxy:                  opts.Proxy,
		DialContext:            dial,
		TLSClientConfig:        opts.TLS.Clone(),
		TLSHandshakeTimeout:    min(10*time.Second, limits.Timeout),
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        maxIdle,
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    256, // as many as requests can be concurrent
		MaxResponseHeaderBytes: limits.Header,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}

// environmentProxy is http.ProxyFromEnvironment without the setting in its errors,
// as that may contain a password.
func environmentProxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("invalid proxy URL in the environment (HTTP_PROXY, HTTPS_PROXY)")
	}
	return u, nil
}

// Requests returns the number of requests sent or attempted, including
// redirects and retries.
func (c *Client) Requests() int { return int(c.sent.Load()) }

// Fastest returns the shortest time from sending a request to the end of its
// response, or 0 without a response.
func (c *Client) Fastest() time.Duration { return time.Duration(c.fastest.Load()) }

func (c *Client) measure(d time.Duration) {
	for {
		old := c.fastest.Load()
		if old != 0 && old <= int64(d) || c.fastest.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

// Close closes idle connections, and those of Open. The Client remains usable.
func (c *Client) Close() {
	if c.spares != nil {
		c.spares.close()
	}
	if t, ok := c.inner.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Do sends a request, retries it if necessary, and follows redirects. It sends
// at most 1 + Limits.Redirects + Limits.Retries requests. It does not modify
// req.
//
// Do returns the final response and a record of every request sent, in order.
// The error is an *Error. With an error of kind TooMany, Redirect or Refused,
// the response is the last one received; with any other error it may be nil, or
// have an incomplete body.
//
// A request without any byte of a response is retried if no connection was
// made, or if the method is idempotent (RFC 9110, section 9.2.2) and the
// connection broke. After a 429 (RFC 6585, section 4) or a 503 the request is
// retried after the time in Retry-After (RFC 9110, section 10.2.3). For a 429
// without Retry-After the delay is 1 s, then 2 s and so on; for a 503, 250 ms,
// then 500 ms, and the last 503 is the response. Both slow down all requests of
// the client. A 502 or 504 is retried like a 503, once for an unsafe method: if
// that gives another error, the first request may have been processed, and the
// error is of kind TooMany.
//
// Do follows a 301, 302, 303, 307 or 308 with a Location (RFC 9110, section
// 15.4). The method becomes GET after a 303, unless it is HEAD, and after a 301
// or 302 in response to a POST; otherwise method and body are preserved. Any
// other 3xx is final. Do does not follow a redirect from https to http, and
// sends no credentials to another origin.
func (c *Client) Do(ctx context.Context, req *Request) (*Response, []result.Exchange, error) {
	if err := check(req); err != nil {
		return nil, nil, err
	}
	var (
		secrets   = c.secrets.redactor().request(req)
		log       []result.Exchange
		hop       = req
		seen      = map[string]bool{key(hop): true}
		redirects int
		retries   int
		unsure    bool // whether an unsafe request was processed before
	)
	if err := c.allowed(req); err != nil {
		return nil, nil, secrets.error(err)
	}
	for {
		if ctx.Err() != nil {
			return nil, log, canceled(ctx)
		}
		if wait := c.pace.reserve(c.now()); wait > 0 && c.sleep(ctx, wait) != nil {
			return nil, log, waitEnded(ctx)
		}
		a := c.send(ctx, hop)
		c.secrets.learn(a.used)
		secrets.sent(a.used)
		a.hide(secrets)
		log = append(log, c.record(hop, a, secrets))
		wait, retry, err := c.retry(hop, a, retries)
		if retry {
			retries++
			unsure = unsure || !httpsyntax.Safe(hop.Method) && gateway(a)
			if c.sleep(ctx, wait) != nil || ctx.Err() != nil {
				return a.resp, log, waitEnded(ctx)
			}
			continue
		}
		if err == nil && unsure && a.resp.Status/100 != 2 && !gateway(a) {
			err = errorf(TooMany, "status %d after a response by a gateway: the first request may have been processed", a.resp.Status)
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
			err = errorf(Redirect, "redirect loop: redirected to %s again", target(next.URL))
		default:
			err = c.allowed(next)
		}
		if err != nil {
			return a.resp, log, secrets.error(err)
		}
		redirects++
		seen[key(next)] = true
		hop = next
	}
}

// allowed returns the error of a request that must not be sent: a write in a
// read-only run, or one that Request.Allow rejects.
func (c *Client) allowed(r *Request) *Error {
	if c.opts.ReadOnly && !httpsyntax.Safe(r.Method) {
		return errorf(Refused, "the request is not sent: the run is read-only")
	}
	if r.Allow == nil {
		return nil
	}
	if err := r.Allow(r.Method, r.URL); err != nil {
		return errorf(Refused, "the request is not sent: %v", err)
	}
	return nil
}

// key identifies a request, for detecting redirect loops.
func key(r *Request) string {
	return r.Method + " " + target(r.URL)
}
