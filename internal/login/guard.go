package login

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ociauth"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// maxToken bounds the response of a token server, in bytes.
const maxToken = 1 << 20

// maxChallenge bounds the body of a 401, in bytes.
const maxChallenge = 1 << 16

// How often a token server that is busy is asked again, and how long a wait can
// be.
const (
	maxTokenTries = 4
	maxTokenWait  = 30 * time.Second
)

// Errors for token servers that get no credentials: one with http, for a registry with
// https, one in a network that the registry is not part of, and one that the token
// server of the challenge redirects to.
var (
	errDowngrade = errors.New("the token server is reached by http, not https, so no credentials are sent to it")
	errPrivate   = errors.New("the token server has a private address, so no credentials are sent to it")
	errElsewhere = errors.New("the token server redirects to another host, so no credentials are sent to it")
)

// exchange is the request that is being authenticated, in the context.
type exchange struct {
	url    url.URL
	denied *http.Response // the last response as received, if it asks for credentials
	// stale reports a 401 to a request with a token.
	stale bool
}

type exchangeKey struct{}

// guard is the transport below the authentication. It sees the requests to the
// registry and to the token server that a challenge of the registry names.
type guard struct {
	http.RoundTripper
	target *url.URL
	scope  string // replaces that of every token, if it is not empty
	scopes *scopes
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	x, _ := req.Context().Value(exchangeKey{}).(*exchange)
	if x == nil || x.url != *req.URL {
		return g.token(req)
	}
	resp, err := g.RoundTripper.RoundTrip(req)
	if err != nil {
		return resp, &sendError{err}
	}
	x.denied = nil
	if resp.StatusCode == http.StatusUnauthorized || insufficient(resp) {
		x.denied = keep(resp)
		x.stale = x.stale || req.Header.Get("Authorization") != ""
		g.challenge(req, resp.Header)
		resp.StatusCode = http.StatusUnauthorized // to which the library responds
	}
	return resp, nil
}

// insufficient reports whether a 403 says that the token has too small a scope, and names
// a larger one (RFC 6750, section 3.1).
func insufficient(resp *http.Response) bool {
	return resp.StatusCode == http.StatusForbidden && slices.ContainsFunc(httpsyntax.ParseChallenges(resp.Header.Values("WWW-Authenticate")),
		func(c httpsyntax.Challenge) bool {
			return c.Scheme == "bearer" && c.Param("error") == "insufficient_scope" && c.Param("scope") != ""
		})
}

// challenge replaces the challenges of a response by the one to meet, in the form
// that the library can read: Bearer rather than Basic, without empty parameters.
func (g guard) challenge(req *http.Request, header http.Header) {
	all := httpsyntax.ParseChallenges(header.Values("WWW-Authenticate"))
	i := slices.IndexFunc(all, func(c httpsyntax.Challenge) bool { return c.Scheme == "bearer" && c.Param("realm") != "" })
	if i < 0 {
		i = slices.IndexFunc(all, func(c httpsyntax.Challenge) bool { return c.Scheme == "basic" })
	}
	if i < 0 {
		header.Del("WWW-Authenticate")
		return
	}
	best := all[i]
	g.scopes.learn(req, best.Param("scope"))
	var params []string
	for _, p := range best.Params {
		if p.Value != "" {
			params = append(params, p.Name+`="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(p.Value)+`"`)
		}
	}
	header.Set("WWW-Authenticate", strings.TrimSpace(best.Scheme+" "+strings.Join(params, ",")))
}

// keep returns a copy of a response with the begin of its body, and replaces the
// body.
func keep(resp *http.Response) *http.Response {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxChallenge))
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(b))
	own := *resp
	own.Header = resp.Header.Clone()
	own.Body = io.NopCloser(bytes.NewReader(b))
	return &own
}

// private reports whether a host is an address that is not reached from everywhere.
// Names are not resolved.
func private(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
}

// token sends a request to the token server. It is repeated if the server is busy, and
// once if there is no response.
func (g guard) token(req *http.Request) (*http.Response, error) {
	switch realm := req.URL.Hostname(); {
	case g.target.Scheme == "https" && req.URL.Scheme != "https":
		return nil, errDowngrade
	case realm != g.target.Hostname() && private(realm) && !private(g.target.Hostname()):
		return nil, errPrivate
	case req.Response != nil && req.Response.Request.URL.Host != req.URL.Host:
		return nil, errElsewhere
	}
	body, err := g.rescope(req)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		if body != nil {
			req.Body = io.NopCloser(strings.NewReader(*body))
		}
		resp, err := g.RoundTripper.RoundTrip(req)
		if try == maxTokenTries || err != nil && try > 1 || err == nil && !busy(resp.StatusCode) {
			return bound(resp, several(req, body)), err
		}
		if resp != nil {
			resp.Body.Close()
		}
		if httpclient.Sleep(req.Context(), tokenWait(resp, try)) != nil {
			return nil, cmp.Or(err, req.Context().Err())
		}
	}
}

