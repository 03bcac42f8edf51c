package hostile

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestEcho has a registry that sends back the token that it received, in headers and
// bodies, whole and where ocispec cuts long values off: no output has it.
func TestEcho(t *testing.T) {
	const token = "opaque/token+\"0123456789\"=="
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"token": "opaque/token+\"0123456789\"=="}`)
	}))
	defer tokens.Close()
	for _, far := range []int{0, 120, 130, 135, 140} {
		echo := strings.Repeat("x", far) + token
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+token {
				w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q", tokens.URL))
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.Header().Set("Location", "/v2/"+url.PathEscape(echo))
			w.Header().Set("Docker-Content-Digest", echo)
			w.Header().Set("Range", echo)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(cmp.Or(map[string]int{"POST": 202, "PUT": 201, "PATCH": 202}[r.Method], http.StatusOK))
			fmt.Fprintf(w, `{"name": %q, "tags": [%[1]q], "errors": [{"code": %[1]q, "message": %[1]q}]}`, echo)
		}))
		defer srv.Close()
		dockerLogin(t, srv.URL)
		res := runDocker(t, srv.URL)
		if len(res.Findings) == 0 {
			t.Error("no finding shows what the registry sent")
		}
		harmless(t, res, "opaque/t", "opaque%2", "opaque%2f", "0123456789")
	}
}
