package registry

import (
	"io"
	"net/http"
	"slices"
)

// body is a request body in memory whose size counts as used until it is
// freed or handed on to something stored.
type body struct {
	r      *Registry
	data   []byte
	handed bool
}

// readBody reads a body of at most limit bytes, or of any size for a
// negative limit. Nothing is reserved on the word of Content-Length alone.
func (r *Registry) readBody(req *http.Request, limit int64) (*body, error) {
	b := &body{r: r}
	if limit >= 0 && req.ContentLength > limit {
		return b, errTooLarge
	}
	b.data = make([]byte, 0, min(max(req.ContentLength, 512), 1<<20))
	for {
		n, err := req.Body.Read(b.data[len(b.data):cap(b.data)])
		b.data = b.data[:len(b.data)+n]
		if !r.reserve(int64(n)) {
			b.data = b.data[:len(b.data)-n]
			return b, errFull
		}
		if limit >= 0 && int64(len(b.data)) > limit {
			return b, errTooLarge
		}
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, refuse(http.StatusBadRequest, sizeInvalid, "the body broke off: %v", err)
		}
		if len(b.data) == cap(b.data) {
			b.data = slices.Grow(b.data, 512)
		}
	}
}

var errTooLarge = refuse(http.StatusRequestEntityTooLarge, manifestInvalid, "the manifest is too large")

func (b *body) size() int64 { return int64(len(b.data)) }

// free gives the body's bytes back, unless they were handed on.
func (b *body) free() {
	if !b.handed {
		b.r.reserve(-b.size())
	}
}

// reserve counts n bytes as used if there is room for them.
func (r *Registry) reserve(n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > 0 && r.used+n > r.opts.MaxBytes {
		return false
	}
	r.used += n
	return true
}
