package engine

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// Probe sends a GET request to the probe path of the release, if it defines
// one, to find out whether there is a registry that can be tested. It returns an
// error that says what to set if there is no response, the response is not that
// of a registry, or the credentials are rejected. A 403 and a 429 are no errors:
// a registry can protect the probe path alone, and is there.
func Probe(ctx context.Context, rel *release.Release, target Target, client Doer) error {
	if rel.Probe == "" {
		return nil
	}
	resp, err := get(ctx, target, client, rel.Probe)
	switch {
	case httpclient.KindOf(err) == httpclient.TooMany:
		return nil // the registry responded
	case err != nil:
		return advise(err, target.URL.Scheme)
	}
	at := fmt.Sprintf("GET %s returned %d %s", match.Cut(rel.Probe), resp.Status, http.StatusText(resp.Status))
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.Status == http.StatusProxyAuthRequired:
		return fmt.Errorf("the proxy needs a login: %s; set its URL with a user name and a password", at)
	case resp.Status == http.StatusUnauthorized:
		return fmt.Errorf("credentials rejected: %s; set a user name and a password", at)
	case resp.Status == http.StatusBadRequest && target.URL.Scheme == "http" && strings.Contains(strings.ToLower(string(resp.Body)), "https"):
		return fmt.Errorf("it speaks HTTPS: set its URL with https:// (%s)", at)
	case resp.Status == http.StatusNotFound && !errorOf(rel, resp) && !lists(ctx, rel, target, client):
		return fmt.Errorf("no registry there: %s; check the URL", at)
	case successful(resp.Status) && kind == "text/html":
		return fmt.Errorf("no registry there: %s with a page in HTML; check the URL", at)
	}
	return nil
}

// get sends a GET request outside of any case.
func get(ctx context.Context, target Target, client Doer, path string) (*httpclient.Response, error) {
	u, err := target.resolve(path)
	if err != nil {
		return nil, err
	}
	resp, _, err := client.Do(ctx, &httpclient.Request{Method: http.MethodGet, URL: u, Header: http.Header{}})
	return resp, err
}

// valueAt returns the value at a JSON pointer in the body of a response.
func valueAt(resp *httpclient.Response, pointer string) (any, bool) {
	doc, err := (&match.Received{Body: resp.Body}).JSON()
	if err != nil {
		return nil, false
	}
	return match.Pointer(doc, pointer)
}

// errorOf reports whether a response has an error in the form of the release.
func errorOf(rel *release.Release, resp *httpclient.Response) bool {
	if rel.Error == nil {
		return false
	}
	_, ok := valueAt(resp, rel.Error.Code)
	return ok
}

// lists reports whether a list from which given values are taken responds as that
// of a registry, even if with an error.
func lists(ctx context.Context, rel *release.Release, target Target, client Doer) bool {
	for _, g := range rel.Given {
		path, err := g.From.Expand(repoEnv(target))
		if err != nil || path == "" {
			continue
		}
		resp, err := get(ctx, target, client, path)
		if err == nil && (resp.Status != http.StatusNotFound || errorOf(rel, resp)) {
			return true
		}
	}
	return false
}

// advise adds to an error what to set.
func advise(err error, scheme string) error {
	switch text := err.Error(); {
	case scheme == "https" && (strings.Contains(text, "HTTP response to HTTPS client") || strings.Contains(text, "does not look like a TLS handshake")):
		return fmt.Errorf("it speaks HTTP: set its URL with http:// (%w)", err)
	case strings.Contains(text, http.StatusText(http.StatusProxyAuthRequired)):
		return fmt.Errorf("the proxy needs a login; set its URL with a user name and a password (%w)", err)
	case strings.Contains(text, "certificate required"), strings.Contains(text, "remote error: tls: bad certificate"):
		return fmt.Errorf("%w; set a client certificate that it trusts with --cert and --key", err)
	case strings.Contains(text, "certificate"):
		return fmt.Errorf("%w; trust its certificate with --ca, or do not verify it with --insecure", err)
	}
	return err
}
