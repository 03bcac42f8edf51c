// Package login adds credentials to requests in the ways in which registries
// ask for them: basic authentication, and tokens from the server that a
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

// Credentials are those of one registry. Without a user name those of docker
// login are taken, as its files and helpers have them.
type Credentials struct {
	Username, Password string
}

// Login adds credentials to requests.
type Login struct {
	// Wrap adds credentials to what a transport sends.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Secrets are the texts that must not be shown.
	Secrets []string
}

// New returns how to log in to a registry. The error is about the files of
// docker login.
func New(target *url.URL, c Credentials) (*Login, error) {
	conf := config{host: target.Host}
	l := &Login{}
	if c.Username != "" || c.Password != "" {
		conf.own = ociauth.ConfigEntry{Username: c.Username, Password: c.Password}
	} else {
		docker, err := ociauth.Load(nil)
		if err != nil {
			return nil, fmt.Errorf("the credentials of docker login cannot be read: %w", err)
		}
		conf.docker = docker
		if conf.own, err = docker.EntryForRegistry(target.Host); err != nil {
			return nil, fmt.Errorf("the credentials of docker login for %s cannot be read: %w", target.Host, err)
		}
	}
	l.Secrets = secrets(conf.own)
	l.Wrap = func(rt http.RoundTripper) http.RoundTripper {
		auth := ociauth.NewStdTransport(ociauth.StdTransportParams{Config: conf, Transport: guard{rt, target}})
		return transport{auth}
	}
	return l, nil
}

// secrets lists what credentials look like in requests.
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

// config gives the credentials of the registry to that host alone. Other hosts,
// which redirects may lead to, get those that docker login has for them.
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

// maxToken bounds the answer of a token server, in bytes.
const maxToken = 1 << 20

// errDowngrade is the refusal to send credentials in clear text for a registry
// that is reached by https.
var errDowngrade = errors.New("it asks for the credentials without encryption, at a token server with http: refused")

// asked is the key of the request that login is for, in the context.
type asked struct{}

// guard is in front of what a registry's challenge makes us send.
type guard struct {
	http.RoundTripper
	target *url.URL
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if u, _ := req.Context().Value(asked{}).(*url.URL); u != nil && *u == *req.URL {
		resp, err := g.RoundTripper.RoundTrip(req)
		if err != nil {
			err = &sendError{err}
		}
		return resp, err
	}
	// Anything else is for the token server.
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

// sendError is an error of sending the request itself.
type sendError struct{ err error }

func (e *sendError) Error() string { return e.err.Error() }
func (e *sendError) Unwrap() error { return e.err }

// transport tells errors of logging in from those of the request itself, since
// only the latter can be the fault of the registry's API.
type transport struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	u := *req.URL
	resp, err := t.RoundTripper.RoundTrip(req.WithContext(context.WithValue(req.Context(), asked{}, &u)))
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
