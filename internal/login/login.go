// Package login authenticates requests by the challenges that registries send:
// basic authentication, and bearer tokens from the token server that a
// challenge names.
package login

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"cuelabs.dev/go/oci/ociregistry/ociauth"

	"github.com/ocispec/ocispec/engine/httpclient"
)

// Credentials are the credentials for one registry. Without user name and
// password, New uses those of docker login from its configuration file and
// credential helpers.
type Credentials struct {
	Username, Password string
}

// Login authenticates requests.
type Login struct {
	// Wrap returns a transport that adds credentials to requests.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Secrets lists the strings that must not appear in output.
	Secrets []string
}

// New returns a Login for the registry at target. It returns an error if the
// credentials of docker login cannot be read.
func New(target *url.URL, c Credentials) (*Login, error) {
	conf := config{host: target.Host}
	l := &Login{}
	if c.Username != "" || c.Password != "" {
		conf.own = ociauth.ConfigEntry{Username: c.Username, Password: c.Password}
	} else {
		docker, err := ociauth.Load(nil)
		if err != nil {
			return nil, fmt.Errorf("reading the credentials of docker login: %w", err)
		}
		conf.docker = docker
		if conf.own, err = docker.EntryForRegistry(target.Host); err != nil {
			return nil, fmt.Errorf("reading the credentials of docker login for %s: %w", target.Host, err)
		}
	}
	l.Secrets = secrets(conf.own)
	l.Wrap = func(rt http.RoundTripper) http.RoundTripper {
		auth := ociauth.NewStdTransport(ociauth.StdTransportParams{Config: conf, Transport: guard{rt, target}})
		return transport{auth}
	}
	return l, nil
}

// secrets returns the forms in which credentials appear in requests.
func secrets(e ociauth.ConfigEntry) []string {
	var all []string
	for _, s := range []string{e.Password, e.AccessToken, e.RefreshToken} {
		if s != "" {
			all = append(all, s)
		}
	}
	if e.Password != "" {
		all = append(all, base64.StdEncoding.EncodeToString([]byte(e.Username+":"+e.Password)))
	}
	return all
}

// config provides the credentials of the registry for its host only. For other
// hosts, which redirects can lead to, it provides those of docker login.
type config struct {
	host   string
	own    ociauth.ConfigEntry
	docker *ociauth.ConfigFile
}

// EntryForRegistry implements ociauth.Config.
func (c config) EntryForRegistry(host string) (ociauth.ConfigEntry, error) {
	switch {
	case host == c.host:
		return c.own, nil
	case c.docker != nil:
		return c.docker.EntryForRegistry(host)
	}
	return ociauth.ConfigEntry{}, nil
}

// maxToken bounds the response body of a token server, in bytes.
const maxToken = 1 << 20

// errDowngrade is returned instead of sending the credentials of an https
// registry in clear text.
var errDowngrade = errors.New("the challenge of an https registry names a token server with http: credentials are not sent without encryption")

// originalURL is the context key for the URL of the request that is to be
// authenticated.
type originalURL struct{}

// guard is a transport that limits the requests to token servers.
type guard struct {
	http.RoundTripper
	target *url.URL
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if u, _ := req.Context().Value(originalURL{}).(*url.URL); u != nil && *u == *req.URL {
		resp, err := g.RoundTripper.RoundTrip(req)
		if err != nil {
			err = &sendError{err}
		}
		return resp, err
	}
	// All other requests are for the token server.
	if g.target.Scheme == "https" && req.URL.Scheme != "https" {
		return nil, errDowngrade
	}
	resp, err := g.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = bounded{io.LimitReader(resp.Body, maxToken), resp.Body}
	}
	return resp, err
}

type bounded struct {
	io.Reader
	io.Closer
}

// sendError is an error of sending the request itself, not of authentication.
type sendError struct{ err error }

func (e *sendError) Error() string { return e.err.Error() }
func (e *sendError) Unwrap() error { return e.err }

// transport distinguishes authentication errors from errors of the request
// itself, since only the latter can be a fault of the registry's API.
type transport struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	u := *req.URL
	resp, err := t.RoundTripper.RoundTrip(req.WithContext(context.WithValue(req.Context(), originalURL{}, &u)))
	var sent *sendError
	switch {
	case err == nil:
		return resp, nil
	case errors.As(err, &sent):
		return nil, sent.err
	case req.Context().Err() != nil:
		return nil, err
	}
	return nil, &httpclient.Error{Kind: httpclient.Network, Message: "logging in to the registry: " + err.Error(), Err: err}
}
