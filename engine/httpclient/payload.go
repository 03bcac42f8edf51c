package httpclient

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
)

// Stream is a body that is not in memory as a whole. Open returns a reader of its Len
// bytes, which are the same each time; it must not fail. SHA256 returns their digest, as
// in "sha256:" and 64 hexadecimal digits.
type Stream interface {
	Len() int64
	Open() io.Reader
	SHA256() string
}

// payload is a body: bytes, or a stream if it is not nil.
type payload struct {
	bytes  []byte
	known  string // the digest of bytes, if it is known
	stream Stream
}

func (r *Request) payload() payload { return payload{r.Body, r.Digest, r.Stream} }

func (r *Response) payload() payload { return payload{r.Body, "", r.Stream} }

// Size returns the length of the body in bytes.
func (r *Request) Size() int64 { return r.payload().size() }

// Size returns the length of the received part of the body in bytes.
func (r *Response) Size() int64 { return r.payload().size() }

// size returns the length in bytes.
func (p payload) size() int64 {
	if p.stream != nil {
		return p.stream.Len()
	}
	return int64(len(p.bytes))
}

func (p payload) open() io.Reader {
	if p.stream != nil {
		return p.stream.Open()
	}
	return bytes.NewReader(p.bytes)
}

// digest returns the sha256 digest.
func (p payload) digest() string {
	switch {
	case p.stream != nil:
		return p.stream.SHA256()
	case p.known != "":
		return p.known
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(p.bytes))
}

// beginning returns the first bytes, at most n.
func (p payload) beginning(n int64) []byte {
	if p.stream == nil {
		return p.bytes[:min(n, int64(len(p.bytes)))]
	}
	b, _ := io.ReadAll(io.LimitReader(p.stream.Open(), n))
	return b
}
