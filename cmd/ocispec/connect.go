package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/httpsyntax"
	"github.com/ocispec/ocispec/internal/settings"
)

// registryURL parses the name of a registry. Without a scheme, tls decides.
func registryURL(name, tls string) (*url.URL, error) {
	if !strings.Contains(name, "://") {
		scheme := "https://"
		if tls == "disabled" || tls == "" && loopback(name) {
			scheme = "http://"
		}
		name = scheme + name
	}
	u, err := url.Parse(name)
	switch {
	case err != nil:
		return nil, usage("--registry: not a URL; an IPv6 address is in brackets, as in [::1]:5000")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, usage("--registry: the scheme has to be http or https, not %q", u.Scheme)
	case u.Host == "":
		return nil, usage("--registry %q names no host", u.Redacted())
	case u.User != nil:
		return nil, usage("--registry must not have credentials in it: use OCISPEC_USERNAME and OCISPEC_PASSWORD")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, usage("--registry %q: a query or a fragment cannot be part of it", name)
	}
	if err := httpsyntax.CheckHost(u); err != nil {
		return nil, usage("--registry %q: %v", name, err)
	}
	return u.JoinPath("/"), nil
}

// loopback reports whether a host with an optional port and path is this one.
func loopback(name string) bool {
	u, err := url.Parse("//" + name)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// tlsConfig returns the certificates to trust and to present.
func tlsConfig(set *settings.Settings) (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: insecure(set)}
	if name := set.Text("ca"); name != "" {
		pem, err := os.ReadFile(name)
		if err != nil {
			return nil, usage("%s: %v", set.Origin("ca"), err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, usage("%s: %s has no certificate in PEM", set.Origin("ca"), name)
		}
	}
	cert, key := set.Text("cert"), set.Text("key")
	if cert == "" && key != "" {
		return nil, usage("%s: a key without a certificate: set --cert too", set.Origin("key"))
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, first(key, cert))
		if err != nil {
			return nil, usage("%s: %v", set.Origin("cert"), err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

func insecure(set *settings.Settings) bool { return set.Text("tls") == "insecure" }

// proxy returns the proxy of the settings, or nil if the environment decides.
func proxy(set *settings.Settings) (func(*http.Request) (*url.URL, error), error) {
	switch text := set.Text("proxy"); text {
	case "":
		return nil, nil
	case "none":
		return http.ProxyURL(nil), nil
	default:
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) {
			return nil, usage("%s: not the URL of a proxy; want http://HOST:PORT, https://HOST:PORT, socks5://HOST:PORT or none", set.Origin("proxy"))
		}
		return http.ProxyURL(u), nil
	}
}

// proxySecrets returns the forms in which the passwords of proxies can appear.
func proxySecrets(set *settings.Settings) []string {
	var secrets []string
	for _, text := range []string{
		set.Text("proxy"), os.Getenv("HTTP_PROXY"), os.Getenv("HTTPS_PROXY"), os.Getenv("http_proxy"), os.Getenv("https_proxy"),
	} {
		u, err := url.Parse(text)
		if err != nil {
			continue
		}
		if password, ok := u.User.Password(); ok && password != "" {
			basic := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password))
			secrets = append(secrets, password, basic)
		}
	}
	return secrets
}
