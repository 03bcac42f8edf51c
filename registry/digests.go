package registry

import (
	_ "crypto/sha256" // for the digests of the same name
	_ "crypto/sha512"
	"net/http"
	"strings"

	"github.com/opencontainers/go-digest"
)

// isDigest tells digests from tags in manifest URLs: a tag has no colon.
func isDigest(ref string) bool { return strings.Contains(ref, ":") }

// wellFormed holds for digests of unknown algorithms too, of which nothing
// more than the general grammar can be asked.
func wellFormed(s string) bool {
	err := digest.Digest(s).Validate()
	return err == nil || err == digest.ErrDigestUnsupported
}

// supports names the algorithms content can be pushed with. More are known
// to the digest package, but only these two are registered in image-spec
// releases that the distribution releases refer to.
func (r *Registry) supports(a digest.Algorithm) bool {
	return a == digest.SHA256 || a == digest.SHA512 && !r.opts.NoSHA512
}

// readDigest parses a digest that content is asked for by. An unsupported
// algorithm is no mistake: there is just nothing under such a digest.
func readDigest(s string) (digest.Digest, error) {
	if !wellFormed(s) {
		return "", refuse(http.StatusBadRequest, digestInvalid, "%q is not a digest", s)
	}
	return digest.Digest(s), nil
}

// pushDigest parses a digest that content is pushed with.
func (r *Registry) pushDigest(s string) (digest.Digest, error) {
	d, err := readDigest(s)
	if err == nil && !r.supports(d.Algorithm()) {
		err = refuse(http.StatusBadRequest, digestInvalid, "digest algorithm %q is not supported", d.Algorithm())
	}
	return d, err
}

// shown is the digest that Docker-Content-Digest has for content.
func (r *Registry) shown(d digest.Digest, data []byte) digest.Digest {
	if a := r.opts.DigestHeader; a != "" && a != d.Algorithm() {
		return a.FromBytes(data)
	}
	return d
}

// verify compares content with the digest given for it, which has to be of
// a supported algorithm.
func verify(d digest.Digest, data []byte) error {
	if got := d.Algorithm().FromBytes(data); got != d {
		return refuse(http.StatusBadRequest, digestInvalid, "the content has digest %s, not %s", got, d)
	}
	return nil
}
