package faultproxy

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// origin is a server that records the requests it receives.
type origin struct {
	mu  sync.Mutex
	log []string
}

// requests returns the requests received so far.
func (o *origin) requests() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.log, "|")
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	line := fmt.Sprintf("%s %s", r.Method, r.URL)
	if len(body) > 0 {
		line += " " + string(body)
	}
	if x := r.Header.Get("X-Asked"); x != "" {
		line += " x=" + x
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.log = append(o.log, line)
	h := w.Header()
	h.Set("X-Count", strconv.Itoa(len(o.log)))
	h.Set("Content-Type", "application/json")
	b := `{"name":"a","tags":["x","z","y"],"list":[{"n":1,"t":"p"},{"n":2}]}`
	switch {
	case r.URL.Path == "/missing":
		h.Set("Content-Length", "4")
		w.WriteHeader(http.StatusNotFound)
		b = "none"
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusAccepted)
		b = ""
	case r.URL.Path == "/text":
		h.Set("Content-Type", "text/plain")
		b = "0123456789"
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	if r.Method != http.MethodHead {
		io.WriteString(w, b)
	}
}

// start starts an origin behind alterations given as JSON.
func start(t testing.TB, alterations string) (*origin, *httptest.Server) {
	t.Helper()
	var list []Alteration
	d := json.NewDecoder(strings.NewReader(alterations))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		t.Fatalf("%v in %s", err, alterations)
	}
	o := &origin{}
	p, err := New(o, list)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(p)
	s.Config.ErrorLog = quiet
	s.Start()
	t.Cleanup(s.Close)
	return o, s
}

// requestAll sends requests, each "METHOD TARGET" or "METHOD TARGET BODY", each
// on its own connection. It returns the raw responses without Date and
// Connection.
func requestAll(t testing.TB, s *httptest.Server, requests ...string) []string {
	t.Helper()
	var responses []string
	for _, r := range requests {
		responses = append(responses, exchangeOf(t, s, r))
	}
	return responses
}

func exchangeOf(t testing.TB, s *httptest.Server, r string) string {
	t.Helper()
	method, rest, _ := strings.Cut(r, " ")
	target, body, _ := strings.Cut(rest, " ")
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\nX-Asked: yes\r\nContent-Length: %d\r\n\r\n%s", method, target, len(body), body)
	var out strings.Builder
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); !strings.HasPrefix(line, "Date: ") && line != "Connection: close" {
			out.WriteString(line + "\n")
		}
		if err != nil {
			return strings.Trim(out.String(), "\n")
		}
	}
}

