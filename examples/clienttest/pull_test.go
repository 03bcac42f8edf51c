package clienttest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocispec/ocispec/registry/registrytest"
)

const content = "hello"

var want = digest.FromString(content)

// push stores the content in the registry with a single POST.
func push(t *testing.T, registry string) {
	t.Helper()
	resp, err := http.Post(registry+"/v2/team/app/blobs/uploads/?digest="+want.String(), "application/octet-stream", strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatal(resp.Status)
	}
}

func TestPull(t *testing.T) {
	srv := registrytest.NewServer(t, registrytest.Options{})
	push(t, srv.URL)
	got, err := Pull(srv.URL, "team/app", want)
	if err != nil || string(got) != content {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestPullFromFaulty pulls from registries that each have one defect.
func TestPullFromFaulty(t *testing.T) {
	for fault, message := range map[string]string{
		"blob.get-flipped": "the content has the digest",
	} {
		t.Run(fault, func(t *testing.T) {
			srv := registrytest.NewServer(t, registrytest.Options{Faults: []string{fault}})
			push(t, srv.URL)
			if _, err := Pull(srv.URL, "team/app", want); err == nil || !strings.Contains(err.Error(), message) {
				t.Errorf("got error %v, want %q", err, message)
			}
		})
	}
}

// TestPullFromVariants pulls from registries that differ as the specification
// allows.
func TestPullFromVariants(t *testing.T) {
	variants, err := registrytest.Variants()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range variants {
		if !strings.HasPrefix(v.ID, "http.redirect-") {
			continue
		}
		t.Run(v.ID, func(t *testing.T) {
			srv := registrytest.NewServer(t, registrytest.Options{Variants: []string{v.ID}})
			push(t, srv.URL)
			if _, err := Pull(srv.URL, "team/app", want); err != nil {
				t.Error(err)
			}
		})
	}
}
