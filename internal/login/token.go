package login

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// maxToken bounds the response of a token server, in bytes.
const maxToken = 1 << 20

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
