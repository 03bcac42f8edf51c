package registry

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/opencontainers/go-digest"
)

// postUpload mounts a blob (end-11), stores the blob in the request body
// (end-4b) or opens an upload session (end-4a, end-4c), depending on the query.
func (r *Registry) postUpload(c *call) error {
	switch {
	case c.query.Has("mount"):
		return r.mount(c)
	case c.query.Has("digest") && !r.opts.NoSinglePOST:
		return r.singlePost(c)
	case c.query.Has("digest-algorithm") && r.does.digestAlgorithm:
		if a := digest.Algorithm(c.query.Get("digest-algorithm")); !r.supports(a) {
			return reject(http.StatusBadRequest, digestInvalid, "unknown digest algorithm %q", a)
		}
	}
	return r.openSession(c)
}

// openSession responds with a new upload session (end-4a). The digest-algorithm
// parameter (end-4c) need not be stored, because content is hashed when the
// session is closed.
func (r *Registry) openSession(c *call) error {
	s := r.newSession(c.name)
	h := c.w.Header()
	h.Set("Location", r.location(c, "blobs", "uploads", s.id))
	if r.opts.MinChunk > 0 {
		h.Set("OCI-Chunk-Min-Length", strconv.Itoa(r.opts.MinChunk))
	}
	c.empty(http.StatusAccepted)
	return nil
}

func (r *Registry) singlePost(c *call) error {
	d, err := r.pushDigest(c.query.Get("digest"))
	if err != nil {
		return err
	}
	b, err := r.readBody(c.req, -1)
	defer b.free()
	if err != nil {
		return err
	}
	if err := verify(d, b.data); err != nil {
		return err
	}
	r.mu.Lock()
	err = r.putBlob(c.name, d, b.data, b.size())
	b.handed = err == nil
	r.mu.Unlock()
	if err != nil {
		return err
	}
	return r.blobCreated(c, d, b.data)
}

func (r *Registry) blobCreated(c *call, d digest.Digest, data []byte) error {
	h := c.w.Header()
	h.Set("Location", r.location(c, "blobs", d.String()))
	h.Set("Docker-Content-Digest", r.shown(d, data).String())
	c.empty(http.StatusCreated)
	return nil
}

// mount mounts a blob from another repository, or opens an upload session if
// the mount is not possible.
func (r *Registry) mount(c *call) error {
	d, err := readDigest(c.query.Get("mount"))
	if err != nil {
		return err
	}
	mounted, err := r.mountFrom(c, d)
	if err != nil {
		return err
	}
	if mounted != nil {
		return r.blobCreated(c, d, mounted.data)
	}
	return r.openSession(c)
}

// mountFrom returns the mounted blob, or nil if it is unknown or mounting is
// disabled.
func (r *Registry) mountFrom(c *call, d digest.Digest) (*content, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found *content
	if from := c.query.Get("from"); from != "" {
		if repo := r.repos[from]; repo != nil {
			found = repo.blobs[d]
		}
	} else if r.does.anonymousMount {
		found = r.contents[d]
	}
	if found == nil || r.opts.NoMount {
		return nil, nil
	}
	return found, r.putBlob(c.name, d, found.data, 0)
}

// getSession responds with the status of an upload session (end-13). v1.0 does
// not define this endpoint, and does not forbid it.
func (r *Registry) getSession(c *call) error {
	r.mu.Lock()
	s, err := r.findSession(c)
	var size int64
	if err == nil {
		size = s.size()
	}
	r.mu.Unlock()
	if err != nil {
		return err
	}
	r.sessionHeaders(c, c.ref, size)
	c.empty(http.StatusNoContent)
	return nil
}

// deleteSession cancels an upload session (end-14). v1.0 does not define this
// endpoint, and does not forbid it.
func (r *Registry) deleteSession(c *call) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.findSession(c)
	if err != nil {
		return err
	}
	r.dropSession(s)
	c.empty(http.StatusNoContent)
	return nil
}

// patchSession appends a chunk to an upload session (end-5). On error the
// session keeps its content.
func (r *Registry) patchSession(c *call) error {
	b, err := r.readSessionBody(c)
	defer b.free()
	if err != nil {
		return err
	}
	id, size, err := r.appendChunk(c, b)
	if err != nil {
		return err
	}
	r.sessionHeaders(c, id, size)
	c.empty(http.StatusAccepted)
	return nil
}

// appendChunk appends b and returns the session's id and size after that.
func (r *Registry) appendChunk(c *call, b *body) (string, int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.checkSession(c, b)
	if err != nil {
		return "", 0, err
	}
	s.data = append(s.data, b.data...)
	b.handed = true
	if r.opts.RollingSessions {
		delete(r.sessions, s.id)
		s.id = newUUID()
		r.sessions[s.id] = s
	}
	return s.id, s.size(), nil
}

// readSessionBody reads a request body if the upload session exists.
func (r *Registry) readSessionBody(c *call) (*body, error) {
	r.mu.Lock()
	_, err := r.findSession(c)
	r.mu.Unlock()
	if err != nil {
		return &body{r: r}, err
	}
	return r.readBody(c.req, -1)
}

// checkSession looks up the upload session, which may have been closed while
// the body was read, and checks the chunk's Content-Range. For an out-of-order
// chunk it sets the headers that report the session's status. The caller must
// hold r.mu.
func (r *Registry) checkSession(c *call, b *body) (*session, error) {
	s, err := r.findSession(c)
	if err != nil {
		return nil, err
	}
	if err := checkChunk(c.req.Header.Get("Content-Range"), b.size(), s.size()); err != nil {
		r.sessionHeaders(c, s.id, s.size())
		return nil, err
	}
	return s, nil
}

// putSession closes an upload session, with or without a final chunk (end-6).
// On error the session keeps its content.
func (r *Registry) putSession(c *call) error {
	b, err := r.readSessionBody(c)
	defer b.free()
	if err != nil {
		return err
	}
	before, err := r.snapshot(c, b)
	if err != nil {
		return err
	}
	d, err := r.pushDigest(c.query.Get("digest"))
	if err != nil {
		return err
	}
	blob := b.data
	if len(before) > 0 {
		blob = append(slices.Clip(before), b.data...)
	}
	if err := verify(d, blob); err != nil {
		return err
	}
	if err := r.closeSession(c, b, d, blob); err != nil {
		return err
	}
	return r.blobCreated(c, d, blob)
}

// snapshot returns the content of the upload session if b is a valid next
// chunk. The caller must not modify it.
func (r *Registry) snapshot(c *call, b *body) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.checkSession(c, b)
	if err != nil {
		return nil, err
	}
	return s.data, nil
}

// closeSession stores the blob, which is the session's content followed by b,
// and removes the session. It is an error if the session was changed or closed
// while the blob was hashed.
func (r *Registry) closeSession(c *call, b *body, d digest.Digest, blob []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.findSession(c)
	if err != nil {
		return err
	}
	if s.size()+b.size() != int64(len(blob)) {
		return outOfOrder(s.size())
	}
	if err := r.putBlob(c.name, d, blob, int64(len(blob))); err != nil {
		return err
	}
	b.handed = true
	delete(r.sessions, s.id)
	return nil
}
