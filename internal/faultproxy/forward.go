package faultproxy

import (
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Forward returns a handler that forwards requests to the server at a URL. It
// keeps the Host of the client's request, so that absolute URLs in responses
// name the proxy.
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
