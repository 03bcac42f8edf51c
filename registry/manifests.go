package registry

import (
	"net/http"
	"slices"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// getManifest responds with a manifest by tag or digest (end-3). It ignores
// Accept: a manifest has a single representation, the pushed bytes.
func (r *Registry) getManifest(c *call) error {
	m, err := r.manifest(c)
	if err != nil {
		return err
	}
	c.serve(m.data, r.shown(m.digest, m.data), m.mediaType)
	return nil
}

func (r *Registry) manifest(c *call) (*manifest, error) {
	if err := checkReference(c.ref); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	repo, err := r.find(c.name)
	if err != nil {
		return nil, err
	}
	if m := repo.manifests[repo.resolve(c.ref)]; m != nil {
		return m, nil
	}
	return nil, absentManifest(c.ref)
}

// checkReference returns an error for a reference with a colon that is not a
// digest. A reference that is neither a digest nor a tag cannot have been
// pushed, so it is merely unknown.
func checkReference(ref string) error {
	if !isDigest(ref) {
		return nil
	}
	_, err := readDigest(ref)
	return err
}

// resolve returns the digest of a reference, "" for an unknown tag.
func (repo *repository) resolve(ref string) digest.Digest {
	if isDigest(ref) {
		return digest.Digest(ref)
	}
	return repo.tags[ref]
}

func absentManifest(ref string) error {
	return reject(http.StatusNotFound, manifestUnknown, "unknown manifest %s", ref)
}

// putManifest stores a manifest under a tag or digest (end-7a), or under a
// digest and tags (end-7b).
func (r *Registry) putManifest(c *call) error {
	d, tags, err := r.pushTargets(c)
	if err != nil {
		return err
	}
	b, err := r.readBody(c.req, r.opts.MaxManifest)
	defer b.free()
	if err != nil {
		return err
	}
	if d == "" {
		d = digest.SHA256.FromBytes(b.data)
	} else if err := verify(d, b.data); err != nil {
		return err
	}
	m, err := parseManifest(b.data, c.req.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	m.digest = d
	r.trimNeeds(m)
	if err := r.storeManifest(c.name, m, tags, b); err != nil {
		return err
	}
	r.manifestCreated(c, m, tags)
	return nil
}

// pushTargets returns the digest in the URL, if any, and the tags to assign to
// the manifest.
func (r *Registry) pushTargets(c *call) (d digest.Digest, tags []string, err error) {
	if isDigest(c.ref) {
		if d, err = r.pushDigest(c.ref); err != nil {
			return "", nil, err
		}
		tags, err = r.tagParams(c)
	} else {
		tags = []string{c.ref}
	}
	if err != nil {
		return "", nil, err
	}
	for _, t := range tags {
		if !tagGrammar.MatchString(t) {
			return "", nil, reject(http.StatusBadRequest, manifestInvalid, "malformed tag %q", t)
		}
	}
	return d, tags, nil
}

// tagParams returns the values of the tag parameters without duplicates
// (end-7b).
func (r *Registry) tagParams(c *call) ([]string, error) {
	if !r.does.tagParams {
		return nil, nil
	}
	tags := c.query["tag"]
	if len(tags) > r.opts.MaxTagParams {
		return nil, reject(http.StatusRequestURITooLong, unsupported, "more than %d tag parameters", r.opts.MaxTagParams)
	}
	var once []string
	for _, t := range tags {
		if !slices.Contains(once, t) {
			once = append(once, t)
		}
	}
	return once, nil
}

// storeManifest stores a manifest if the repository has the content that it
// references. It hands the memory reserved for b on to the manifest.
func (r *Registry) storeManifest(name string, m *manifest, tags []string, b *body) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.checkPresent(r.repos[name], m); err != nil {
		return err
	}
	m.blobs, m.manifests = nil, nil
	err := r.putManifestTags(name, m, tags, b.size())
	b.handed = err == nil
	return err
}

// trimNeeds removes the descriptors of content that may be absent.
func (r *Registry) trimNeeds(m *manifest) {
	if r.opts.AcceptAbsent {
		m.blobs, m.manifests = nil, nil
	}
	m.blobs = slices.DeleteFunc(m.blobs, r.mayBeAbsent)
	m.manifests = slices.DeleteFunc(m.manifests, r.mayBeAbsent)
}

// maxErrors bounds the number of errors in one response.
const maxErrors = 100

// checkPresent returns an error if the repository does not have all content
// that the manifest references, with one detail per descriptor. The subject may
// be pushed later and is not checked. An index may reference blobs as well as
// manifests.
func (r *Registry) checkPresent(repo *repository, m *manifest) error {
	p := &problem{status: http.StatusNotFound}
	add := func(d v1.Descriptor) {
		p.errors = append(p.errors, detail{r.does.absentContent, "unknown content referenced by the manifest",
			map[string]string{"digest": d.Digest.String()}})
	}
	for _, d := range m.blobs {
		if !repo.hasBlob(d.Digest) {
			add(d)
		}
	}
	for _, d := range m.manifests {
		if !repo.hasManifest(d.Digest) && !repo.hasBlob(d.Digest) {
			add(d)
		}
	}
	if len(p.errors) == 0 {
		return nil
	}
	p.errors = p.errors[:min(len(p.errors), maxErrors)]
	return p
}

// hasBlob and hasManifest return false for a nil repository.

func (repo *repository) hasBlob(d digest.Digest) bool {
	return repo != nil && repo.blobs[d] != nil
}

func (repo *repository) hasManifest(d digest.Digest) bool {
	return repo != nil && repo.manifests[d] != nil
}

func (r *Registry) manifestCreated(c *call, m *manifest, tags []string) {
	h := c.w.Header()
	h.Set("Location", r.location(c, "manifests", m.digest.String()))
	h.Set("Docker-Content-Digest", m.digest.String())
	if r.does.referrers && m.subject != "" {
		h.Set("OCI-Subject", m.subject.String())
	}
	if isDigest(c.ref) {
		for _, t := range tags {
			h.Add("OCI-Tag", t)
		}
	}
	c.empty(http.StatusCreated)
}

// deleteManifest deletes a manifest by digest, with its tags, or a single tag
// (end-9).
func (r *Registry) deleteManifest(c *call) error {
	if err := checkReference(c.ref); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	repo, err := r.find(c.name)
	if err != nil {
		return err
	}
	m := repo.manifests[repo.resolve(c.ref)]
	switch {
	case m == nil:
		return absentManifest(c.ref)
	case isDigest(c.ref):
		r.dropManifest(repo, m)
	default:
		r.dropTag(repo, c.ref)
	}
	c.empty(http.StatusAccepted)
	return nil
}
