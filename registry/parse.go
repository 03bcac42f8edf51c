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

// Media types that are equivalent to those of the image-spec.
const (
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	dockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	dockerForeign  = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
	nondistrPrefix = "application/vnd.oci.image.layer.nondistributable."
)

// manifest is a stored manifest. The fields after data are parsed from it; annotations
// are those of a manifest with a subject.
type manifest struct {
	digest       digest.Digest
	mediaType    string
	data         []byte
	subject      digest.Digest
	artifactType string
	annotations  map[string]string

	// blobs and manifests are the descriptors whose content must be in the
	// repository when the manifest is pushed: config and layers, and the entries
	// of an index. Both are empty once the manifest is stored.
	blobs, manifests []v1.Descriptor
}

// cost returns the bytes charged for the manifest. Annotations count twice: as
// part of data and as strings of their own.
func (m *manifest) cost() int64 {
	n := itemCost + len(m.data) + len(m.mediaType) + len(m.artifactType)
	for k, v := range m.annotations {
		n += len(k) + len(v)
	}
	return int64(n)
}

// fields is a JSON object whose member names are matched exactly. Decoding into
// a struct would accept "MediaType" for "mediaType".
type fields map[string]json.RawMessage

// get decodes a member into target. If the member is absent or null, get leaves
// target unchanged.
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

// parseManifest parses a pushed manifest. For image manifests and indexes it
// reads the members that the registry acts on; a manifest of any other media
// type only has to be a JSON object.
func parseManifest(data []byte, contentType string) (*manifest, error) {
	m := &manifest{data: data}
	err := m.parse(contentType)
	if err != nil {
		return nil, reject(http.StatusBadRequest, manifestInvalid, "invalid manifest: %v", err)
	}
	return m, nil
}

func (m *manifest) parse(contentType string) error {
	var f fields
	if err := json.Unmarshal(m.data, &f); err != nil {
		return err
	}
	if f == nil {
		return fmt.Errorf("the manifest is null, not an object")
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

// setMediaType sets the media type from Content-Type, without parameters. Since
// clients SHOULD but need not send Content-Type, it falls back to the member
// mediaType, and then to the members of the manifest.
func (m *manifest) setMediaType(f fields, contentType string) error {
	var inBody string
	if err := f.get("mediaType", &inBody); err != nil {
		return err
	}
	pushed, _, _ := strings.Cut(contentType, ";")
	m.mediaType = strings.TrimSpace(pushed)
	if _, _, err := mime.ParseMediaType(m.mediaType); m.mediaType != "" && (err != nil || !strings.Contains(m.mediaType, "/")) {
		return fmt.Errorf("malformed Content-Type %q", contentType)
	}
	switch {
	case m.mediaType != "" && inBody != "" && !strings.EqualFold(m.mediaType, inBody):
		return fmt.Errorf("mediaType %q does not match Content-Type %q", inBody, m.mediaType)
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

// parseImage sets artifactType to the config's media type if the manifest has
// no artifactType, as the referrers list requires (end-12a).
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

// parseCommon keeps annotations only of a manifest with a subject, for the referrers
// list: they can be large.
func (m *manifest) parseCommon(f fields) error {
	subject, err := f.descriptor("subject")
	if err != nil {
		return err
	}
	if err := f.get("artifactType", &m.artifactType); err != nil {
		return err
	}
	if subject == nil {
		return f.get("annotations", &map[string]anyString{})
	}
	m.subject = subject.Digest
	return f.get("annotations", &m.annotations)
}

// anyString is a JSON string that is not decoded.
type anyString struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (anyString) UnmarshalJSON(b []byte) error {
	if b[0] != '"' && string(b) != "null" {
		return fmt.Errorf("want a string, not %.20s", b)
	}
	return nil
}

// descriptor parses a member that is a descriptor. It returns nil if the member
// is absent or null.
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
		return d, fmt.Errorf("malformed digest %q", d.Digest)
	}
	return d, nil
}

// mayBeAbsent reports whether a manifest may reference content that the
// repository does not have: non-distributable layers, content with urls, and
// content embedded in the descriptor (data).
func (r *Registry) mayBeAbsent(d v1.Descriptor) bool {
	switch {
	case strings.HasPrefix(d.MediaType, nondistrPrefix), d.MediaType == dockerForeign, len(d.URLs) > 0:
		return true
	case d.Data != nil && r.supports(d.Digest.Algorithm()):
		return verify(d.Digest, d.Data) == nil
	}
	return false
}
