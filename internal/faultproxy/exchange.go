package faultproxy

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// exchange is a request and its response.
type exchange struct {
	p  *Proxy
	in *http.Request // as received
	// path and query are those of the request, without the prefix of a redirected
	// URL.
	path       string
	query      url.Values
	redirected bool
	body       []byte
	req        *http.Request // as forwarded
	out        []byte        // body of req
	picked     []*pick
	resp       *response
}

// detour is the path prefix of redirect targets.
const detour = "/-redirected"

func newExchange(p *Proxy, r *http.Request) *exchange {
	x := &exchange{p: p, in: r, req: r.Clone(r.Context())}
	if rest, ok := strings.CutPrefix(r.URL.Path, detour); ok && strings.HasPrefix(rest, "/") {
		x.redirected = true
		x.req.URL.Path = rest
		x.req.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, detour)
	}
	x.path = x.req.URL.Path
	x.query = x.req.URL.Query()
	return x
}

// read reads the body of the request, and aborts the exchange if it exceeds
// maxBody.
func (x *exchange) read() {
	b, err := io.ReadAll(io.LimitReader(x.in.Body, maxBody+1))
	if err != nil || len(b) > maxBody {
		panic(http.ErrAbortHandler)
	}
	x.body, x.out = b, b
}

// forward sends the request to the server and returns the response.
func (x *exchange) forward() *response {
	return x.send(x.req, x.out)
}

func (x *exchange) send(r *http.Request, body []byte) *response {
	r = r.Clone(context.WithoutCancel(r.Context()))
	r.Body = io.NopCloser(bytes.NewReader(body))
	if int64(len(body)) != r.ContentLength && r.ContentLength >= 0 {
		r.ContentLength = int64(len(body))
		r.Header.Set("Content-Length", itoa(len(body)))
	}
	rec := &recorder{header: http.Header{}}
	x.p.next.ServeHTTP(rec, r)
	return rec.response(r.Method)
}

// redirect returns a redirect response whose target is the requested URL below
// detour.
func (x *exchange) redirect(to *RedirectTo) *response {
	loc := url.URL{Path: detour + x.req.URL.Path, RawQuery: x.in.URL.RawQuery}
	if x.req.URL.RawPath != "" {
		loc.RawPath = detour + x.req.URL.RawPath
	}
	if to.Host != "" {
		loc.Scheme = "http"
		if x.in.TLS != nil {
			loc.Scheme = "https"
		}
		loc.Host = to.Host
		if port := (&url.URL{Host: x.in.Host}).Port(); port != "" {
			loc.Host += ":" + port
		}
	}
	return &response{status: cmp.Or(to.Status, http.StatusTemporaryRedirect), header: http.Header{"Location": {loc.String()}}, cut: -1}
}

// also sends the additional requests of an alteration that are to be sent
// before the request (first) or after the response.
func (x *exchange) also(k *pick, first bool) {
	for i := range k.Also {
		a := &k.Also[i]
		if a.First != first {
			continue
		}
		r := x.req.Clone(x.req.Context())
		r.Header = http.Header{}
		if a.Method != "" {
			r.Method = a.Method
		}
		if a.Path != "" {
			r.URL = &url.URL{Path: k.expand(a.Path)}
		}
		q := url.Values{}
		for name, vs := range a.Query {
			q[name] = k.expandAll(vs)
		}
		r.URL.RawQuery = q.Encode()
		r.RequestURI = r.URL.RequestURI()
		for name, vs := range a.Header {
			r.Header[http.CanonicalHeaderKey(name)] = k.expandAll(vs)
		}
		body := []byte(k.expand(a.Body))
		r.ContentLength = int64(len(body))
		r.TransferEncoding = nil
		x.send(r, body)
	}
}

// editRequest changes the request that will be forwarded.
func (x *exchange) editRequest(k *pick) {
	e := k.Request
	if e == nil {
		return
	}
	if e.Method != "" {
		x.req.Method = e.Method
	}
	if e.Path != nil {
		x.req.URL.Path, x.req.URL.RawPath = k.rewrite(e.Path, x.req.URL.Path), ""
	}
	if e.Query != nil {
		q := x.req.URL.Query()
		for _, name := range e.Query.Remove {
			q.Del(name)
		}
		for name, vs := range e.Query.Set {
			q[name] = k.expandAll(vs)
		}
		x.req.URL.RawQuery = q.Encode()
	}
	x.req.RequestURI = x.req.URL.RequestURI()
	if e.Header != nil {
		k.editHeader(e.Header, x.req.Header)
	}
	if e.Body != nil {
		x.out = k.editBody(e.Body, x.out)
	}
}
