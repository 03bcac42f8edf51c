package modelregistry

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/internal/faultproxy"
	"github.com/ocispec/ocispec/registry"
)

// TestInFrontOf applies a fault to a registry at a URL.
func TestInFrontOf(t *testing.T) {
	reg, err := New(registry.Options{}, []string{"v1.1"})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(reg)
	defer srv.Close()
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	fault := &faultproxy.Deviation{Alter: []faultproxy.Alteration{{
		On:       faultproxy.On{Traits: faultproxy.Traits{Path: "^/v2/$"}},
		Response: &faultproxy.ResponseEdit{Status: http.StatusNoContent},
	}}}
	h, err := InFrontOf(u, fault)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(h)
	defer front.Close()
	for path, want := range map[string]int{"/v2/": 204, "/v2/a/tags/list": 404} {
		resp, err := http.Get(front.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: status %d, want %d", path, resp.StatusCode, want)
		}
	}
	if _, err := InFrontOf(u, &faultproxy.Deviation{Registry: json.RawMessage(`{}`)}); err == nil {
		t.Error("no error for a model registry option in front of another registry")
	}
}

func TestNew(t *testing.T) {
	for name, lineage := range map[string][]string{"own release": {"v1.0", "v1.1", "mine"}, "built in": {"dev"}} {
		if _, err := New(registry.Options{}, lineage); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(registry.Options{}, []string{"v1.1"}, &faultproxy.Deviation{ID: "f", Registry: json.RawMessage(`{"tagsPages":1}`)}); err == nil || !strings.Contains(err.Error(), "tagsPages") {
		t.Errorf("unknown option: %v", err)
	}
	if _, err := New(registry.Options{}, []string{"v7"}); err == nil {
		t.Error("unknown release: no error")
	}
}
