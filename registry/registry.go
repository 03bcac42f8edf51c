// Package registry is the model registry: an in-memory OCI registry that
// behaves as one release of the OCI Distribution Spec says and as nothing
// else does. It is the twin of the specification text: a conformance case
// that fails against it is wrong, and every fault that a test wants to see
// caught is a small departure from it.
//
// Comments name the endpoints as the table of the specification does
// (end-1 … end-14). Where a release leaves a choice, the choice is a field of
// Options if clients or cases can notice it, and a remark at the code if not.
package registry

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"
)

// Options chooses the release and, within what that release allows, how the
// registry behaves. The zero value of every field but Release is the most
// capable registry.
type Options struct {
	// Release is "v1.0", "v1.1" or "dev".
	Release string

	// MaxBytes bounds everything that is held: blobs, manifests, tags and
	// unfinished uploads, each with a fixed charge for its bookkeeping.
	// Default 256 MiB. A request that would go beyond is answered with 507
	// and the code DENIED: the request is fine and would be taken once
	// something was deleted, which no 4xx says.
	MaxBytes int64
	// MaxManifest is the size of the largest manifest taken, beyond which
	// the answer is 413. Default 8 MiB, twice what v1.1 asks for.
	MaxManifest int64
	// MaxRepositories bounds the repositories, default 10000; over it: 507.
	MaxRepositories int
	// MaxTags bounds the tags of a repository, default 10000; over it: 507.
	MaxTags int
	// MaxUploads bounds the open upload sessions, default 1000; over it the
	// session that has been idle for longest is dropped.
	MaxUploads int
	// UploadTimeout is how long an idle session is kept, default one hour.
	UploadTimeout time.Duration

	// TagsPage is the longest tag list sent in one answer, 0 for no limit.
	// It has no effect in v1.0, which knows no Link to the rest.
	TagsPage int
	// ReferrersPage is the largest number of descriptors in one referrers
	// answer, default 100. An answer is also kept below 4 MiB, unless a
	// single descriptor needs more.
	ReferrersPage int
	// MaxTagParams is the largest number of tag parameters taken with one
	// manifest (end-7b), default 100; over it: 414.
	MaxTagParams int

	// AbsoluteLocations puts scheme and host into every Location.
	AbsoluteLocations bool
	// NoSinglePOST answers a POST with a digest (end-4b) by opening a session.
	NoSinglePOST bool
	// NoSHA512 leaves sha256 as the only algorithm.
	NoSHA512 bool
	// NoTagDeletion, NoManifestDeletion and NoBlobDeletion refuse the
	// deletion of their kind (end-9, end-10) with the status Refusal: 405,
	// the default, or 400.
	NoTagDeletion, NoManifestDeletion, NoBlobDeletion bool
	Refusal                                           int
	// AcceptAbsent takes manifests that name content the repository lacks.
	AcceptAbsent bool
	// NoMount answers every mount (end-11) by opening a session, and
	// NoAnonymousMount those without a from.
	NoMount, NoAnonymousMount bool
	// NoTagParams ignores tag parameters (end-7b).
	NoTagParams bool
	// DigestHeader, if not empty, is the algorithm of Docker-Content-Digest,
	// whatever the content was asked for or pushed by, but for the push of a
	// manifest, for which the header has to be the client's.
	DigestHeader digest.Algorithm
	// MinChunk, if not 0, is announced as the length of the shortest chunk. A
	// shorter one is taken all the same, as no status is given for it.
	MinChunk int
	// RollingSessions gives a session another URL with every chunk, and knows
	// it no longer by the one before.
	RollingSessions bool
	// BytewiseTags sorts tags by their bytes in every release.
	BytewiseTags bool
	// Unfiltered ignores the filter of referrers, and does not claim otherwise.
	Unfiltered bool
}

// Registry serves the API below /v2/ of one registry. It is an http.Handler,
// safe for concurrent use.
type Registry struct {
	opts Options
	does behaviour
	now  func() time.Time

	// mu guards all that follows. It is never held while a body is read or
	// hashed.
	mu       sync.Mutex
	repos    map[string]*repository
	contents map[digest.Digest]*content
	sessions map[string]*session
	used     int64
}

// New returns an empty registry. It fails for an unknown release.
func New(opts Options) (*Registry, error) {
	does, ok := releases[opts.Release]
	if !ok {
		return nil, fmt.Errorf("registry: unknown release %q (known: v1.0, v1.1, dev)", opts.Release)
	}
	opts.setDefaults()
	does.anonymousMount = does.anonymousMount && !opts.NoAnonymousMount
	does.tagParams = does.tagParams && !opts.NoTagParams
	does.foldTagCase = does.foldTagCase && !opts.BytewiseTags
	if a := opts.DigestHeader; a != "" && a != digest.SHA256 && a != digest.SHA512 {
		return nil, fmt.Errorf("registry: unknown digest algorithm %q", a)
	}
	return &Registry{
		opts:     opts,
		does:     does,
		now:      time.Now,
		repos:    map[string]*repository{},
		contents: map[digest.Digest]*content{},
		sessions: map[string]*session{},
	}, nil
}

func (o *Options) setDefaults() {
	setDefault(&o.MaxBytes, 256<<20)
	setDefault(&o.MaxManifest, 8<<20)
	setDefault(&o.MaxRepositories, 10000)
	setDefault(&o.MaxTags, 10000)
	setDefault(&o.MaxUploads, 1000)
	setDefault(&o.UploadTimeout, time.Hour)
	setDefault(&o.ReferrersPage, 100)
	setDefault(&o.MaxTagParams, 100)
	setDefault(&o.Refusal, http.StatusMethodNotAllowed)
}

func setDefault[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// ServeHTTP answers one request.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	c := &call{w: w, req: req, query: req.URL.Query()}
	if err := r.dispatch(c); err != nil {
		c.fail(err)
	}
	drain(req)
}

// drainLimit is how much of an unwanted body is read to its end.
const drainLimit = 64 << 20

// drain reads what a handler left of the body. A server that answers and
// closes while the client still sends can make the client lose the answer,
// and a 413 then looks like a broken connection. A client that waits for
// 100 (Continue) must not be waited for.
func drain(req *http.Request) {
	if req.Body != nil && req.Header.Get("Expect") == "" {
		io.CopyN(io.Discard, req.Body, drainLimit)
	}
}
