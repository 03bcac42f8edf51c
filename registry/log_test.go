package registry

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestLogger(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "elapsed" {
			return slog.Attr{}
		}
		return a
	}}))
	reg, err := New(Options{Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v2/", "/v2/a/tags/list?n=secret"} {
		req := httptest.NewRequest(http.MethodGet, path, nil)
		req.Header.Set("Authorization", "Bearer secret")
		reg.ServeHTTP(httptest.NewRecorder(), req)
	}
	if out.String() != `level=INFO msg=request method=GET path=/v2/ status=200 bytes=3
level=INFO msg=request method=GET path=/v2/a/tags/list status=400 bytes=96
` {
		t.Error(out.String())
	}
}
