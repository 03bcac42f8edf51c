// Package clienttest shows how the tests of a registry client use the model
// registry.
package clienttest

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opencontainers/go-digest"
)

// maxBlob bounds the blobs that Pull reads, in bytes.
const maxBlob = 1 << 20

// Pull is the client under test: it pulls a blob of at most 1 MiB. It is an
// error if the status is not 200, or if the content does not have the digest.
func Pull(registry, repository string, want digest.Digest) ([]byte, error) {
	resp, err := http.Get(registry + "/v2/" + repository + "/blobs/" + want.String())
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("pull %s: %s", want, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBlob))
	if err != nil {
		return nil, fmt.Errorf("pull %s: %w", want, err)
	}
	if got := digest.FromBytes(body); got != want {
		return nil, fmt.Errorf("pull %s: the content has the digest %s", want, got)
	}
	return body, nil
}
