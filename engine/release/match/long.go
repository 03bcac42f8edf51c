package match

import (
	"bytes"
	"io"
	"slices"

	"github.com/opencontainers/go-digest"
)

// Long is a byte string with a part that repeats: it is not in memory as a whole.
type Long struct {
	head, fill, tail []byte
	n                int64 // bytes of the repeated part
}

// NewLong returns the byte string of a head, n bytes of fill, which is repeated as often
// as that takes and must not be empty, and a tail.
func NewLong(head, fill []byte, n int64, tail []byte) *Long { return &Long{head, fill, tail, n} }

// Len returns the length in bytes.
func (l *Long) Len() int64 { return int64(len(l.head)) + l.n + int64(len(l.tail)) }

// Open returns a reader of the bytes.
func (l *Long) Open() io.Reader {
	return io.MultiReader(bytes.NewReader(l.head), &again{l.fill, l.n, 0}, bytes.NewReader(l.tail))
}

// Bytes returns the bytes.
func (l *Long) Bytes() []byte {
	b := slices.Grow(slices.Clone(l.head), int(l.n)+len(l.tail))
	for left := l.n; left > 0; left -= int64(len(l.fill)) {
		b = append(b, l.fill[:min(left, int64(len(l.fill)))]...)
	}
	return append(b, l.tail...)
}

// Equal reports whether the bytes are those of b.
func (l *Long) Equal(b []byte) bool {
	if int64(len(b)) != l.Len() || !bytes.HasPrefix(b, l.head) || !bytes.HasSuffix(b, l.tail) {
		return false
	}
	b = b[len(l.head) : len(b)-len(l.tail)]
	for len(b) > 0 {
		n := min(len(b), len(l.fill))
		if !bytes.Equal(b[:n], l.fill[:n]) {
			return false
		}
		b = b[n:]
	}
	return true
}

// Digest returns the digest of the bytes.
func (l *Long) Digest(a digest.Algorithm) digest.Digest {
	d := a.Digester()
	_, _ = io.Copy(d.Hash(), l.Open()) // a hash accepts everything
	return d.Digest()
}

// again reads bytes again and again.
type again struct {
	fill []byte
	left int64
	at   int // in fill
}

func (r *again) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), r.left)], r.fill[r.at:])
	r.left -= int64(n)
	r.at = (r.at + n) % len(r.fill)
	return n, nil
}

// WriteTo implements io.WriterTo, so that io.Copy needs no buffer.
func (r *again) WriteTo(w io.Writer) (int64, error) {
	var all int64
	for r.left > 0 {
		b := r.fill[r.at:]
		n, err := w.Write(b[:min(int64(len(b)), r.left)])
		all += int64(n)
		r.left -= int64(n)
		r.at = (r.at + n) % len(r.fill)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}
