package httpclient_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/internal/httpsyntax"
)

func ExampleClient_Do() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new?page=1", http.StatusTemporaryRedirect)
			return
		}
		w.Header().Set("Link", `</new?page=2>; rel="next"`)
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()

	client := httpclient.New(httpclient.Options{UserAgent: "example/1"})
	defer client.Close()
	start, _ := url.Parse(server.URL + "/old")
	resp, log, err := client.Do(context.Background(), &httpclient.Request{
		Method: "GET",
		URL:    start,
		Header: http.Header{"Authorization": {"Bearer secret"}},
	})
	if err != nil {
		fmt.Println(httpclient.KindOf(err).Inconclusive(), err)
		return
	}
	fmt.Println(resp.Status, string(resp.Body), "after", client.Requests(), "requests")

	links, _ := httpsyntax.ParseLinks(resp.Header.Values("Link"))
	for _, link := range links {
		if link.Has("next") {
			next, _ := httpsyntax.Resolve(resp.URL, link.Target)
			fmt.Println(next.RequestURI())
		}
	}
	fmt.Println(strings.ReplaceAll(log[0].Curl, server.URL, "http://localhost"))
	// Output:
	// 200 hello after 2 requests
	// /new?page=2
	// curl -i -H "Authorization: $AUTH" -H 'User-Agent: example/1' -H Accept: http://localhost/old
}
