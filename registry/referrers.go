package registry

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// referrersBytes bounds the descriptors of one response, in bytes, so that the
// whole response stays below 4 MiB, the manifest size that clients support at
// least.
const referrersBytes = 4<<20 - 4<<10

// listReferrers responds with the manifests whose subject has a digest
// (end-12a), filtered by artifactType if given (end-12b). An unknown repository
// has no referrers: the referrers API never returns 404.
func (r *Registry) listReferrers(c *call) error {
	subject, err := readDigest(c.ref)
	if err != nil {
		return err
	}
	list := r.referrers(c.name, subject)
	if t := c.query.Get("artifactType"); t != "" && !r.opts.Unfiltered {
		list = ofType(list, t)
		c.w.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	list = slices.DeleteFunc(list, func(d v1.Descriptor) bool {
		return d.Digest.String() <= c.query.Get("last")
	})
	page := list[:r.pageSize(list)]
	if len(page) < len(list) {
		c.linkReferrers(page[len(page)-1].Digest)
	}
	c.json(http.StatusOK, v1.MediaTypeImageIndex, v1.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: v1.MediaTypeImageIndex,
		Manifests: page,
	})
	return nil
}

// referrers returns the descriptors sorted by digest, so that the next page is
// well defined even if the last digest of a page has been deleted. The result
// is never nil, since an empty list is [] in JSON.
func (r *Registry) referrers(name string, subject digest.Digest) []v1.Descriptor {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := []v1.Descriptor{}
	if repo := r.repos[name]; repo != nil {
		for _, m := range repo.manifests {
			if m.subject == subject {
				list = append(list, m.descriptor())
			}
		}
	}
	slices.SortFunc(list, func(a, b v1.Descriptor) int { return cmp.Compare(a.Digest, b.Digest) })
	return list
}

func (m *manifest) descriptor() v1.Descriptor {
	return v1.Descriptor{
		MediaType:    m.mediaType,
		Digest:       m.digest,
		Size:         int64(len(m.data)),
		ArtifactType: m.artifactType,
		Annotations:  m.annotations,
	}
}

// ofType returns the descriptors with an artifactType. The result is not nil.
func ofType(list []v1.Descriptor, artifactType string) []v1.Descriptor {
	return slices.DeleteFunc(list, func(d v1.Descriptor) bool { return d.ArtifactType != artifactType })
}

// pageSize returns the number of descriptors in one response. It is at least
// one if the list is not empty.
func (r *Registry) pageSize(list []v1.Descriptor) int {
	total := 0
	for i, d := range list {
		total += len(encode(d))
		if i > 0 && (i == r.opts.ReferrersPage || total > referrersBytes) {
			return i
		}
	}
	return len(list)
}

func (c *call) linkReferrers(last digest.Digest) {
	q := url.Values{"last": {last.String()}}
	if t := c.query.Get("artifactType"); t != "" {
		q.Set("artifactType", t)
	}
	c.linkNext("referrers/"+c.ref, q)
}
