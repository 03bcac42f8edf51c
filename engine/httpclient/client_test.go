package httpclient

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
)

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

// TestSent checks the bytes of request heads.
func TestSent(t *testing.T) {
	for name, test := range map[string]struct {
		req  Request
		path string
		want string
	}{
		"get": {Request{Method: "GET"}, "/a", "GET /a HTTP/1.1\r\nHost: HOST\r\n\r\n"},
		"path as is": {Request{Method: "GET"}, "/p/../%2e%2E/a//b%2fc/./?n=%41&m=a+b&&x=;",
			"GET /p/../%2e%2E/a//b%2fc/./?n=%41&m=a+b&&x=; HTTP/1.1\r\nHost: HOST\r\n\r\n"},
		"no fragment": {Request{Method: "GET"}, "/a?#f", "GET /a? HTTP/1.1\r\nHost: HOST\r\n\r\n"},
		"header": {Request{Method: "GET", Header: http.Header{"Accept": {"a/b", "c/d"}, "x-lower": {"1"}, "Empty": {""}}}, "/",
			"GET / HTTP/1.1\r\nHost: HOST\r\nAccept: a/b\r\nAccept: c/d\r\nEmpty: \r\nx-lower: 1\r\n\r\n"},
		"host":       {Request{Method: "GET", Header: http.Header{"host": {"other.test"}}}, "/", "GET / HTTP/1.1\r\nHost: other.test\r\n\r\n"},
		"user agent": {Request{Method: "GET", Header: http.Header{"user-agent": {"x"}}}, "/", "GET / HTTP/1.1\r\nHost: HOST\r\nUser-Agent: x\r\n\r\n"},
		"body": {Request{Method: "PUT", Body: []byte("abc")}, "/",
			"PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\n"},
		"own length": {Request{Method: "PUT", Body: []byte("abc"), Header: http.Header{"content-length": {"3"}}}, "/",
			"PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\n"},
		"get with body": {Request{Method: "GET", Body: []byte("abc")}, "/",
			"GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\n"},
		"empty post":    {Request{Method: "POST"}, "/", "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n"},
		"empty put":     {Request{Method: "PUT", Body: []byte{}}, "/", "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n"},
		"empty patch":   {Request{Method: "PATCH"}, "/", "PATCH / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n"},
		"delete":        {Request{Method: "DELETE"}, "/", "DELETE / HTTP/1.1\r\nHost: HOST\r\n\r\n"},
		"other method":  {Request{Method: "brew"}, "/", "brew / HTTP/1.1\r\nHost: HOST\r\n\r\n"},
		"chunked":       {Request{Method: "PATCH", Body: []byte("abc"), Chunked: true}, "/", "PATCH / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n"},
		"empty chunked": {Request{Method: "PATCH", Chunked: true}, "/", "PATCH / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			base, heads := raw(t, func(_ int, c net.Conn, _ string) { io.WriteString(c, ok) })
			c, _ := newClient(t, Options{})
			req := test.req
			req.URL = mustURL(t, base+test.path)
			before := req.Header.Clone()
			resp, log, err := c.Do(t.Context(), &req)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(test.want, "HOST", strings.TrimPrefix(base, "http://"))
			equal(t, "head", heads()[0], want)
			equal(t, "body", string(resp.Body), "ok")
			if !reflect.DeepEqual(before, req.Header) {
				t.Error("the header was changed")
			}
			// The record equals the request as sent, except for Host.
			for name, values := range log[0].Request.Header {
				for _, v := range values {
					if !strings.Contains(strings.ToLower(want), strings.ToLower(name+": "+v+"\r\n")) {
						t.Errorf("recorded but not sent: %s: %s", name, v)
					}
				}
			}
			equal(t, "lines", strings.Count(want, "\r\n")-3+strings.Count(want, "other.test"), count(log[0].Request.Header))
		})
	}
}

func count(h http.Header) (n int) {
	for _, v := range h {
		n += len(v)
	}
	return n
}

func TestChunkedBody(t *testing.T) {
	var got string
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = fmt.Sprint(r.TransferEncoding, r.ContentLength, " ", string(b))
	})
	c, _ := newClient(t, Options{})
	req := &Request{Method: "PATCH", URL: mustURL(t, base), Body: []byte("abc"), Chunked: true}
	if _, _, err := c.Do(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	equal(t, "request", got, "[chunked] -1 abc")
}

