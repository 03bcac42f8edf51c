package httpclient

import (
	"bytes"
	"io"
)

// Stream is a body that is not in memory as a whole. Open returns a reader of its Len
// bytes, which are the same each time; it must not fail.
type Stream interface {
	Len() int64
	Open() io.Reader
}

// payload is a body: bytes, or a stream if it is not nil.
type payload struct {
	bytes  []byte
	stream Stream
}

func (r *Request) payload() payload { return payload{r.Body, r.Stream} }

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

// beginning returns the first bytes, at most n.
func (p payload) beginning(n int64) []byte {
	if p.stream == nil {
		return p.bytes[:min(n, int64(len(p.bytes)))]
	}
	b, _ := io.ReadAll(io.LimitReader(p.stream.Open(), n))
	return b
}
