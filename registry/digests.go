package registry

import (
	_ "crypto/sha256" // registers the sha256 algorithm
	_ "crypto/sha512" // registers the sha512 algorithm
	"net/http"
	"strings"

	"github.com/opencontainers/go-digest"
)

// isDigest reports whether the reference in a manifest URL is a digest rather
// than a tag. A tag has no colon.
func isDigest(ref string) bool { return strings.Contains(ref, ":") }

// wellFormed reports whether s follows the digest grammar. A digest with an
// unknown algorithm only has to follow the general grammar.
func wellFormed(s string) bool {
	err := digest.Digest(s).Validate()
	return err == nil || err == digest.ErrDigestUnsupported
}

// supports reports whether content can be pushed with algorithm a. Package
// digest knows more algorithms, but only sha256 and sha512 are registered in
// the image-spec releases that the distribution-spec releases refer to.
func (r *Registry) supports(a digest.Algorithm) bool {
	return a == digest.SHA256 || a == digest.SHA512 && !r.opts.NoSHA512
}

// readDigest parses the digest of a request that reads content. An unknown
// algorithm is not an error: no content has such a digest, so the response is
// 404.
func readDigest(s string) (digest.Digest, error) {
	if !wellFormed(s) {
		return "", reject(http.StatusBadRequest, digestInvalid, "malformed digest %q", s)
	}
	return digest.Digest(s), nil
}

// pushDigest parses the digest of a push. An unsupported algorithm is an error.
func (r *Registry) pushDigest(s string) (digest.Digest, error) {
	d, err := readDigest(s)
	if err == nil && !r.supports(d.Algorithm()) {
		err = reject(http.StatusBadRequest, digestInvalid, "unknown digest algorithm %q", d.Algorithm())
	}
	return d, err
}

// shown returns the value of Docker-Content-Digest for content with digest d.
func (r *Registry) shown(d digest.Digest, data []byte) digest.Digest {
	if a := r.opts.DigestHeader; a != "" && a != d.Algorithm() {
		return a.FromBytes(data)
	}
	return d
}

// verify returns an error if data does not have digest d, whose algorithm must
// be supported.
func verify(d digest.Digest, data []byte) error {
	if got := d.Algorithm().FromBytes(data); got != d {
		return reject(http.StatusBadRequest, digestInvalid, "digest mismatch: the content has digest %s, want %s", got, d)
	}
	return nil
}
