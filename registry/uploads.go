package registry

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/opencontainers/go-digest"
)

// postUpload opens an upload session, or does without one if the request
// mounts a blob (end-11) or brings it along (end-4b).
func (r *Registry) postUpload(c *call) error {
	switch {
	case c.query.Has("mount"):
		return r.mount(c)
	case c.query.Has("digest") && !r.opts.NoSinglePOST:
		return r.singlePost(c)
	case c.query.Has("digest-algorithm") && r.does.digestAlgorithm:
		if a := digest.Algorithm(c.query.Get("digest-algorithm")); !r.supports(a) {
			return refuse(http.StatusBadRequest, digestInvalid, "digest algorithm %q is not supported", a)
		}
	}
	return r.openSession(c)
}

// openSession answers with a new session (end-4a). What algorithm it is for
// need not be kept (end-4c), as content is hashed when the session closes.
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

// mount takes a blob over from another repository, and opens a session if
// that cannot be done.
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

// mountFrom returns the blob that was mounted, or nil.
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

// getSession tells how far an upload has come (end-13). v1.0 has no such
// endpoint and does not forbid it.
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

// deleteSession cancels an upload (end-14, of which the same holds).
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

// patchSession adds a chunk (end-5): all of it or, on any error, nothing.
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

// appendChunk returns the session's id and size after the chunk.
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

// readSessionBody reads a chunk for a session that is known at the time.
func (r *Registry) readSessionBody(c *call) (*body, error) {
	r.mu.Lock()
	_, err := r.findSession(c)
	r.mu.Unlock()
	if err != nil {
		return &body{r: r}, err
	}
	return r.readBody(c.req, -1)
}

// checkSession finds the session again once a chunk has been read, and
// judges the chunk. A chunk refused as out of order learns where the session
// stands. It wants the lock held.
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

// putSession closes a session, with or without a last chunk (end-6). On any
// error the session is left as it was.
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

// snapshot returns what the session holds, if b may follow it.
func (r *Registry) snapshot(c *call, b *body) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.checkSession(c, b)
	if err != nil {
		return nil, err
	}
	return s.data, nil
}

// closeSession stores the blob, made of the session's bytes and b, unless
// the session went on or away while the blob was hashed.
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
