// Package registry is the model registry: an in-memory OCI registry that behaves
// as one release of the OCI Distribution Spec states. Use it as the server in
// tests of a client:
//
//	reg, err := registry.New(registry.Options{})
//	srv := httptest.NewServer(reg)
//
// Package registrytest runs it with planted faults and with behaviour that the
// specification allows. Conformance cases are tested against it too: a case that
// fails here is wrong.
//
// Comments name endpoints by their ids in the specification's table (end-1 to
// end-14).
package registry

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"
)

// Options selects the release and, among the behaviours that the release
// allows, how the registry behaves. The zero value is v1.1 with every optional
// feature.
type Options struct {
	// Release is "v1.0", "v1.1" or "dev". Default "v1.1".
	Release string
	// Logger, if set, logs each request at level Info after its response, with
	// method, path, status, response body size in bytes and duration, and at
	// level Error what caused a response of 500. It logs no header and no body.
	Logger *slog.Logger `json:"-"`

	// MaxBytes bounds the memory for blobs, manifests, tags and open upload
	// sessions, in bytes, including a fixed charge for the bookkeeping of each.
	// Default 256 MiB. A request that would exceed it returns 507 (RFC 4918,
	// section 11.5) with the code DENIED, since no 4xx status means that the same
	// request can succeed later.
	MaxBytes int64
	// MaxManifest is the size of the largest accepted manifest in bytes; the
	// registry rejects a larger one with 413. Default 8 MiB, twice the minimum of
	// v1.1.
	MaxManifest int64
	// MaxRepositories bounds the number of repositories; a request that would
	// exceed it returns 507. Default 10000.
	MaxRepositories int
	// MaxTags bounds the number of tags of a repository; a request that would
	// exceed it returns 507. Default 10000.
	MaxTags int
	// MaxUploads bounds the number of open upload sessions; when it is reached, a
	// new session closes the one that has been idle longest. Default 1000.
	MaxUploads int
	// UploadTimeout is how long an idle upload session stays open. Default one
	// hour.
	UploadTimeout time.Duration

	// TagsPage is the most tags in one response, 0 for no limit. It has no effect
	// in v1.0, which has no Link header on tag lists.
	TagsPage int
	// ReferrersPage is the most descriptors in one response. Default 100. A
	// response also stays below 4 MiB unless one descriptor is larger.
	ReferrersPage int
	// MaxTagParams is the most tag parameters of one manifest push (end-7b);
	// beyond it 414. Default 100.
	MaxTagParams int

	// AbsoluteLocations sends every Location with scheme and host.
	AbsoluteLocations bool
	// NoSinglePOST opens an upload session for a POST with a digest (end-4b).
	NoSinglePOST bool
	// NoSHA512 supports sha256 only.
	NoSHA512 bool
	// NoTagDeletion, NoManifestDeletion and NoBlobDeletion reject the deletion of
	// that kind (end-9, end-10) with the status Refusal: 405, the default, or 400.
	NoTagDeletion, NoManifestDeletion, NoBlobDeletion bool
	Refusal                                           int
	// AcceptAbsent accepts manifests whose content the repository does not have.
	AcceptAbsent bool
	// NoMount opens an upload session for every mount (end-11), NoAnonymousMount
	// for a mount without the from parameter.
	NoMount, NoAnonymousMount bool
	// NoTagParams ignores tag parameters (end-7b).
	NoTagParams bool
	// DigestHeader, if not empty, is the algorithm of Docker-Content-Digest in
	// every response but that to a manifest push, which has the client's digest.
	DigestHeader digest.Algorithm
	// MinChunk, if not 0, is the length in bytes announced in
	// OCI-Chunk-Min-Length. The registry accepts shorter chunks, since the
	// specification names no status code for them.
	MinChunk int
	// RollingSessions gives an upload session a new URL with each chunk; the
	// previous URL then returns 404.
	RollingSessions bool
	// BytewiseTags sorts tags by their bytes in every release.
	BytewiseTags bool
	// Unfiltered ignores the artifactType filter of referrers and omits
	// OCI-Filters-Applied.
	Unfiltered bool
}

// Registry is an [http.Handler] that serves the API below /v2/. It is safe for
// concurrent use.
type Registry struct {
	opts Options
	does behaviour
	now  func() time.Time

	// mu guards the fields below. It is not held while a body is read or hashed.
	mu       sync.Mutex
	repos    map[string]*repository
	contents map[digest.Digest]*content
	sessions map[string]*session
	used     int64
}

// New returns an empty registry. It returns an error if the release or the
// digest algorithm of the options is unknown.
func New(opts Options) (*Registry, error) {
	opts.setDefaults()
	does, ok := releases[opts.Release]
	if !ok {
		return nil, fmt.Errorf("registry: unknown release %q; want v1.0, v1.1 or dev", opts.Release)
	}
	does.anonymousMount = does.anonymousMount && !opts.NoAnonymousMount
	does.tagParams = does.tagParams && !opts.NoTagParams
	does.foldTagCase = does.foldTagCase && !opts.BytewiseTags
	if a := opts.DigestHeader; a != "" && a != digest.SHA256 && a != digest.SHA512 {
		return nil, fmt.Errorf("registry: unknown digest algorithm %q; want sha256 or sha512", a)
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
	if o.Release == "" {
		o.Release = "v1.1"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
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

// ServeHTTP implements [http.Handler].
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	started := r.now()
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	c := &call{w: rec, req: req, query: req.URL.Query()}
	err := r.dispatch(c)
	if err != nil {
		c.fail(err)
	}
	drain(req)
	r.log(req, rec, err, r.now().Sub(started))
}

// drainLimit bounds the bytes of an unread request body that drain reads.
const drainLimit = 64 << 20

// drain reads the rest of the request body. A server that responds and closes
// the connection while the client is still sending can make the client lose the
// response, so that a 413 looks like a broken connection. drain does not wait
// for a client that expects 100 (Continue), since it sends no body.
func drain(req *http.Request) {
	if req.Body != nil && req.Header.Get("Expect") == "" {
		io.CopyN(io.Discard, req.Body, drainLimit)
	}
}
