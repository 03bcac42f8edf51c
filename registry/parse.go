package registry

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Media types that mean the same as those of the image-spec.
const (
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	dockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	dockerForeign  = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
	nondistrPrefix = "application/vnd.oci.image.layer.nondistributable."
)

// manifest is a stored manifest. What is below data is taken from data.
type manifest struct {
	digest       digest.Digest
	mediaType    string
	data         []byte
	subject      digest.Digest
	artifactType string
	annotations  map[string]string

	// What has to be in the repository when the manifest is pushed: config
	// and layers, and the entries of an index. Empty once it is stored.
	blobs, manifests []v1.Descriptor
}

// cost counts the annotations twice: in data and by themselves.
func (m *manifest) cost() int64 {
	n := itemCost + len(m.data) + len(m.mediaType) + len(m.artifactType)
	for k, v := range m.annotations {
		n += len(k) + len(v)
	}
	return int64(n)
}

// fields is a JSON object whose members are matched exactly. Decoding into a
// struct would take "MediaType" for "mediaType".
type fields map[string]json.RawMessage

// get decodes a member. An absent member and null leave the target alone.
func (f fields) get(key string, target any) error {
	raw, ok := f[key]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, target); err != nil {
		return fmt.Errorf("member %q: %w", key, err)
	}
	return nil
}

// parseManifest reads a pushed manifest. Of images and indexes it takes what
// a registry acts on; other media types have members of unknown meaning and
// only have to be JSON.
func parseManifest(data []byte, contentType string) (*manifest, error) {
	m := &manifest{data: data}
	err := m.parse(contentType)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, manifestInvalid, "the manifest is invalid: %v", err)
	}
	return m, nil
}

func (m *manifest) parse(contentType string) error {
	var f fields
	if err := json.Unmarshal(m.data, &f); err != nil {
		return err
	}
	if f == nil {
		return fmt.Errorf("it is null")
	}
	if err := m.setMediaType(f, contentType); err != nil {
		return err
	}
	switch m.mediaType {
	case v1.MediaTypeImageManifest, dockerManifest:
		return m.parseImage(f)
	case v1.MediaTypeImageIndex, dockerList:
		return m.parseIndex(f)
	}
	return nil
}

// setMediaType takes the media type from Content-Type, less its parameters.
// Clients ought to send one, but need not: then the manifest speaks for
// itself, and at last its shape.
func (m *manifest) setMediaType(f fields, contentType string) error {
	var inBody string
	if err := f.get("mediaType", &inBody); err != nil {
		return err
	}
	pushed, _, _ := strings.Cut(contentType, ";")
	m.mediaType = strings.TrimSpace(pushed)
	if _, _, err := mime.ParseMediaType(m.mediaType); m.mediaType != "" && (err != nil || !strings.Contains(m.mediaType, "/")) {
		return fmt.Errorf("Content-Type %q is not a media type", contentType)
	}
	switch {
	case m.mediaType != "" && inBody != "" && !strings.EqualFold(m.mediaType, inBody):
		return fmt.Errorf("mediaType is %q and Content-Type %q", inBody, m.mediaType)
	case m.mediaType != "":
	case inBody != "":
		m.mediaType = inBody
	case f["manifests"] != nil:
		m.mediaType = v1.MediaTypeImageIndex
	default:
		m.mediaType = v1.MediaTypeImageManifest
	}
	return nil
}

// parseImage falls back to the config's media type for artifactType, which
// is what the referrers list is to show (end-12a).
func (m *manifest) parseImage(f fields) error {
	config, err := f.descriptor("config")
	if err != nil {
		return err
	}
	if m.blobs, err = f.descriptors("layers"); err != nil {
		return err
	}
	if err := m.parseCommon(f); err != nil {
		return err
	}
	if config != nil {
		m.blobs = append([]v1.Descriptor{*config}, m.blobs...)
		if m.artifactType == "" {
			m.artifactType = config.MediaType
		}
	}
	return nil
}

func (m *manifest) parseIndex(f fields) (err error) {
	if m.manifests, err = f.descriptors("manifests"); err != nil {
		return err
	}
	return m.parseCommon(f)
}

func (m *manifest) parseCommon(f fields) error {
	subject, err := f.descriptor("subject")
	if err != nil {
		return err
	}
	if subject != nil {
		m.subject = subject.Digest
	}
	if err := f.get("artifactType", &m.artifactType); err != nil {
		return err
	}
	return f.get("annotations", &m.annotations)
}

// descriptor reads a member that is a descriptor, nil if it is not there.
func (f fields) descriptor(key string) (*v1.Descriptor, error) {
	var member fields
	if err := f.get(key, &member); err != nil || member == nil {
		return nil, err
	}
	d, err := member.toDescriptor()
	if err != nil {
		return nil, fmt.Errorf("member %q: %w", key, err)
	}
	return &d, nil
}

func (f fields) descriptors(key string) ([]v1.Descriptor, error) {
	var list []fields
	if err := f.get(key, &list); err != nil {
		return nil, err
	}
	ds := make([]v1.Descriptor, len(list))
	for i, member := range list {
		var err error
		if ds[i], err = member.toDescriptor(); err != nil {
			return nil, fmt.Errorf("member %q, entry %d: %w", key, i, err)
		}
	}
	return ds, nil
}

func (f fields) toDescriptor() (d v1.Descriptor, err error) {
	for key, target := range map[string]any{
		"mediaType": &d.MediaType, "digest": &d.Digest, "urls": &d.URLs, "data": &d.Data,
	} {
		if err := f.get(key, target); err != nil {
			return d, err
		}
	}
	if !wellFormed(d.Digest.String()) {
		return d, fmt.Errorf("%q is not a digest", d.Digest)
	}
	return d, nil
}

// mayBeAbsent holds for content that a manifest can name though it was never
// pushed: layers that must not be distributed, content to be had elsewhere,
// and content that the descriptor itself carries.
func (r *Registry) mayBeAbsent(d v1.Descriptor) bool {
	switch {
	case strings.HasPrefix(d.MediaType, nondistrPrefix), d.MediaType == dockerForeign, len(d.URLs) > 0:
		return true
	case d.Data != nil && r.supports(d.Digest.Algorithm()):
		return verify(d.Digest, d.Data) == nil
	}
	return false
}
