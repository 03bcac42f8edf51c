package engine

import (
	"io"
	"net/http"
)

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) { raw(w, "") }

// garbage answers with what is not HTTP.
func garbage(w http.ResponseWriter, _ *http.Request) { raw(w, "SMTP ready\r\n\r\n") }

// short promises more than it sends.
func short(w http.ResponseWriter, _ *http.Request) {
	raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n[\"a\"]")
}

// raw answers with that text and closes the connection.
func raw(w http.ResponseWriter, text string) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(c, text)
	c.Close()
}
