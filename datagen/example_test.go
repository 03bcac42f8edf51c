package datagen_test

import (
	"fmt"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/engine/release"
)

func Example() {
	size := int64(1024)
	g := datagen.New("some seed", "pull/manifest", []*release.Data{
		{Name: "layer", Random: &size, MediaType: "application/octet-stream"},
		{Name: "list", JSON: []byte(`{"layers": [{"digest": "${data.layer.digest}", "size": "${data.layer.length}"}]}`)},
	})
	list, err := g.Content("list")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(list.Bytes))
	fmt.Println(list.Digest)
	// Output:
	// {"layers":[{"digest":"sha256:90e75bfb03cc6abd6268b99a9d97a851a86f68a9e06cb7ad19297a371e0d37fb","size":1024}]}
	// sha256:9d97820abdba92eb6fe22fbee49dca38bcaf00bab9e5e983a3e5b61c81923ec1
}
