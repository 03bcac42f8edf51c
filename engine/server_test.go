package engine

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// request is a request received by the test server.
type request struct{ Method, URL, Header, Body string }

// server is a test server. replies maps "METHOD /path" to a reply: a status
// code, a text with status, header fields and body, a handler, or a list of
// these to use in turn, repeating the last one. The default is 404.
type server struct {
	hosts []string // that writes may go to
	*httptest.Server
	mu      sync.Mutex
	replies map[string]any
	turn    map[string]int
	log     []request
}

func serve(t testing.TB, replies map[string]any) *server {
	s := &server{replies: replies, turn: map[string]int{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	var h strings.Builder
	_ = r.Header.Write(&h)
	s.mu.Lock()
	s.log = append(s.log, request{r.Method, r.RequestURI, h.String(), string(b)})
	name := r.Method + " " + r.URL.Path
	reply := s.replies[name]
	if l, ok := reply.([]any); ok {
		reply = l[min(s.turn[name], len(l)-1)]
		s.turn[name]++
	}
	s.mu.Unlock()
	switch reply := reply.(type) {
	case int:
		w.WriteHeader(reply)
	case string:
		write(w, reply)
	case func(http.ResponseWriter, *http.Request):
		reply(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// write sends a reply given as text: status code, header fields and, after an
// empty line, the body.
func write(w http.ResponseWriter, text string) {
	head, body, _ := strings.Cut(text, "\n\n")
	status, fields, _ := strings.Cut(head, "\n")
	h, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(fields + "\n\n"))).ReadMIMEHeader()
	for k, vs := range h {
		w.Header()[k] = vs
	}
	n, _ := strconv.Atoi(status)
	w.WriteHeader(n)
	_, _ = io.WriteString(w, body)
}

func (s *server) requests() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// lines returns the request lines received.
func (s *server) lines() []string {
	var ls []string
	for _, r := range s.requests() {
		ls = append(ls, r.Method+" "+r.URL)
	}
	return ls
}

// hangUp closes the connection without a response.
func hangUp(w http.ResponseWriter, _ *http.Request) { raw(w, "") }

// garbage sends a response that is not HTTP.
func garbage(w http.ResponseWriter, _ *http.Request) { raw(w, "SMTP ready\r\n\r\n") }

// short sends a body shorter than its Content-Length.
func short(w http.ResponseWriter, _ *http.Request) {
	raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n[\"a\"]")
}

// raw sends text as is and closes the connection.
func raw(w http.ResponseWriter, text string) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(c, text)
	c.Close()
}