// TestResponse covers the edits of a response. want is a part of the raw
// response or, after "!", a text that it must not have.
func TestResponse(t *testing.T) {
	for _, x := range []struct{ request, alteration, want string }{
		{"GET /", `"response":{"status":203}`, "HTTP/1.1 203"},
		{"GET /", `"response":{"header":{"remove":["x-count"]}}`, "!X-Count"},
		{"GET /", `"response":{"header":{"set":{"X-Count":["a","b"]}}}`, "X-Count: a\nX-Count: b\n"},
		{"GET /", `"response":{"header":{"add":{"X-Count":"more"}}}`, "X-Count: 1\nX-Count: more\n"},
		{"GET /", `"response":{"header":{"duplicate":["X-Count"]}}`, "X-Count: 1\nX-Count: 1\n"},
		{"GET /", `"response":{"header":{"rewrite":{"Content-Type":{"from":"^(.*)/json","to":"${1}/x-${method}"}}}}`, "Content-Type: application/x-GET\n"},
		{"GET /", `"response":{"header":{"rename":{"X-Count":"x-count"}}}`, "x-count: 1\n"},
		{"GET /", `"response":{"header":{"remove":["Content-Type"]}}`, "!Content-Type"},
		{"GET /text", `"response":{"body":{"text":"${path} ${host} ${header.x-asked} ${status}"}}`, "Content-Length: 17\n"},
		{"GET /text", `"response":{"body":{"text":"${path} ${host} ${header.x-asked} ${status} $${n}"}}`, "\n\n/text h:1 yes 200 ${n}"},
		{"GET /text", `"response":{"body":{"truncate":3}}`, "\n\n012"},
		{"GET /text", `"response":{"body":{"truncate":-3}}`, "\n\n0123456"},
		{"GET /text", `"response":{"body":{"flip":-1}}`, "\n\n0123456788"},
		{"GET /text", `"response":{"body":{"flip":99}}`, "\n\n0123456789"},
		{"GET /text", `"response":{"body":{"append":"!"}}`, "\n\n0123456789!"},
		{"GET /text", `"response":{"body":{"rewrite":{"from":"[3-5]","to":"<${0}>"}}}`, "\n\n012<3><4><5>6789"},
		{"GET /text", `"response":{"body":{"format":"indent"}}`, "\n\n0123456789"},
		{"GET /", `"response":{"body":{"format":"indent"}}`, "{\n    \"name\": \"a\",\n"},
		{"GET /", `"response":{"body":{"format":"reversed"}}`, `{"list":[{"t":"p","n":1},{"n":2}],"tags":["x","z","y"],"name":"a"}`},
		{"GET /text", `"response":{"chunked":true}`, "Transfer-Encoding: chunked\n"},
		{"GET /text", `"response":{"header":{"remove":["Content-Length"]}}`, "Transfer-Encoding: chunked\n"},
		{"HEAD /text", `"response":{"header":{"remove":["Content-Length"]}}`, "!Content-Length"},
		{"HEAD /text", `"response":{"header":{"rewrite":{"Content-Length":{"from":"$","to":"0"}}}}`, "Content-Length: 100"},
		{"GET /text", `"response":{"header":{"set":{"Content-Length":"12"}}}`, "Content-Length: 12\n"},
		{"GET /text", `"response":{"header":{"set":{"Content-Length":"3"}}}`, "\n\n012"},
		{"GET /text", `"response":{"cut":3}`, "Content-Length: 10\n"},
		{"GET /text", `"response":{"cut":3}`, "\n\n012"},
		{"GET /text", `"response":{"header":{"set":{"X-Sum":"${sha256}"}},"body":{"text":"a"}}`, "X-Sum: ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\n"},
		{"GET /", `"respond":{"status":418,"header":{"X-A":"${path}"},"body":"short ${n}"}`, "HTTP/1.1 418 I'm a teapot\nContent-Length: 7\nX-A: /\n\nshort 1"},
		{"GET /", `"respond":{}`, "HTTP/1.1 200 OK\nContent-Length: 0"},
		{"GET /", `"respond":{"raw":"HTTP/9.9 ${n}\r\n\r\n"}`, "HTTP/9.9 1"},
		{"GET /a%2Fb?q=1", `"redirect":{}`, "Location: /-redirected/a%2Fb?q=1"},
		{"GET /a?q=1", `"redirect":{"status":302,"host":"other"}`, "Location: http://other:1/-redirected/a?q=1"},
		{"GET /-redirected/text", `"redirect":{}`, "\n\n0123456789"},
		{"GET /", `"drop":"before"`, ""},
		{"GET /", `"drop":"after"`, ""},
		{"GET /", `"delay":"1ms"`, "HTTP/1.1 200"},
		{"GET /", `"repeat":2`, "X-Count: 3\n"},
		{"GET /", `"recall":"nothing"`, "HTTP/1.1 200"},
	} {
		_, s := start(t, `[{"on":{},`+x.alteration+`}]`)
		got := requestAll(t, s, x.request)[0]
		if want, not := strings.CutPrefix(x.want, "!"); strings.Contains(got, want) == not || x.want == "" && got != "" {
			t.Errorf("%s with %s:\n%s\nwant %q", x.request, x.alteration, got, x.want)
		}
	}
}

