package faultproxy

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

// response is a buffered response. Its header has no Content-Length if that is
// the length of the body.
type response struct {
	status  int
	header  http.Header
	body    []byte
	chunked bool
	// cut is the number of body bytes after which the connection is closed; -1
	// means never.
	cut int
}

func (r *response) clone() *response {
	c := *r
	c.header, c.body = r.header.Clone(), bytes.Clone(r.body)
	return &c
}

// recorder is an http.ResponseWriter that buffers the response of a handler.
type recorder struct {
	header  http.Header
	sent    http.Header
	status  int
	body    []byte
	chunked bool
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status, r.sent = status, r.header.Clone()
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if len(r.body)+len(p) > maxBody {
		panic(http.ErrAbortHandler)
	}
	r.body = append(r.body, p...)
	return len(p), nil
}

// Flush implements http.Flusher. It records that the handler sends a body
// without Content-Length.
func (r *recorder) Flush() {
	r.WriteHeader(http.StatusOK)
	r.chunked = r.chunked || r.sent.Get("Content-Length") == ""
}

func (r *recorder) response(method string) *response {
	r.WriteHeader(http.StatusOK)
	if method != http.MethodHead {
		r.sent.Del("Content-Length")
	}
	r.sent.Del("Transfer-Encoding")
	return &response{r.status, r.sent, r.body, r.chunked, -1}
}

// ownResponse returns the response of Alteration.Respond.
func (k *pick) ownResponse() *response {
	a := k.Respond
	r := &response{status: cmp.Or(a.Status, http.StatusOK), header: http.Header{}, body: []byte(k.expand(a.Body)), cut: -1}
	for name, vs := range a.Header {
		r.header[http.CanonicalHeaderKey(name)] = k.expandAll(vs)
	}
	return r
}

// editResponse changes r as the alteration states.
func (k *pick) editResponse(r *response) {
	e := k.Response
	if e.Body != nil {
		r.body = k.editBody(e.Body, r.body)
		r.describe(k.vars)
	}
	if e.Header != nil {
		k.editHeader(e.Header, r.header)
		r.chunked = r.chunked || slices.ContainsFunc(e.Header.Remove, func(n string) bool {
			return http.CanonicalHeaderKey(n) == "Content-Length"
		})
	}
	if e.Status != 0 {
		r.status = e.Status
	}
	r.chunked = r.chunked || e.Chunked
	if e.Cut != nil {
		r.cut = *e.Cut
	}
}

// write sends the response. It panics with http.ErrAbortHandler to close the
// connection.
func (r *response) write(w http.ResponseWriter, req *http.Request) {
	h := w.Header()
	for name, vs := range r.header {
		h[name] = vs
	}
	if len(r.header.Values("Content-Type")) == 0 {
		h["Content-Type"] = nil // prevents content sniffing
	}
	body := r.body
	if req.Method == http.MethodHead || r.status == http.StatusNoContent || r.status == http.StatusNotModified {
		w.WriteHeader(r.status)
		return
	}
	lie, err := strconv.Atoi(h.Get("Content-Length"))
	switch {
	case r.chunked:
		h.Del("Content-Length")
	case h.Get("Content-Length") == "":
		h.Set("Content-Length", itoa(len(body)))
	case err != nil:
		h.Set("Content-Length", itoa(len(body))) // net/http cannot send an invalid value
	default:
		body = body[:min(max(lie, 0), len(body))]
	}
	if r.cut >= 0 {
		body = body[:min(r.cut, len(body))]
	}
	w.WriteHeader(r.status)
	flush := http.NewResponseController(w).Flush
	if r.chunked {
		_ = flush() // a writer that cannot flush has no connection
	}
	_, err = w.Write(body)
	if r.cut >= 0 || err != nil {
		_ = flush()
		panic(http.ErrAbortHandler)
	}
}

// raw sends bytes in place of a response and closes the connection.
func raw(w http.ResponseWriter, s string) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	buf.WriteString(s)
	buf.Flush()
}

// editHeader changes h as e states.
func (k *pick) editHeader(e *HeaderEdit, h http.Header) {
	for _, name := range e.Remove {
		h.Del(name)
	}
	for name, vs := range e.Set {
		h[http.CanonicalHeaderKey(name)] = k.expandAll(vs)
	}
	for name, vs := range e.Add {
		name = http.CanonicalHeaderKey(name)
		h[name] = append(h[name], k.expandAll(vs)...)
	}
	for name, r := range e.Rewrite {
		for i, v := range h.Values(name) {
			h.Values(name)[i] = k.rewrite(&r, v)
		}
	}
	for _, name := range e.Duplicate {
		name = http.CanonicalHeaderKey(name)
		h[name] = slices.Concat(h[name], h[name])
	}
	for from, to := range e.Rename {
		from = http.CanonicalHeaderKey(from)
		if vs, ok := h[from]; ok {
			delete(h, from)
			h[to] = vs
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
