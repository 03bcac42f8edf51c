package registry_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/ocispec/ocispec/registry"
)

func ExampleNew() {
	reg, err := registry.New(registry.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv := httptest.NewServer(reg)
	defer srv.Close()

	resp, err := http.Get(srv.URL + "/v2/")
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}
