package faultproxy

import (
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Forward returns a handler that asks the server at a URL. The server sees the
// host that the client has asked for, so that it names the proxy where it
// names itself.
func Forward(server *url.URL, rt http.RoundTripper) http.Handler {
	return &httputil.ReverseProxy{
		Transport:     rt,
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(server)
			r.Out.Host = r.In.Host
		},
	}
}
