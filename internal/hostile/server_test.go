package hostile

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// handler writes arbitrary bytes to the connection of a request.
type handler func(c net.Conn, r *http.Request)

// serve starts a server that handles one request per connection, and returns
// its address.
func serve(t *testing.T, f handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(time.Minute))
				r, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				f(c, r)
			}()
		}
	}()
	return l.Addr().String()
}

// text responds to every request with the bytes s.
func text(s string) handler {
	return func(c net.Conn, r *http.Request) {
		go io.Copy(io.Discard, c) // so that closing does not reset the connection
		io.WriteString(c, s)
		half(c)
	}
}

// half closes the write side of a connection, and waits for the client to read.
func half(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		t.CloseWrite()
	}
	time.Sleep(5 * time.Millisecond)
}

// response returns an HTTP response with Content-Length.
func response(status int, header, body string) string {
	if header != "" && !strings.HasSuffix(header, "\r\n") {
		header += "\r\n"
	}
	return fmt.Sprintf("HTTP/1.1 %d Status\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, header, len(body), body)
}

// endless writes head and then s repeatedly until the client closes the
// connection.
func endless(head, s string) handler {
	return func(c net.Conn, r *http.Request) {
		io.WriteString(c, head)
		big := []byte(strings.Repeat(s, 1+(32<<10)/len(s)))
		for {
			if _, err := c.Write(big); err != nil {
				return
			}
		}
	}
}

// drip writes head and then the bytes of s slowly, one at a time, without end.
func drip(head, s string) handler {
	return func(c net.Conn, r *http.Request) {
		io.WriteString(c, head)
		for i := 0; ; i++ {
			if _, err := c.Write([]byte{s[i%len(s)]}); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}
