package login

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cuelabs.dev/go/oci/ociregistry/ociauth"
)

// dockerConfig makes a text the configuration of docker login.
func dockerConfig(t *testing.T, text string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestStored has the forms in which docker login and podman login store credentials.
func TestStored(t *testing.T) {
	user := ociauth.ConfigEntry{Username: "me", Password: "secret-word"}
	identity := ociauth.ConfigEntry{RefreshToken: "the-identity"}
	auth := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, tt := range []struct {
		name, host string
		variable   string // DOCKER_AUTH_CONFIG
		docker     string // config.json
		podman     string // auth.json
		want       ociauth.ConfigEntry
		err        string
	}{
		{name: "nothing"},
		{name: "a user", docker: `{"auths": {"r.example": {"username": "me", "password": "secret-word"}}}`, want: user},
		{name: "an auth entry", docker: `{"auths": {"r.example": {"auth": "` + auth("me:secret-word") + `"}}}`, want: user},
		{name: "the URL of a registry", docker: `{"auths": {"https://r.example/v2/": {"auth": "` + auth("me:secret-word") + `"}}}`, want: user},
		{name: "an identity token", docker: `{"auths": {"r.example": {"identitytoken": "the-identity"}}}`, want: identity},
		{name: "an auth entry beside an identity token", docker: `{"auths": {"r.example": {"auth": "` + auth("00000000-0000-0000-0000-000000000000:") + `", "identitytoken": "the-identity"}}}`, want: identity},
		{name: "a token for the registry", docker: `{"auths": {"r.example": {"registrytoken": "the-token"}}}`, want: ociauth.ConfigEntry{AccessToken: "the-token"}},
		{name: "another registry", docker: `{"auths": {"other.example": {"username": "me", "password": "secret-word"}}}`},
		{name: "Docker Hub", host: "registry-1.docker.io", docker: `{"auths": {"https://index.docker.io/v1/": {"auth": "` + auth("me:secret-word") + `"}}}`, want: user},
		{name: "podman", podman: `{"auths": {"r.example": {"auth": "` + auth("me:secret-word") + `"}}}`, want: user},
		{name: "the variable first", variable: `{"auths": {"r.example": {"auth": "` + auth("me:secret-word") + `"}}}`, docker: `{"auths": {"r.example": {"auth": "` + auth("you:other") + `"}}}`, want: user},
		{name: "a helper", docker: `{"credHelpers": {"r.example": "test"}}`, want: ociauth.ConfigEntry{Username: "test", Password: "r.example"}},
		{name: "a helper for all", docker: `{"credsStore": "test", "auths": {"r.example": {}}}`, want: ociauth.ConfigEntry{Username: "test", Password: "r.example"}},
		{name: "a helper for Docker Hub", host: "registry-1.docker.io", docker: `{"credsStore": "test"}`, want: ociauth.ConfigEntry{Username: "test", Password: dockerHub}},
		{name: "not JSON", docker: `{"auths": secret-word}`, err: "config.json: invalid character 's'"},
		{name: "not base64", docker: `{"auths": {"r.example": {"auth": "secret-word!"}}}`, err: "config.json: "},
		{name: "a broken variable", variable: "secret-word", err: "DOCKER_AUTH_CONFIG: invalid character 's'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("DOCKER_AUTH_CONFIG", tt.variable)
			dockerConfig(t, tt.docker)
			run := t.TempDir()
			t.Setenv("XDG_RUNTIME_DIR", run)
			if err := os.Mkdir(filepath.Join(run, "containers"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(run, "containers", "auth.json"), []byte(tt.podman), 0o600); err != nil {
				t.Fatal(err)
			}
			host := "r.example"
			if tt.host != "" {
				host = tt.host
			}
			got, err := stored(host, func(name, server string) (ociauth.ConfigEntry, error) {
				return ociauth.ConfigEntry{Username: name, Password: server}, nil
			})
			if got != tt.want || (err == nil) != (tt.err == "") {
				t.Fatalf("%+v %v", got, err)
			}
			if err != nil && (!strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret-word")) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestIdentityToken has docker login store an identity token: a token server takes it by
// POST, or has no such endpoint.
func TestIdentityToken(t *testing.T) {
	for _, posts := range []bool{true, false} {
		t.Run(fmt.Sprintf("POST %v", posts), func(t *testing.T) {
			var methods []string
			tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				methods = append(methods, r.Method)
				switch {
				case r.Method == http.MethodPost && !posts:
					w.WriteHeader(http.StatusNotFound)
				case r.Method == http.MethodPost && (r.FormValue("refresh_token") != "the-identity" || r.FormValue("grant_type") != "refresh_token"):
					w.WriteHeader(http.StatusUnauthorized)
				default:
					fmt.Fprint(w, `{"access_token": "the-token-itself"}`)
				}
			}))
			defer tokens.Close()
			srv := bearer(t, tokens.URL)
			dockerConfig(t, fmt.Sprintf(`{"auths": {%q: {"auth": "bWU6", "identitytoken": "the-identity"}}}`, strings.TrimPrefix(srv.URL, "http://")))
			resp, _, err := get(t, srv.URL+"/", Credentials{})
			if err != nil || resp.Status != http.StatusOK {
				t.Fatalf("%v %v", resp, err)
			}
			if got := strings.Join(methods, " "); got != map[bool]string{true: "POST", false: "POST GET"}[posts] {
				t.Errorf("sent %s", got)
			}
		})
	}
}
