package registry

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// session is an open upload session. data is only appended to, so that a slice
// of it stays valid after r.mu is unlocked.
type session struct {
	id   string
	repo string
	data []byte
	last time.Time
}

func (s *session) size() int64 { return int64(len(s.data)) }

// newSession opens an upload session. If MaxUploads is reached it closes the
// session that has been idle longest.
func (r *Registry) newSession(repo string) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expireSessions()
	for len(r.sessions) >= r.opts.MaxUploads {
		r.dropSession(r.oldestSession())
	}
	s := &session{id: newUUID(), repo: repo, last: r.now()}
	r.sessions[s.id] = s
	return s
}

// findSession returns the upload session that a request addresses, and an error
// if it is unknown in the request's repository. The caller must hold r.mu.
func (r *Registry) findSession(c *call) (*session, error) {
	r.expireSessions()
	s := r.sessions[c.ref]
	if s == nil || s.repo != c.name {
		return nil, reject(http.StatusNotFound, blobUploadUnknown, "unknown upload session %q", c.ref)
	}
	s.last = r.now()
	return s, nil
}

func (r *Registry) expireSessions() {
	limit := r.now().Add(-r.opts.UploadTimeout)
	for _, s := range r.sessions {
		if s.last.Before(limit) {
			r.dropSession(s)
		}
	}
}

func (r *Registry) oldestSession() *session {
	var oldest *session
	for _, s := range r.sessions {
		if oldest == nil || s.last.Before(oldest.last) {
			oldest = s
		}
	}
	return oldest
}

func (r *Registry) dropSession(s *session) {
	delete(r.sessions, s.id)
	r.used -= s.size()
}

// sessionHeaders sets Location and Range for an upload session of size bytes.
// The releases define no Range for an empty session; as other registries do, it
// sends 0-0.
func (r *Registry) sessionHeaders(c *call, id string, size int64) {
	h := c.w.Header()
	h.Set("Location", r.location(c, "blobs", "uploads", id))
	h.Set("Range", "0-"+strconv.FormatInt(max(size-1, 0), 10))
}

// newUUID returns a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
