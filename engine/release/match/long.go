package match

import (
	"bytes"
	"io"
	"sync"

	"github.com/opencontainers/go-digest"
)

// Long is a byte string that is not in memory as a whole: it is read from its beginning
// each time. Its digests are computed once. It is safe for concurrent use and must not
// be copied.
type Long struct {
	n    int64 // bytes
	open func() io.Reader

	mu   sync.Mutex
	sums map[digest.Algorithm]digest.Digest
}

// NewLong returns the byte string of the n bytes that each reader has that open returns.
// The readers must not fail. The digests are those that are known.
func NewLong(n int64, open func() io.Reader, known ...digest.Digest) *Long {
	l := &Long{n: n, open: open, sums: map[digest.Algorithm]digest.Digest{}}
	for _, d := range known {
		l.sums[d.Algorithm()] = d
	}
	return l
}

// Filled returns the byte string of a head, n bytes of fill, which is repeated as often
// as that takes and must not be empty, and a tail.
func Filled(head, fill []byte, n int64, tail []byte) *Long {
	return NewLong(int64(len(head))+n+int64(len(tail)), func() io.Reader {
		return io.MultiReader(bytes.NewReader(head), &again{fill, n, 0}, bytes.NewReader(tail))
	})
}

// Len returns the length in bytes.
func (l *Long) Len() int64 { return l.n }

// Open returns a reader of the bytes.
func (l *Long) Open() io.Reader { return l.open() }

// Bytes returns a copy of the bytes.
func (l *Long) Bytes() []byte {
	b := make([]byte, l.n)
	_, _ = io.ReadFull(l.open(), b) // does not fail
	return b
}

// Equal reports whether the bytes are those of b.
func (l *Long) Equal(b []byte) bool {
	return int64(len(b)) == l.n && reads(l.open(), b)
}

// HasPrefix reports whether the first bytes are those of b.
func (l *Long) HasPrefix(b []byte) bool {
	return reads(io.LimitReader(l.open(), int64(len(b))), b)
}

// reads reports whether a reader has the bytes of b and no others.
func reads(r io.Reader, b []byte) bool {
	n, err := io.Copy(&equal{b}, r)
	return err == nil && n == int64(len(b))
}

// equal is a writer that accepts the bytes that are left, and fails at any others.
type equal struct{ left []byte }

func (w *equal) Write(p []byte) (int, error) {
	if !bytes.HasPrefix(w.left, p) {
		return 0, io.ErrShortWrite
	}
	w.left = w.left[len(p):]
	return len(p), nil
}

// Same reports whether two byte strings are equal: whether their digests are.
func (l *Long) Same(o *Long) bool {
	return l == o || l.n == o.n && l.Digest(digest.SHA256) == o.Digest(digest.SHA256)
}

// Digest returns the digest of the bytes.
func (l *Long) Digest(a digest.Algorithm) digest.Digest {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sums[a] == "" {
		d := a.Digester()
		_, _ = io.Copy(d.Hash(), l.open()) // neither fails
		l.sums[a] = d.Digest()
	}
	return l.sums[a]
}

// SHA256 returns the sha256 digest of the bytes.
func (l *Long) SHA256() string { return l.Digest(digest.SHA256).String() }

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
