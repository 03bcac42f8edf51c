package httpclient

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// redirect returns the request that a response sends a client to, or nil if the
// response is final (RFC 9110, 15.4).
func (c *Client) redirect(req *Request, resp *Response) (*Request, *Error) {
	switch resp.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	locations := resp.Header.Values("Location")
	if len(locations) == 0 || c.limits.Redirects < 0 {
		return nil, nil
	}
	if len(slices.Compact(slices.Clone(locations))) > 1 {
		return nil, errorf(Redirect, "status %d with several Location headers", resp.Status)
	}
	to, err := httpsyntax.Resolve(req.URL, locations[0])
	if err != nil {
		return nil, errorf(Redirect, "status %d with a Location to which no request can be sent: %v", resp.Status, err)
	}
	if req.URL.Scheme == "https" && to.Scheme != "https" {
		return nil, errorf(Redirect, "a redirect from https to %s is not followed", to.Scheme)
	}
	next := *req
	next.URL = to
	next.Header = req.Header.Clone()
	if origin(req.URL) != origin(to) {
		c.dropBound(next.Header)
	}
	if method := redirected(resp.Status, req.Method); method != req.Method {
		next.Method, next.Body, next.Chunked = method, nil, false
		dropContent(next.Header)
	}
	return &next, nil
}

func redirected(status int, method string) string {
	switch {
	case status == http.StatusSeeOther && method != http.MethodHead,
		method == http.MethodPost && (status == http.StatusMovedPermanently || status == http.StatusFound):
		return http.MethodGet
	}
	return method
}

// dropBound removes what is meant for one origin only.
func (c *Client) dropBound(h http.Header) {
	for name := range h {
		if c.isSecret(name) || http.CanonicalHeaderKey(name) == "Host" {
			delete(h, name)
		}
	}
}

// dropContent removes what describes a body that is no longer sent.
func dropContent(h http.Header) {
	for name := range h {
		switch key := http.CanonicalHeaderKey(name); {
		case strings.HasPrefix(key, "Content-"), key == "Digest", key == "Repr-Digest",
			key == "Last-Modified", key == "Expect":
			delete(h, name)
		}
	}
}
