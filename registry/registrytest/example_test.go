package registrytest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocispec/ocispec/registry/registrytest"
)

// pull is the client under test. It verifies the digest of the blob.
func pull(url string, want digest.Digest) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if digest.FromBytes(body) != want {
		return fmt.Errorf("the blob does not have the digest %s", want)
	}
	return nil
}

// The registry flips a bit of each blob that it returns. The client must detect
// it.
func Example() {
	reg, err := registrytest.New(registrytest.Options{Faults: []string{"blob.get-flipped"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv := httptest.NewServer(reg)
	defer srv.Close()

	const blob = "hello"
	repo := srv.URL + "/v2/library/hello/blobs/"
	want := digest.FromString(blob)
	pushed, err := http.Post(repo+"uploads/?digest="+want.String(), "application/octet-stream", strings.NewReader(blob))
	if err != nil {
		fmt.Println(err)
		return
	}
	pushed.Body.Close()
	fmt.Println(pushed.Status)
	fmt.Println(pull(repo+want.String(), want))
	// Output:
	// 201 Created
	// the blob does not have the digest sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
}
