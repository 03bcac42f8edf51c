package datagen

import (
	"fmt"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
)

// BenchmarkContent generates content of the usual kinds, and its digest.
func BenchmarkContent(b *testing.B) {
	for _, d := range []*release.Data{
		random("random", 1<<10),
		random("random", 5<<20),
		{Name: "tar", Tar: []release.File{{Name: "file", Size: 512}}, Gzip: true},
		jsonData("json", `{"schemaVersion": 2, "annotations": {"org.example.unique": "${unique}"}}`),
		sized(jsonData("json", `{"fill": "${fill}"}`), 4<<20),
	} {
		content, err := New("seed", "case", []*release.Data{d}).Content(d.Name)
		if err != nil {
			b.Fatal(err)
		}
		size := content.Len()
		b.Run(fmt.Sprintf("%s-%d", d.Name, size), func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := New("seed", "case", []*release.Data{d}).Content(d.Name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