func TestInvalid(t *testing.T) {
	h := func(name string, v ...string) http.Header { return http.Header{name: v} }
	for _, test := range []Request{
		{Method: ""},
		{Method: "GET /"},
		{Method: "CONNECT"},
		{Method: "GET", Header: h("A b", "")},
		{Method: "GET", Header: h("A", "x\r\nB: y")},
		{Method: "GET", Header: h("Host", "a", "b")},
		{Method: "PUT", Header: h("content-length", "1")},
		{Method: "PUT", Header: h("Content-Length", "0"), Chunked: true},
		{Method: "PUT", Header: h("Transfer-Encoding", "chunked")},
		{Method: "PUT", Header: h("Trailer", "A")},
	} {
		c, _ := newClient(t, Options{})
		test.URL = mustURL(t, "http://127.0.0.1:1/")
		_, log, err := c.Do(t.Context(), &test)
		if KindOf(err) != Invalid || len(log) != 0 || c.Requests() != 0 {
			t.Errorf("%q %v: %v", test.Method, test.Header, err)
		}
	}
	for _, u := range []string{"/a", "ftp://h/", "http:///a", "http://u:secret@h/", "http://h/?a b", "http://h:99999/", "http:a"} {
		c, _ := newClient(t, Options{})
		_, _, err := c.Do(t.Context(), get(t, u))
		if KindOf(err) != Invalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", u, err)
		}
	}
	if _, _, err := New(Options{}).Do(t.Context(), &Request{Method: "GET"}); KindOf(err) != Invalid {
		t.Errorf("no URL: %v", err)
	}
}

func TestReceived(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, "text")
	z.Close()
	for name, test := range map[string]struct {
		reply, body, problem string
		method               string
		header               http.Header
	}{
		"all values": {reply: "HTTP/1.1 200 OK\r\nx-a: 2\r\nX-A: 1\r\nContent-Length: 0\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n",
			header: http.Header{"X-A": {"2", "1"}, "Content-Length": {"0"}, "Set-Cookie": {"a", "b"}}},
		"gzip is kept": {reply: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + zipped.String(), body: zipped.String(),
			header: http.Header{"Content-Encoding": {"gzip"}}},
		"chunked": {reply: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nab\r\n0\r\nX-T: 1\r\n\r\n", body: "ab",
			header: http.Header{"Transfer-Encoding": {"chunked"}, "Trailer": {"X-T"}}},
		"short": {reply: "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789", body: "0123456789",
			header: http.Header{"Content-Length": {"20"}}, problem: "the body ends after 10 of 20 bytes"},
		"short chunks": {reply: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", body: "abc",
			header: http.Header{"Transfer-Encoding": {"chunked"}}, problem: "the body ends after 3 bytes, without a last chunk"},
		"bad chunks": {reply: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\nab\r\n", body: "ab",
			header:  http.Header{"Transfer-Encoding": {"chunked"}},
			problem: "the body is malformed after 2 bytes: invalid byte in chunk length"},
		"over the limit": {reply: "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 101), body: strings.Repeat("x", 100),
			header: http.Header{}, problem: "the body exceeds the limit of 100 bytes"},
		"at the limit": {reply: "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 100), body: strings.Repeat("x", 100), header: http.Header{}},
		"head":         {reply: "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n", method: "HEAD", header: http.Header{"Content-Length": {"20"}}},
		"bytes after":  {reply: "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\nxx", header: http.Header{"Connection": {"close"}}},
		"after an interim one": {reply: "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx", body: "x",
			header: http.Header{"Content-Length": {"1"}}},
		"http/1.0":   {reply: "HTTP/1.0 200 OK\r\n\r\nab", body: "ab", header: http.Header{}},
		"switching":  {reply: "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nab", header: http.Header{"Connection": {"upgrade"}, "Upgrade": {"x"}}},
		"odd status": {reply: "HTTP/1.1 999 \r\nContent-Length: 0\r\n\r\n", header: http.Header{"Content-Length": {"0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newClient(t, Options{Limits: Limits{Body: 100}})
			req := get(t, replies(t, test.reply))
			if test.method != "" {
				req.Method = test.method
			}
			resp, log, err := c.Do(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "body", string(resp.Body), test.body)
			equal(t, "problem", resp.Problem, test.problem)
			if !reflect.DeepEqual(resp.Header, test.header) {
				t.Errorf("header: got %v, want %v", resp.Header, test.header)
			}
			if b := log[0].Response.Body; b != nil {
				equal(t, "recorded problem", b.Problem, test.problem)
			}
			equal(t, "URL", resp.URL.String(), req.URL.String())
		})
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, r.Proto, r.ContentLength, string(b), r.Header["Accept-Encoding"])
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()

	c, _ := newClient(t, Options{})
	_, _, err := c.Do(t.Context(), get(t, s.URL))
	if KindOf(err) != TLS || c.Requests() != 1 {
		t.Errorf("unknown authority: %v %v", KindOf(err), err)
	}

	roots := s.Client().Transport.(*http.Transport).TLSClientConfig
	c, _ = newClient(t, Options{TLS: roots})
	req := &Request{Method: "PUT", URL: mustURL(t, s.URL), Body: []byte("abc")}
	resp, sent, err := c.Do(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "recorded header", fmt.Sprint(sent[0].Request.Header), "map[Content-Length:[3]]")
	equal(t, "body", string(resp.Body), "HTTP/2.03abc[]")
	equal(t, "proto", resp.Proto, "HTTP/2.0")
	req.Chunked = true
	resp, sent, err = c.Do(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "body", string(resp.Body), "HTTP/2.0-1abc[]")
	equal(t, "recorded header", len(sent[0].Request.Header), 0)

	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	if _, _, err = c.Do(t.Context(), get(t, "https"+strings.TrimPrefix(plain, "http"))); KindOf(err) != TLS {
		t.Errorf("not TLS: %v %v", KindOf(err), err)
	}
}

func TestConnections(t *testing.T) {
	var mu sync.Mutex
	from := map[string]bool{}
	large := ""
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		from[r.RemoteAddr] = true
		if r.RemoteAddr == large {
			t.Error("a connection is used after a body over the limit")
		}
		if r.URL.Path == "/large" {
			large = r.RemoteAddr
		}
		mu.Unlock()
		if r.URL.Path == "/large" {
			w.Write(make([]byte, 1<<20))
		}
	})
	c, _ := newClient(t, Options{Limits: Limits{Body: 1000}})
	for range 10 {
		if _, _, err := c.Do(t.Context(), get(t, base)); err != nil {
			t.Fatal(err)
		}
	}
	if len(from) > 5 { // net/http may drop a connection under load
		t.Errorf("%d connections for 10 requests", len(from))
	}
	c.Do(t.Context(), get(t, base+"/large"))
	c.Do(t.Context(), get(t, base))

	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { c.Do(t.Context(), get(t, base)) })
	}
	wg.Wait()
	equal(t, "requests", c.Requests(), 32)
}