// busy reports whether a token server or a gateway says to ask again.
func busy(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || httpclient.Gateway(status)
}

// tokenWait returns how long to wait after a response of a token server, or nil: as
// it asks, or longer with each try.
func tokenWait(resp *http.Response, try int) time.Duration {
	wait := time.Second << (try - 1)
	if resp != nil {
		if asked, given := httpsyntax.RetryAfter(resp.Header.Values("Retry-After"), time.Now()); given {
			wait = asked
		}
	}
	return min(wait, maxTokenWait)
}

// bound bounds the body of a response of the token server, if there is one. A 403 to a
// request for several scopes is made a 401, after which the library requests the needed
// ones alone.
func bound(resp *http.Response, several bool) *http.Response {
	if resp == nil {
		return nil
	}
	resp.Body = bounded{io.LimitReader(resp.Body, maxToken), resp.Body}
	if several && resp.StatusCode == http.StatusForbidden {
		resp.StatusCode = http.StatusUnauthorized
	}
	return resp
}

// several reports whether a token request, with its body if it has one, is for more than
// one scope.
func several(req *http.Request, body *string) bool {
	form := req.URL.Query()
	if body != nil {
		form, _ = url.ParseQuery(*body)
	}
	return len(strings.Fields(strings.Join(form["scope"], " "))) > 1
}

// rescope replaces the scope of a token request, if the user gives one, and
// returns its body.
func (g guard) rescope(req *http.Request) (*string, error) {
	var body *string
	if req.Body != nil && req.Method == http.MethodPost {
		b, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		text := string(b)
		if form, err := url.ParseQuery(text); err == nil && g.scope != "" {
			form.Set("scope", g.scope)
			text = form.Encode()
		}
		req.ContentLength = int64(len(text))
		body = &text
	}
	if g.scope != "" && req.Method == http.MethodGet {
		own := *req.URL
		q := own.Query()
		q["scope"] = strings.Fields(g.scope)
		own.RawQuery = q.Encode()
		req.URL = &own
	}
	return body, nil
}

type bounded struct {
	io.Reader
	io.Closer
}

// sendError is an error of the request to the registry, as opposed to the
// requests to the token server.
type sendError struct{ err error }

func (e *sendError) Error() string { return e.err.Error() }
func (e *sendError) Unwrap() error { return e.err }

// transport authenticates requests. It distinguishes errors of the login from
// those of the request, and returns the 401 that the registry sent, or the 403, rather
// than what the library makes of it.
type transport struct {
	guard   guard
	library func() http.RoundTripper // without tokens

	mu  sync.Mutex
	now http.RoundTripper // the library with the tokens so far
}

// RoundTrip implements http.RoundTripper. A request with http to a registry with https has
// no credentials: anyone can read it.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.guard.target.Scheme == "https" && req.URL.Scheme != "https" {
		return t.guard.RoundTripper.RoundTrip(req)
	}
	x := &exchange{url: *req.URL}
	ctx := context.WithValue(req.Context(), exchangeKey{}, x)
	required, all, known := t.guard.scopes.get(req)
	ctx = ociauth.ContextWithRequestInfo(ctx, ociauth.RequestInfo{RequiredScope: required})
	ctx = ociauth.ContextWithScope(ctx, all)
	library := t.current()
	resp, err := library.RoundTrip(req.WithContext(ctx))
	var sent *sendError
	switch {
	case err == nil && x.denied != nil:
		resp.Body.Close()
		if again := replay(req); x.stale && again != nil && !all.IsEmpty() && t.guard.scopes.narrowed() {
			t.forget(library)
			return t.narrow(again)
		}
		return x.denied, nil
	case err == nil:
		if known && x.stale {
			t.forget(library)
		}
		return resp, nil
	case errors.As(err, &sent):
		return nil, sent.err
	case req.Context().Err() != nil:
		return nil, err
	}
	t.guard.scopes.forget(req) // a scope without a token must not be part of later requests
	return nil, &httpclient.Error{Kind: httpclient.Login, Message: "logging in to the registry: " + err.Error(), Err: err}
}

// narrow sends a request again with a token of the scope that it needs alone, which a
// token server that reads only the first of several scopes gives.
func (t *transport) narrow(req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTrip(req)
	if err != nil || resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		t.guard.scopes.widen()
	}
	return resp, err
}

// replay returns a request to send again, or nil if its body cannot be read again.
func replay(req *http.Request) *http.Request {
	again := req.Clone(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return again
	}
	if req.GetBody == nil {
		return nil
	}
	var err error
	if again.Body, err = req.GetBody(); err != nil {
		return nil
	}
	return again
}

func (t *transport) current() http.RoundTripper {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// forget drops the tokens of the library: the registry refused one of them that has
// the scope of the request, and the library would send it until its stated expiry.
func (t *transport) forget(library http.RoundTripper) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now == library {
		t.now = t.library()
	}
}
