// Ocimem serves an in-memory registry of the cuelabs OCI packages on the
// address that it is given.
package main

import (
	"log"
	"net/http"
	"os"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
)

func main() {
	mem := ocimem.NewWithConfig(&ocimem.Config{LaxChildReferences: true})
	log.Fatal(http.ListenAndServe(os.Args[1], ociserver.New(mem, nil)))
}
