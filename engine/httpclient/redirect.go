package httpclient

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// redirect returns the next request of a redirect, or nil if the response is
// final (RFC 9110, section 15.4).
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
		return nil, errorf(Redirect, "status %d with multiple Location headers", resp.Status)
	}
	to, err := httpsyntax.Resolve(req.URL, locations[0])
	if err != nil {
		return nil, errorf(Redirect, "status %d with an invalid Location: %v", resp.Status, err)
	}
	if req.URL.Scheme == "https" && to.Scheme != "https" {
		return nil, errorf(Redirect, "redirect from https to %s not followed", to.Scheme)
	}
	next := *req
	next.URL = to
	next.Header = req.Header.Clone()
	if origin(req.URL) != origin(to) {
		c.dropBound(next.Header)
	}
	if method := redirected(resp.Status, req.Method); method != req.Method {
		next.Method, next.Body, next.Stream, next.Chunked = method, nil, nil, false
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

// dropBound removes the header fields that are specific to one origin.
func (c *Client) dropBound(h http.Header) {
	for name := range h {
		if c.isSecret(name) || http.CanonicalHeaderKey(name) == "Host" {
			delete(h, name)
		}
	}
}

// dropContent removes the header fields that describe the removed body.
func dropContent(h http.Header) {
	for name := range h {
		switch key := http.CanonicalHeaderKey(name); {
		case strings.HasPrefix(key, "Content-"), key == "Digest", key == "Repr-Digest",
			key == "Last-Modified", key == "Expect":
			delete(h, name)
		}
	}
}
