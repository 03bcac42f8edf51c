package login

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// maxChallenge bounds the body of a 401, in bytes.
const maxChallenge = 1 << 16

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
