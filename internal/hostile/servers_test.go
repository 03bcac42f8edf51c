package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ocispec/ocispec/result"
)

// server is a misbehaving server. Without want, both fail and inconclusive are
// correct outcomes.
type server struct {
	name   string
	handle handler
	want   result.Outcome
}

const (
	okHead  = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	accept  = "HTTP/1.1 202 Accepted\r\nLocation: /v2/hostile/a/blobs/uploads/1\r\n"
	chunked = "Transfer-Encoding: chunked\r\n\r\n"
	nasty   = "\x1b[2J\x1b]0;title\x07\x9b31m<script>alert(1)</script><img src=x onerror=alert(1)>]]><!--&amp;\u202egnp.exe\u2066"
)

func servers() []server {
	var n atomic.Int64
	return []server{
		{"endless body", endless(okHead+chunked, "1000\r\n"+strings.Repeat("x", 0x1000)+"\r\n"), ""},
		{"endless body without length", endless(okHead+"Connection: close\r\n\r\n", "x"), ""},
		{"maximum Content-Length", endless(okHead+"Content-Length: 9223372036854775807\r\n\r\n", "x"), ""},
		{"endless headers", endless("HTTP/1.1 200 OK\r\n", "X-Header: value\r\n"), result.Fail},
		{"endless header value", endless("HTTP/1.1 200 OK\r\nX-Header: ", "x"), result.Fail},
		{"endless status line", endless("HTTP/1.1 200 ", "x"), ""},
		{"endless informational responses", endless("", "HTTP/1.1 102 Processing\r\n\r\n"), ""},
		{"endless trailers", endless(okHead+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X-Trailer: value\r\n"), ""},
		{"slow body", drip(okHead+"Connection: close\r\n\r\n", "x"), result.Inconclusive},
		{"slow header section", drip("HTTP/1.1 200 OK\r\n", "X: y\r\n"), result.Inconclusive},
		{"no response", func(c net.Conn, r *http.Request) { time.Sleep(2 * time.Second) }, result.Inconclusive},
		{"connection closed at once", func(c net.Conn, r *http.Request) {}, result.Inconclusive},
		{"not HTTP", text("SSH-2.0-OpenSSH_9.2\r\n"), result.Fail},
		{"unknown HTTP version", text("HTTP/9.9 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), result.Fail},
		{"status code that is not a number", text("HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"), result.Fail},
		{"status code 999", text(response(999, "", "")), result.Fail},
		{"status code 101", text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), result.Fail},
		{"negative Content-Length", text("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), result.Fail},
		{"two Content-Lengths", text("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), result.Fail},
		{"Content-Length and Transfer-Encoding", text("HTTP/1.1 202 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"), result.Fail},
		{"malformed chunk size", text(okHead + chunked + "zz\r\nx\r\n0\r\n\r\n"), result.Fail},
		{"huge chunk size", text(okHead + chunked + "ffffffffffffffff\r\nx\r\n"), result.Fail},
		{"redirect to itself", func(c net.Conn, r *http.Request) {
			text(response(307, "Location: "+r.URL.String(), ""))(c, r)
		}, result.Fail},
		{"endless redirects", func(c net.Conn, r *http.Request) {
			text(response(307, fmt.Sprintf("Location: /%d", n.Add(1)), ""))(c, r)
		}, result.Fail},
		{"redirect to an unreachable host", text(response(307, "Location: http://127.0.0.1:1/", "")), result.Inconclusive},
		{"redirect to another scheme", text(response(307, "Location: file:///etc/passwd", "")), result.Fail},
		{"redirect to scheme javascript", text(response(302, "Location: javascript:alert(1)", "")), result.Fail},
		{"redirect with credentials", text(response(307, "Location: http://user:pass@127.0.0.1:1/", "")), result.Fail},
		{"gzip bomb", gzipBomb(), result.Fail},
		{"429 with a huge Retry-After", text(response(429, "Retry-After: 99999999999999999999", "")), result.Inconclusive},
		{"harmful text in headers", text(response(404, "X-Nasty: <script>\t\"'`|\r\nWarning: 299 - \"<b>\"", "")), result.Fail},
		{"harmful text in bodies", text(response(500, "Content-Type: text/html", strings.Repeat(nasty, 50))), result.Fail},
		{"harmful text in JSON", text(response(400, "Content-Type: application/json", `{"errors":[{"code":"`+nasty+`","message":"\u001b[31m\u202e"}]}`)), result.Fail},
		{"harmful text in Location", text(response(202, "Location: /v2/<script>\"'%0d%0aX-Injected: 1", "")), result.Fail},
		{"malformed Location", text(response(202, "Location: ://::", "")), result.Fail},
		{"Location with scheme javascript", text(response(202, "Location: javascript:alert(1)", "")), result.Fail},
		{"Location with credentials", text(response(202, "Location: http://user:pass@127.0.0.1:1/", "")), result.Fail},
		{"Location on an unreachable host", text(response(202, "Location: http://127.0.0.1:1/x", "")), ""},
		{"Location in another repository", text(response(202, "Location: /v2/victim/manifests/latest", "")), ""},
		{"redirect to another repository", func(c net.Conn, r *http.Request) {
			text(response(307, "Location: "+strings.Replace(r.URL.Path, "/v2/hostile/a/", "/v2/victim/", 1), ""))(c, r)
		}, ""},
		{"Location of a megabyte", text(response(202, "Location: /"+strings.Repeat("x", 1<<20), "")), result.Fail},
		{"two Locations", text(response(202, "Location: /a\r\nLocation: /b", "")), result.Fail},
		{"huge Range", text(response(202, "Location: /a\r\nRange: 0-99999999999999999999999999", "")), result.Fail},
		{"Link to itself", func(c net.Conn, r *http.Request) {
			text(response(200, "Content-Type: application/json\r\nLink: <"+r.URL.String()+">; rel=\"next\"", `{"name":"a","tags":[]}`))(c, r)
		}, result.Fail},
		{"endless Links", func(c net.Conn, r *http.Request) {
			text(response(200, fmt.Sprintf("Link: </v2/a/tags/list?n=%d>; rel=next", n.Add(1)), `{"name":"a","tags":["x"]}`))(c, r)
		}, result.Fail},
		{"malformed Link", text(response(200, "Link: <<<>>>;;;rel=\"next", `{"name":"a","tags":[]}`)), result.Fail},
		{"unterminated deep JSON", text(response(400, "Content-Type: application/json", strings.Repeat(`{"a":[`, 200_000))), result.Fail},
		{"deep JSON", text(response(400, "Content-Type: application/json", strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000))), result.Fail},
		{"JSON with a huge number", text(response(400, "Content-Type: application/json", `{"errors":1e`+strings.Repeat("9", 1000)+`}`)), result.Fail},
		{"JSON with many members", text(response(400, "Content-Type: application/json", `{"errors":[`+strings.Repeat(`{"code":"A"},`, 200_000)+`{}]}`)), result.Fail},
		{"JSON with a duplicate key", text(response(400, "Content-Type: application/json", `{"errors":[],"errors":1}`)), result.Fail},
		{"not UTF-8", text(response(400, "Content-Type: application/json", "{\"errors\":\"\xff\xfe\xfd\"}")), result.Fail},
		{"many header fields of one name", text(response(404, strings.Repeat("Docker-Content-Digest: x\r\n", 5000), "")), result.Fail},
		{"token realm on another host", text(response(401, "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:1/token\",service=\"x\"", "")), result.Inconclusive},
		{"token realm that is a file", text(response(401, "WWW-Authenticate: Bearer realm=\"file:///etc/passwd\"", "")), result.Inconclusive},
		{"endless token", func(c net.Conn, r *http.Request) {
			if r.URL.Path == "/token" {
				endless(okHead+"Connection: close\r\n\r\n{\"token\":\"", "x")(c, r)
				return
			}
			text(response(401, "WWW-Authenticate: Bearer realm=\"http://"+r.Host+"/token\"", ""))(c, r)
		}, result.Inconclusive},
		{"echoed credentials", func(c net.Conn, r *http.Request) {
			name, secret, _ := r.BasicAuth()
			head := "WWW-Authenticate: Basic realm=\"x\"\r\nContent-Type: application/json\r\nX-Echo: " + name + ":" + secret
			if secret == "" {
				text(response(401, head, ""))(c, r)
				return
			}
			text(response(403, head, `{"errors":[{"code":"DENIED","message":"`+r.Header.Get("Authorization")+" "+secret+`"}]}`))(c, r)
		}, result.Fail},
		{"huge challenge", text(response(401, "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:1/"+strings.Repeat("x", 10_000)+"\"", "")), ""},
		{"body on 204", text("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"), result.Fail},
		{"bare line feeds", text("HTTP/1.1 202 Accepted\nLocation: /a\nContent-Length: 0\n\n"), ""},
		{"folded headers", text("HTTP/1.1 202 Accepted\r\nLocation: /a\r\n  b\r\nContent-Length: 0\r\n\r\n"), ""},
		{"NUL in a header", text("HTTP/1.1 202 Accepted\r\nLocation: /a\x00b\r\nContent-Length: 0\r\n\r\n"), result.Fail},
		{"pipelined unsolicited response", func(c net.Conn, r *http.Request) {
			io.WriteString(c, response(500, "", "")+response(200, "", "unsolicited"))
			half(c)
		}, result.Fail},
		{"accepts everything", func(c net.Conn, r *http.Request) {
			go io.Copy(io.Discard, c)
			io.WriteString(c, accept+"Content-Length: 0\r\nConnection: close\r\n\r\n")
			half(c)
		}, result.Fail},
	}
}

// gzipBomb responds with a small gzip body that expands to 256 MiB.
func gzipBomb() handler {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 256 {
		w.Write(zeros)
	}
	w.Close()
	return text(response(200, "Content-Encoding: gzip\r\nContent-Type: application/json", b.String()))
}
