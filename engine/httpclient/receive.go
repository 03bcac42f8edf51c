package httpclient

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
)

// LargeBody is the size of a body, in bytes, above which it is large. The stated length
// of a body reserves no more until the request may have a large body, and then at most
// maxGrow bytes.
const (
	LargeBody = 256 << 10
	maxGrow   = 16 << 20
)

// receiver reads a body.
type receiver struct {
	from   io.Reader
	stated int64 // length in bytes, or -1; it only saves copies
	expect func(beginning []byte) Stream
	large  func() error
}

// receive reads the body of a response, up to one byte above the limit.
func (c *Client) receive(ctx context.Context, req *Request, from *http.Response, to *Response) (err error) {
	r := receiver{from: io.LimitReader(from.Body, c.limits.Body+1), stated: from.ContentLength}
	r.expect = func(beginning []byte) Stream {
		if req.Expect == nil {
			return nil
		}
		if want := req.Expect(beginning); want != nil && want.Len() <= c.limits.Body {
			return want
		}
		return nil
	}
	r.large = func() error {
		if req.Large == nil {
			return nil
		}
		return req.Large(ctx)
	}
	to.Body, to.Stream, err = r.read()
	return err
}

// read reads to the end. A large body that is the expected one is not in memory.
func (r *receiver) read() ([]byte, Stream, error) {
	b, err := r.first()
	if err != nil {
		return b, nil, end(err)
	}
	if want := r.expect(b); want != nil {
		if r.equals(want, b) {
			return nil, want, nil
		}
		b, _ = r.first() // was read before
	}
	if err := r.large(); err != nil {
		return b, nil, &unreadError{len(b), err}
	}
	b, err = r.fill(b, math.MaxInt)
	return b, nil, end(err)
}

// first reads one byte more than a body has that is not large.
func (r *receiver) first() ([]byte, error) {
	return r.fill(make([]byte, 0, max(bytes.MinRead, min(r.stated, LargeBody)+1)), LargeBody+1)
}

// fill appends to b what is read until it has n bytes. The error at the end is io.EOF.
func (r *receiver) fill(b []byte, n int) ([]byte, error) {
	for len(b) < n {
		if len(b) == cap(b) {
			b = slices.Grow(b, min(grow(len(b), r.stated), n-len(b)))
		}
		m, err := r.from.Read(b[len(b):min(n, cap(b))])
		b = b[:len(b)+m]
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

// equals reads as long as the body, which begins with b, is the expected one. If it is
// another one, all of it can be read again: what was equal is read from the expected one.
// The memory of b is used for reading.
func (r *receiver) equals(want Stream, b []byte) bool {
	var (
		left  = prefix{from: want.Open()}
		equal int64
		err   error
		n     int
	)
	for left.has(b) {
		equal += int64(len(b))
		if b = b[:0]; err != nil {
			break
		}
		n, err = r.from.Read(b[:cap(b)])
		b = b[:n]
	}
	if err == io.EOF && equal == want.Len() && len(b) == 0 {
		return true
	}
	rest := r.from
	if err != nil {
		rest = failed{err}
	}
	r.from = io.MultiReader(io.LimitReader(want.Open(), equal), bytes.NewReader(b), rest)
	return false
}

// prefix compares bytes with those that are read.
type prefix struct {
	from io.Reader
	buf  [32 << 10]byte
}

// has reports whether the bytes of b are read next.
func (p *prefix) has(b []byte) bool {
	for len(b) > 0 {
		next := p.buf[:min(len(b), len(p.buf))]
		if _, err := io.ReadFull(p.from, next); err != nil || !bytes.HasPrefix(b, next) {
			return false
		}
		b = b[len(next):]
	}
	return true
}

// failed is a reader of nothing but an error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// end returns nil for the end of a body.
func end(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// unreadError is the error for a body that is not read to its end.
type unreadError struct {
	read int // bytes
	err  error
}

func (e *unreadError) Error() string {
	return fmt.Sprintf("the body is read only up to %d bytes: %v", e.read, e.err)
}

func (e *unreadError) Unwrap() error { return e.err }

// grow returns by how many bytes to extend a buffer with n bytes: to the stated
// length, or to twice its size.
func grow(n int, stated int64) int {
	if rest := stated + 1 - int64(n); rest > 0 {
		return int(min(rest, maxGrow))
	}
	return n
}
