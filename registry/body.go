package registry

import (
	"io"
	"net/http"
	"slices"
)

// body is a request body held in memory. Its size counts as used until free is
// called or the data is stored.
type body struct {
	r      *Registry
	data   []byte
	handed bool
}

// readBody reads a request body of at most limit bytes; a negative limit means
// no limit. It reserves memory for bytes as they arrive, not for the
// Content-Length. On error the caller must still free the returned body.
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
			return b, reject(http.StatusBadRequest, sizeInvalid, "reading the request body: %v", err)
		}
		if len(b.data) == cap(b.data) {
			b.data = slices.Grow(b.data, len(b.data)) // twice its size
		}
	}
}

var errTooLarge = reject(http.StatusRequestEntityTooLarge, manifestInvalid, "the manifest exceeds the size limit")

func (b *body) size() int64 { return int64(len(b.data)) }

// free releases the memory reserved for the body unless the data was stored.
func (b *body) free() {
	if !b.handed {
		b.r.reserve(-b.size())
	}
}

// reserve adds n bytes, which may be negative, to the memory in use. It reports
// false, and adds nothing, if that would exceed MaxBytes.
func (r *Registry) reserve(n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > 0 && r.used+n > r.opts.MaxBytes {
		return false
	}
	r.used += n
	return true
}
