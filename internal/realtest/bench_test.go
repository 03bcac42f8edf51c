package realtest

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/registry"
)

// BenchmarkRun runs v1.1 against the model registry, both in this process.
func BenchmarkRun(b *testing.B) {
	rel, err := release.Builtin().Release("v1.1")
	if err != nil {
		b.Fatal(err)
	}
	reg, err := registry.New(registry.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s := httptest.NewServer(reg)
	defer s.Close()
	for _, parallel := range []int{1, 16} {
		b.Run(fmt.Sprint(parallel), func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				runWith(b, rel, s.Listener.Addr().String(), engine.Options{Seed: fmt.Sprint(n), Parallel: parallel})
			}
		})
	}
}
