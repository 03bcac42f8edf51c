package registry

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
)

// getBlob responds with a blob or, for a Range request, with partial content
// (end-2).
func (r *Registry) getBlob(c *call) error {
	d, err := readDigest(c.ref)
	if err != nil {
		return err
	}
	data, err := r.blob(c.name, d)
	if err != nil {
		return err
	}
	c.serve(data, r.shown(d, data), "application/octet-stream")
	return nil
}

func (r *Registry) blob(name string, d digest.Digest) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	repo, err := r.find(name)
	if err != nil {
		return nil, err
	}
	if b := repo.blobs[d]; b != nil {
		return b.data, nil
	}
	return nil, absentBlob(d)
}

func absentBlob(d digest.Digest) error {
	return reject(http.StatusNotFound, blobUnknown, "unknown blob %s", d)
}

// deleteBlob removes a blob from the repository, even if a manifest references
// it (end-10).
func (r *Registry) deleteBlob(c *call) error {
	d, err := readDigest(c.ref)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	repo, err := r.find(c.name)
	if err != nil {
		return err
	}
	if repo.blobs[d] == nil {
		return absentBlob(d)
	}
	r.dropBlob(repo, d)
	c.empty(http.StatusAccepted)
	return nil
}

// serve responds with content. It evaluates range requests and preconditions as
// RFC 9110 requires.
func (c *call) serve(data []byte, d digest.Digest, mediaType string) {
	h := c.w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Docker-Content-Digest", d.String())
	h.Set("ETag", `"`+d.String()+`"`)
	req := c.req.Clone(c.req.Context())
	limitRange(req, len(data))
	http.ServeContent(&rangeWriter{ResponseWriter: c.w, call: c, size: len(data)}, req, "", time.Time{}, bytes.NewReader(data))
}

// limitRange changes the Range header where ServeContent does not follow RFC
// 9110: ServeContent applies Range to HEAD (section 14.2), and rejects range
// units other than bytes, which a server ignores (section 14.1). For a suffix
// length of 0, which is not satisfiable, ServeContent would send an empty
// range; limitRange replaces it with a range that ServeContent rejects with
// 416.
func limitRange(req *http.Request, size int) {
	unit, set, ok := strings.Cut(req.Header.Get("Range"), "=")
	switch {
	case req.Method != http.MethodGet || !ok || !strings.EqualFold(unit, "bytes"):
		req.Header.Del("Range")
	default:
		specs := strings.Split(set, ",")
		for i, s := range specs {
			if emptySuffix.MatchString(s) {
				specs[i] = strconv.Itoa(size) + "-"
			}
		}
		req.Header.Set("Range", "bytes="+strings.Join(specs, ","))
	}
}

var emptySuffix = regexp.MustCompile(`^\s*-0+\s*$`)

// rangeWriter replaces the text body of a 416 response with an error body.
type rangeWriter struct {
	http.ResponseWriter
	call   *call
	size   int
	failed bool
}

func (w *rangeWriter) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.failed = true
	w.Header().Del("Docker-Content-Digest")
	w.Header().Set("Content-Range", "bytes */"+strconv.Itoa(w.size))
	w.call.fail(reject(status, sizeInvalid, "the range is not satisfiable"))
}

func (w *rangeWriter) Write(p []byte) (int, error) {
	if w.failed {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}
