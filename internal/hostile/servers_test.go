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

// server is one that does its worst. Without want, both failed and
// inconclusive are true verdicts.
type server struct {
	name   string
	answer answer
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
		{"body without end", endless(okHead+chunked, "1000\r\n"+strings.Repeat("x", 0x1000)+"\r\n"), ""},
		{"body without end and length", endless(okHead+"Connection: close\r\n\r\n", "x"), ""},
		{"body as long as can be said", endless(okHead+"Content-Length: 9223372036854775807\r\n\r\n", "x"), ""},
		{"headers without end", endless("HTTP/1.1 200 OK\r\n", "X-Header: value\r\n"), result.Fail},
		{"header value without end", endless("HTTP/1.1 200 OK\r\nX-Header: ", "x"), result.Fail},
		{"status line without end", endless("HTTP/1.1 200 ", "x"), ""},
		{"informational responses without end", endless("", "HTTP/1.1 102 Processing\r\n\r\n"), ""},
		{"trailers without end", endless(okHead+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X-Trailer: value\r\n"), ""},
		{"slow body", drip(okHead+"Connection: close\r\n\r\n", "x"), result.Inconclusive},
		{"slow head", drip("HTTP/1.1 200 OK\r\n", "X: y\r\n"), result.Inconclusive},
		{"silence", func(c net.Conn, r *http.Request) { time.Sleep(2 * time.Second) }, result.Inconclusive},
		{"closed at once", func(c net.Conn, r *http.Request) {}, result.Inconclusive},
		{"not HTTP", text("SSH-2.0-OpenSSH_9.2\r\n"), result.Fail},
		{"other version of HTTP", text("HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n"), result.Fail},
		{"status that is no number", text("HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"), result.Fail},
		{"status 999", text(response(999, "", "")), result.Fail},
		{"status 101", text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), result.Fail},
		{"negative length", text("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), result.Fail},
		{"two lengths", text("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), result.Fail},
		{"length and chunks", text("HTTP/1.1 202 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"), result.Fail},
		{"chunk of a size that is none", text(okHead + chunked + "zz\r\nx\r\n0\r\n\r\n"), result.Fail},
		{"chunk of an absurd size", text(okHead + chunked + "ffffffffffffffff\r\nx\r\n"), result.Fail},
		{"redirect to itself", func(c net.Conn, r *http.Request) {
			text(response(307, "Location: "+r.URL.String(), ""))(c, r)
		}, result.Fail},
		{"redirects without end", func(c net.Conn, r *http.Request) {
			text(response(307, fmt.Sprintf("Location: /%d", n.Add(1)), ""))(c, r)
		}, result.Fail},
		{"redirect to a host that is not there", text(response(307, "Location: http://127.0.0.1:1/", "")), result.Inconclusive},
		{"redirect to another scheme", text(response(307, "Location: file:///etc/passwd", "")), result.Fail},
		{"redirect to a script", text(response(302, "Location: javascript:alert(1)", "")), result.Fail},
		{"redirect with credentials", text(response(307, "Location: http://user:pass@127.0.0.1:1/", "")), result.Fail},
		{"gzip bomb", gzipBomb(), result.Fail},
		{"too many requests for ever", text(response(429, "Retry-After: 99999999999999999999", "")), result.Inconclusive},
		{"nasty headers", text(response(404, "X-Nasty: <script>\t\"'`|\r\nWarning: 299 - \"<b>\"", "")), result.Fail},
		{"nasty bodies", text(response(500, "Content-Type: text/html", strings.Repeat(nasty, 50))), result.Fail},
		{"nasty JSON", text(response(400, "Content-Type: application/json", `{"errors":[{"code":"`+nasty+`","message":"\u001b[31m\u202e"}]}`)), result.Fail},
		{"nasty Location", text(response(202, "Location: /v2/<script>\"'%0d%0aX-Injected: 1", "")), result.Fail},
		{"Location without sense", text(response(202, "Location: ://::", "")), result.Fail},
		{"Location that is a script", text(response(202, "Location: javascript:alert(1)", "")), result.Fail},
		{"Location with credentials", text(response(202, "Location: http://user:pass@127.0.0.1:1/", "")), result.Fail},
		{"Location on a host that is not there", text(response(202, "Location: http://127.0.0.1:1/x", "")), ""},
		{"Location in another repository", text(response(202, "Location: /v2/victim/manifests/latest", "")), ""},
		{"redirect to another repository", func(c net.Conn, r *http.Request) {
			text(response(307, "Location: "+strings.Replace(r.URL.Path, "/v2/hostile/a/", "/v2/victim/", 1), ""))(c, r)
		}, ""},
		{"Location of a megabyte", text(response(202, "Location: /"+strings.Repeat("x", 1<<20), "")), result.Fail},
		{"two Locations", text(response(202, "Location: /a\r\nLocation: /b", "")), result.Fail},
		{"absurd Range", text(response(202, "Location: /a\r\nRange: 0-99999999999999999999999999", "")), result.Fail},
		{"Link to itself", func(c net.Conn, r *http.Request) {
			text(response(200, "Content-Type: application/json\r\nLink: <"+r.URL.String()+">; rel=\"next\"", `{"name":"a","tags":[]}`))(c, r)
		}, result.Fail},
		{"Link without end", func(c net.Conn, r *http.Request) {
			text(response(200, fmt.Sprintf("Link: </v2/a/tags/list?n=%d>; rel=next", n.Add(1)), `{"name":"a","tags":["x"]}`))(c, r)
		}, result.Fail},
		{"Link without sense", text(response(200, "Link: <<<>>>;;;rel=\"next", `{"name":"a","tags":[]}`)), result.Fail},
		{"deep JSON", text(response(400, "Content-Type: application/json", strings.Repeat(`{"a":[`, 200_000))), result.Fail},
		{"deep JSON that ends", text(response(400, "Content-Type: application/json", strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000))), result.Fail},
		{"JSON with a number without end", text(response(400, "Content-Type: application/json", `{"errors":1e`+strings.Repeat("9", 1000)+`}`)), result.Fail},
		{"JSON with many members", text(response(400, "Content-Type: application/json", `{"errors":[`+strings.Repeat(`{"code":"A"},`, 200_000)+`{}]}`)), result.Fail},
		{"JSON with a key twice", text(response(400, "Content-Type: application/json", `{"errors":[],"errors":1}`)), result.Fail},
		{"not UTF-8", text(response(400, "Content-Type: application/json", "{\"errors\":\"\xff\xfe\xfd\"}")), result.Fail},
		{"many headers of one name", text(response(404, strings.Repeat("Docker-Content-Digest: x\r\n", 5000), "")), result.Fail},
		{"token realm on another host", text(response(401, "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:1/token\",service=\"x\"", "")), result.Inconclusive},
		{"token realm that is a file", text(response(401, "WWW-Authenticate: Bearer realm=\"file:///etc/passwd\"", "")), result.Inconclusive},
		{"token without end", func(c net.Conn, r *http.Request) {
			if r.URL.Path == "/token" {
				endless(okHead+"Connection: close\r\n\r\n{\"token\":\"", "x")(c, r)
				return
			}
			text(response(401, "WWW-Authenticate: Bearer realm=\"http://"+r.Host+"/token\"", ""))(c, r)
		}, result.Inconclusive},
		{"credentials that are echoed", func(c net.Conn, r *http.Request) {
			name, secret, _ := r.BasicAuth()
			head := "WWW-Authenticate: Basic realm=\"x\"\r\nContent-Type: application/json\r\nX-Echo: " + name + ":" + secret
			if secret == "" {
				text(response(401, head, ""))(c, r)
				return
			}
			text(response(403, head, `{"errors":[{"code":"DENIED","message":"`+r.Header.Get("Authorization")+" "+secret+`"}]}`))(c, r)
		}, result.Fail},
		{"challenge without end", text(response(401, "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:1/"+strings.Repeat("x", 10_000)+"\"", "")), ""},
		{"body on 204", text("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"), result.Fail},
		{"bare line feeds", text("HTTP/1.1 202 Accepted\nLocation: /a\nContent-Length: 0\n\n"), ""},
		{"folded headers", text("HTTP/1.1 202 Accepted\r\nLocation: /a\r\n  b\r\nContent-Length: 0\r\n\r\n"), ""},
		{"NUL in a header", text("HTTP/1.1 202 Accepted\r\nLocation: /a\x00b\r\nContent-Length: 0\r\n\r\n"), result.Fail},
		{"answer before the request", func(c net.Conn, r *http.Request) {
			io.WriteString(c, response(500, "", "")+response(200, "", "unasked"))
			half(c)
		}, result.Fail},
		{"accepts everything", func(c net.Conn, r *http.Request) {
			go io.Copy(io.Discard, c)
			io.WriteString(c, accept+"Content-Length: 0\r\nConnection: close\r\n\r\n")
			half(c)
		}, result.Fail},
	}
}

// gzipBomb answers with a small body that would be a gigabyte.
func gzipBomb() answer {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 256 {
		w.Write(zeros)
	}
	w.Close()
	return text(response(200, "Content-Encoding: gzip\r\nContent-Type: application/json", b.String()))
}