// TestWrap has a transport that adds a credential, which the server echoes at once and
// later: no record and no text shows it, in whole or in part.
func TestWrap(t *testing.T) {
	const token = "0123456789-opaque-token"
	base := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, token) })
	wrapped := true
	c, _ := newClient(t, Options{
		Wrap: func(rt http.RoundTripper) http.RoundTripper {
			return tripper(func(r *http.Request) (*http.Response, error) {
				r = r.Clone(r.Context())
				if wrapped {
					r.Header.Set("Authorization", "Bearer "+token)
				}
				return rt.RoundTrip(r)
			})
		},
	})
	for range 2 {
		resp, log, err := c.Do(t.Context(), get(t, base))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "body", string(resp.Body), token)
		equal(t, "recorded", log[0].Response.Body.Text, "…")
		wrapped = false
	}
	for in, want := range map[string]string{
		"got " + token + "!":       "got …!",
		"got 0123456789-opaque-t…": "got …",
		"got 0123456…":             "got 0123456…",
		"got 0123456789-other…":    "got 0123456789-other…",
	} {
		equal(t, in, c.Hide(in), want)
	}
	c.Close() // closes the wrapped transport
}

// TestLearned has more tokens than a client remembers.
func TestLearned(t *testing.T) {
	s := newSecrets(Options{Secrets: []string{"always-hidden"}})
	for i := range maxLearned {
		s.learn([]string{fmt.Sprintf("Bearer token-%08d", i)})
	}
	got := s.redactor().text(fmt.Sprintf("always-hidden token-%08d token-00000000", maxLearned-1))
	equal(t, "text", got, "… … token-00000000")
}

// TestReadOnly sends every method in a read-only run: none but GET and HEAD
// reaches the server, also through redirects.
func TestReadOnly(t *testing.T) {
	var seen []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method)
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
		}
	}))
	defer srv.Close()
	c := New(Options{ReadOnly: true})
	defer c.Close()
	for _, path := range []string{"/", "/redirect"} {
		u, err := url.Parse(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "GET", "HEAD"} {
			_, _, err := c.Do(t.Context(), &Request{Method: m, URL: u, Header: http.Header{}})
			if safe := m == "GET" || m == "HEAD"; safe != (err == nil) || !safe && KindOf(err) != Refused {
				t.Errorf("%s %s: %v", m, path, err)
			}
		}
	}
	if got := strings.Join(seen, " "); got != "GET HEAD GET GET HEAD HEAD" {
		t.Errorf("sent %s", got)
	}
}
