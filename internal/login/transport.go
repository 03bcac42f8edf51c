package login

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"cuelabs.dev/go/oci/ociregistry/ociauth"

	"github.com/ocispec/ocispec/engine/httpclient"
)

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
