package httpclient

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ocispec/ocispec/result"
)

// Bounds on the recorded part of a body, and on that in which credentials are looked for,
// in bytes.
const (
	maxSearched = 8 << 10
	maxText     = 2 << 10
	maxBinary   = 256
)

// record returns the record of a request and its outcome.
func (c *Client) record(req *Request, a *attempt, secrets *redactor) result.Exchange {
	if c.opts.Brief {
		return brief(req, a)
	}
	sent := *req
	sent.Header = c.sentHeader(req)
	framed := sent.Header.Clone()
	frame(framed, req, a.resp)
	body := recordBody(req.payload(), "", secrets)
	ex := result.Exchange{
		Request: result.Request{
			Method: req.Method,
			URL:    secrets.text(target(req.URL)),
			Header: secrets.header(framed),
			Body:   body,
		},
		Curl: curl(&sent, body, secrets),
	}
	if a.err != nil {
		ex.Error = a.err.Message
	}
	if resp := a.resp; resp != nil {
		ex.Response = &result.Response{
			Proto:   resp.Proto,
			Status:  resp.Status,
			Header:  secrets.header(resp.Header),
			Body:    recordBody(resp.payload(), resp.Problem, secrets),
			Elapsed: resp.Elapsed,
		}
	}
	return ex
}

// brief returns a record as Options.Brief describes it.
func brief(req *Request, a *attempt) result.Exchange {
	ex := result.Exchange{Request: result.Request{Method: req.Method, URL: target(req.URL)}}
	if a.err != nil {
		ex.Error = a.err.Message
	}
	if resp := a.resp; resp != nil {
		ex.Response = &result.Response{Proto: resp.Proto, Status: resp.Status, Header: resp.Header, Elapsed: resp.Elapsed}
	}
	return ex
}

// sentHeader returns the header fields sent, except those that frame the
// message.
func (c *Client) sentHeader(req *Request) http.Header {
	h := http.Header{}
	if c.opts.UserAgent != "" {
		h.Set("User-Agent", c.opts.UserAgent)
	}
	for name, values := range req.Header {
		switch http.CanonicalHeaderKey(name) {
		case "Content-Length":
		case "User-Agent":
			delete(h, "User-Agent")
			if len(values) > 0 && values[0] != "" {
				h["User-Agent"] = slices.Clone(values)
			}
		default:
			if len(values) > 0 {
				h[name] = slices.Clone(values)
			}
		}
	}
	return h
}

// frame adds the fields by which net/http frames the body.
func frame(h http.Header, req *Request, resp *Response) {
	switch {
	case !req.Chunked && (req.payload().size() > 0 || hasContent(req.Method)):
		h["Content-Length"] = []string{strconv.FormatInt(req.payload().size(), 10)}
	case req.Chunked && (resp == nil || strings.HasPrefix(resp.Proto, "HTTP/1.")):
		h["Transfer-Encoding"] = []string{"chunked"}
	}
}

// hasContent reports whether a request with an empty body has a Content-Length
// (RFC 9110, section 8.6).
func hasContent(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// recordBody records the beginning of a body. It returns nil for an empty body
// without a problem.
func recordBody(p payload, problem string, secrets *redactor) *result.Body {
	size := p.size()
	if size == 0 && problem == "" {
		return nil
	}
	rec := &result.Body{Size: size, Problem: problem}
	shown := secrets.body(p.beginning(maxSearched))
	cut := size > maxSearched
	if text, ok := printable(shown, maxText); ok {
		rec.Text = text
		cut = cut || len(text) < len(shown)
	} else {
		rec.Base64 = shown[:min(len(shown), maxBinary)]
		cut = cut || len(shown) > maxBinary
	}
	if cut {
		rec.Digest = p.digest()
	}
	return rec
}

// printable returns at most max bytes of b as text, and whether they are
// printable.
func printable(b []byte, max int) (string, bool) {
	if len(b) > max {
		n := max
		for n > max-utf8.UTFMax && !utf8.RuneStart(b[n]) {
			n--
		}
		b = b[:n]
	}
	s := string(b)
	return s, utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) && r != '\n' && r != '\r' && r != '\t'
	})
}
