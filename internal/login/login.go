// Package login authenticates requests by the challenges that registries send:
// basic authentication, and bearer tokens from the token server that a
// challenge names.
package login

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ociauth"
)

// Credentials are the credentials for one registry. Without user name and
// password, New uses those of docker login from its configuration file and
// credential helpers.
type Credentials struct {
	Username, Password string
	// HelperTime bounds the time of a credential helper; 0 means 30 s.
	HelperTime time.Duration
	// Scope, if not empty, replaces the scope of every token.
	Scope string
	// Repository matches URL paths within a repository; its first group is the
	// name. Requests to the same repository are taken to need the same scope. If
	// it is nil, that holds for requests with the same path.
	Repository *regexp.Regexp
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
	conf := config{scheme: target.Scheme}
	conf.host = conf.canonical(target.Host)
	l := &Login{}
	if c.Username != "" || c.Password != "" {
		conf.own = ociauth.ConfigEntry{Username: c.Username, Password: c.Password}
	} else {
		var err error
		if conf.own, err = stored(conf.host, helper{c.HelperTime}.run); err != nil {
			return nil, fmt.Errorf("reading the credentials of docker login for %s: %w", conf.host, err)
		}
	}
	l.Secrets = secrets(conf.own)
	l.Wrap = func(rt http.RoundTripper) http.RoundTripper {
		g := guard{RoundTripper: rt, target: target, scope: c.Scope, scopes: newScopes(target, c.Repository)}
		library := func() http.RoundTripper {
			return ociauth.NewStdTransport(ociauth.StdTransportParams{Config: conf, Transport: g})
		}
		return &transport{guard: g, library: library, now: library()}
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

// config returns the credentials of the registry to that host alone: a redirect
// or a Location to another host gets none.
type config struct {
	scheme, host string
	own          ociauth.ConfigEntry
}

// canonical returns a host in lower case, without the default port.
func (c config) canonical(host string) string {
	port := map[string]string{"http": ":80", "https": ":443"}[c.scheme]
	return strings.TrimSuffix(strings.ToLower(host), port)
}

// EntryForRegistry implements ociauth.Config.
func (c config) EntryForRegistry(host string) (ociauth.ConfigEntry, error) {
	if c.canonical(host) == c.host {
		return c.own, nil
	}
	return ociauth.ConfigEntry{}, nil
}