// TestJSON covers the edits of JSON.
func TestJSON(t *testing.T) {
	const name, tags, list = `"name":"a"`, `"tags":["x","z","y"]`, `"list":[{"n":1,"t":"p"},{"n":2}]`
	for _, x := range []struct{ edit, want string }{
		{`"at":"/name","set":"${path}b"`, `"name":"/b",` + tags + `,` + list},
		{`"at":"/new","set":[{"a":"${method}"}]`, name + `,` + tags + `,` + list + `,"new":[{"a":"GET"}]`},
		{`"at":"/name","null":true`, `"name":null,` + tags + `,` + list},
		{`"at":"/name","set":false`, `"name":false,` + tags + `,` + list},
		{`"at":"/name","remove":true`, tags + `,` + list},
		{`"at":"/none","remove":true`, name + `,` + tags + `,` + list},
		{`"at":"/name","rename":"called"`, `"called":"a",` + tags + `,` + list},
		{`"at":"/name","rewrite":{"from":"a","to":"${0}${0}"}`, `"name":"aa",` + tags + `,` + list},
		{`"at":"/tags","add":"w"`, name + `,"tags":["x","z","y","w"],` + list},
		{`"at":"/tags","without":"z"`, name + `,"tags":["x","y"],` + list},
		{`"at":"/tags","truncate":1`, name + `,"tags":["x"],` + list},
		{`"at":"/tags","reverse":true`, name + `,"tags":["y","z","x"],` + list},
		{`"at":"/tags","sort":true`, name + `,"tags":["x","y","z"],` + list},
		{`"at":"/tags","duplicate":-1`, name + `,"tags":["x","z","y","y"],` + list},
		{`"at":"/tags/-1","remove":true`, name + `,"tags":["x","z"],` + list},
		{`"at":"/tags/0","set":7`, name + `,"tags":[7,"z","y"],` + list},
		{`"at":"/tags/*","rewrite":{"from":"^","to":"-"}`, name + `,"tags":["-x","-z","-y"],` + list},
		{`"at":"/list/*/n","remove":true`, name + `,` + tags + `,"list":[{"t":"p"},{}]`},
		{`"at":"/list","without":{"n":2}`, name + `,` + tags + `,"list":[{"n":1,"t":"p"}]`},
	} {
		_, s := start(t, `[{"on":{},"response":{"body":{"json":[{`+x.edit+`}]}}}]`)
		if got := requestAll(t, s, "GET /")[0]; !strings.HasSuffix(got, "\n\n{"+x.want+"}") {
			t.Errorf("%s:\n%s\nwant {%s}", x.edit, got, x.want)
		}
	}
}

// TestRequest covers the edits of a request. want is the list of requests that
// the server receives.
func TestRequest(t *testing.T) {
	for _, x := range []struct{ request, alteration, want string }{
		{"GET /a", `"request":{"method":"DELETE"}`, "DELETE /a x=yes"},
		{"GET /a/b", `"on":{"path":"^/(?P<first>[^/]+)"},"request":{"path":{"from":"^/a","to":"/${first}c"}}`, "GET /ac/b x=yes"},
		{"GET /a?p=1&q=2", `"request":{"query":{"remove":["p"],"set":{"r":["3","${path}"]}}}`, "GET /a?q=2&r=3&r=%2Fa x=yes"},
		{"GET /a", `"request":{"header":{"remove":["X-Asked"]}}`, "GET /a"},
		{"GET /a", `"request":{"header":{"set":{"X-Asked":"no"}}}`, "GET /a x=no"},
		{"PUT /a 12345", `"request":{"body":{"truncate":2}}`, "PUT /a 12 x=yes"},
		{"PUT /a 12345", `"repeat":1`, "PUT /a 12345 x=yes|PUT /a 12345 x=yes"},
		{"PUT /a 12345", `"respond":{"status":201}`, ""},
		{"PUT /a 12345", `"also":[{"method":"DELETE","path":"${path}/b","query":{"n":"${n}"},"first":true}]`, "DELETE /a/b?n=1|PUT /a 12345 x=yes"},
		{"PUT /a 12345", `"also":[{"path":"/c","body":"67","header":{"X-Asked":"too"}}]`, "PUT /a 12345 x=yes|PUT /c 67 x=too"},
		{"GET /missing", `"on":{"response":{"status":"4xx"}},"also":[{"method":"POST","body":"${status}"}]`, "GET /missing x=yes|POST /missing 404"},
		{"GET /-redirected/a?q=1", `"redirect":{}`, "GET /a?q=1 x=yes"},
		{"GET /a", `"drop":"before"`, ""},
		{"GET /a", `"drop":"after"`, "GET /a x=yes"},
	} {
		if !strings.HasPrefix(x.alteration, `"on"`) {
			x.alteration = `"on":{},` + x.alteration
		}
		o, s := start(t, `[{`+x.alteration+`}]`)
		requestAll(t, s, x.request)
		if got := o.requests(); got != x.want {
			t.Errorf("%s with %s: the server received %q, want %q", x.request, x.alteration, got, x.want)
		}
	}
}
