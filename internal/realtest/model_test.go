package realtest

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/registry"
	"github.com/ocispec/ocispec/result"
)

// TestModel runs every release against the model registry. Every check must
// pass, except those of optional features that the model registry does not
// support.
func TestModel(t *testing.T) {
	for _, version := range []string{"v1.0", "v1.1", "dev"} {
		t.Run(version, func(t *testing.T) {
			reg, err := registry.New(registry.Options{Release: version})
			if err != nil {
				t.Fatal(err)
			}
			srv := httptest.NewServer(reg)
			defer srv.Close()
			res := test(t, strings.TrimPrefix(srv.URL, "http://"), version)
			for _, c := range res.Cases {
				for _, s := range c.Steps {
					for _, k := range s.Checks {
						if k.Outcome != result.Pass && k.Outcome != result.Unsupported && k.Outcome != result.Disabled {
							t.Errorf("%s/%s: %s: %s %s", c.ID, s.ID, k.Requirement, k.Outcome, k.Message)
						}
					}
				}
			}
		})
	}
}
