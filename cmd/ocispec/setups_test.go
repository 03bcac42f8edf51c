package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocispec/ocispec/result"
)

// setup is a published set-up of a conformance suite: its variables, with the
// URL of the registry and secrets replaced.
type setup struct {
	name, spec string
	env        string
	// passed are categories that must be tested; the others must not.
	passed string
	// methods are those that may be sent.
	methods string
}

const allMethods = "GET HEAD POST PUT PATCH DELETE"

var setups = []setup{
	{"zot", "", "OCI_VERSION=1.1 OCI_REGISTRY=HOST OCI_TLS=disabled OCI_REPO1=oci-conformance/distribution-test OCI_REPO2=oci-conformance/crossmount-test OCI_RESULTS_DIR=.",
		"Pull, Push, Content Discovery, Content Management", allMethods},
	{"olareg", "", "OCI_VERSION=1.1 OCI_REGISTRY=HOST OCI_TLS=disabled OCI_API_BLOBS_DIGEST_HEADER=true OCI_API_BLOBS_UPLOAD_CANCEL=true OCI_API_MANIFESTS_DIGEST_HEADER=true OCI_DATA_SPARSE=true",
		"Pull, Push, Content Discovery, Content Management", allMethods},
	{"gitlab", "v1.0", "OCI_ROOT_URL=URL OCI_NAMESPACE=my-group/my-project/repo-a OCI_CROSSMOUNT_NAMESPACE=my-group/my-project/repo-b OCI_USERNAME=myuser OCI_PASSWORD=x OCI_TEST_PULL=1 OCI_TEST_PUSH=1 OCI_TEST_CONTENT_DISCOVERY=1 OCI_TEST_CONTENT_MANAGEMENT=1 OCI_AUTOMATIC_CROSSMOUNT=1 OCI_DELETE_MANIFEST_BEFORE_BLOBS=1",
		"Pull, Push, Content Discovery, Content Management", allMethods},
	{"keppel", "v1.0", "OCI_ROOT_URL=URL OCI_NAMESPACE=conformance-test/oci OCI_CROSSMOUNT_NAMESPACE=conformance-test/oci OCI_USERNAME=johndoe OCI_PASSWORD=x OCI_TEST_PULL=1 OCI_TEST_PUSH=1 OCI_TEST_CONTENT_DISCOVERY=1 OCI_TEST_CONTENT_MANAGEMENT=1 OCI_HIDE_SKIPPED_WORKFLOWS=0 OCI_DELETE_MANIFEST_BEFORE_BLOBS=1",
		"Pull, Push, Content Discovery, Content Management", allMethods},
	{"metahub", "v1.0", "OCI_ROOT_URL=URL OCI_NAMESPACE=oci/conformance OCI_USERNAME=oci OCI_PASSWORD=x OCI_TEST_PULL=1 OCI_TEST_PUSH=1 OCI_TEST_CONTENT_DISCOVERY=1 OCI_TEST_CONTENT_MANAGEMENT=1 OCI_HIDE_SKIPPED_WORKFLOWS=1 OCI_DEBUG=0 OCI_DELETE_MANIFEST_BEFORE_BLOBS=0",
		"Pull, Push, Content Discovery, Content Management", allMethods},
	{"gitea", "v1.0", "OCI_ROOT_URL=URL OCI_NAMESPACE=test-org/test OCI_CROSSMOUNT_NAMESPACE=test-org/test-cross-mount OCI_USERNAME=u OCI_PASSWORD=x OCI_TEST_PULL=1 OCI_TEST_PUSH=1 OCI_TEST_CONTENT_DISCOVERY=1 OCI_TEST_CONTENT_MANAGEMENT=1",
		"Pull, Push, Content Discovery, Content Management", allMethods},
	{"artifactory", "v1.0", "OCI_ROOT_URL=URL OCI_USERNAME=u OCI_PASSWORD=x OCI_NAMESPACE=oci-local OCI_TEST_PULL=1 OCI_TEST_PUSH=1 OCI_TEST_CONTENT_DISCOVERY=1 OCI_TEST_CONTENT_MANAGEMENT=1",
		"Pull, Push, Content Discovery, Content Management", allMethods},
	{"cloudsmith", "v1.1", "OCI_ROOT_URL=URL OCI_USERNAME=u OCI_PASSWORD=x OCI_NAMESPACE=org/repo/oci-conformance-testing OCI_CROSSMOUNT_NAMESPACE=org/repo/oci-testing-crossmount OCI_TEST_PULL=1 OCI_TEST_PUSH=1 OCI_TEST_CONTENT_DISCOVERY=1 OCI_TEST_CONTENT_MANAGEMENT=0",
		"Pull, Push, Content Discovery", "GET HEAD POST PUT PATCH"},
	{"keygen", "v1.1", "OCI_ROOT_URL=URL OCI_USERNAME=license OCI_PASSWORD=x OCI_NAMESPACE=oci/conformance OCI_MANIFEST_DIGEST=MANIFEST OCI_BLOB_DIGEST=BLOB OCI_TAG_NAME=latest OCI_TEST_PULL=1 OCI_TEST_PUSH=0 OCI_TEST_CONTENT_DISCOVERY=0 OCI_TEST_CONTENT_MANAGEMENT=0",
		"Pull", "GET HEAD"},
}

// TestSetups runs published set-ups with exactly their variables: the groups
// that they name are tested, and nothing else is sent.
func TestSetups(t *testing.T) {
	for _, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			counted := &methods{handler: modelRegistry(), seen: map[string]int{}}
			srv := httptest.NewServer(counted)
			defer srv.Close()
			manifest, blob := preload(t, srv.URL+"/v2/oci/conformance/")
			counted.reset()
			out := t.TempDir()
			values := strings.NewReplacer("URL", srv.URL, "HOST", strings.TrimPrefix(srv.URL, "http://"), "MANIFEST", manifest, "BLOB", blob)
			t.Setenv("DOCKER_CONFIG", out)
			t.Setenv("HOME", out)
			for _, kv := range strings.Fields(s.env) {
				name, value, _ := strings.Cut(kv, "=")
				t.Setenv(name, values.Replace(value))
			}
			args := []string{"run", "--out", out}
			if s.spec != "" {
				args = append(args, "--spec", s.spec)
			}
			var stderr strings.Builder
			if status := run(context.Background(), args, io.Discard, &stderr); status != statusOK {
				t.Errorf("status %d: %s", status, stderr.String())
			}
			for m := range counted.seen {
				if !strings.Contains(s.methods, m) {
					t.Errorf("%d %s were sent", counted.seen[m], m)
				}
			}
			for name, c := range results(t, out).Categories {
				if tested := c.Support == "positive"; tested != strings.Contains(s.passed, name) {
					t.Errorf("%s: %s, %s", name, c.Outcome, c.Support)
				}
			}
		})
	}
}

// TestTagList runs the older suite's variables with tags that exist: the tag list must
// have them, and nothing is written.
func TestTagList(t *testing.T) {
	for listed, want := range map[bool]int{true: statusOK, false: statusFailed} {
		reg := modelRegistry()
		counted := &methods{seen: map[string]int{}, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/tags/list") && !listed {
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, `{"name": "oci/conformance", "tags": ["other"]}`)
				return
			}
			reg.ServeHTTP(w, r)
		})}
		srv := httptest.NewServer(counted)
		defer srv.Close()
		preload(t, srv.URL+"/v2/oci/conformance/")
		counted.reset()
		out := t.TempDir()
		for name, value := range map[string]string{
			"DOCKER_CONFIG": out, "OCI_ROOT_URL": srv.URL, "OCI_NAMESPACE": "oci/conformance",
			"OCI_TEST_PULL": "1", "OCI_TEST_CONTENT_DISCOVERY": "1", "OCI_TAG_LIST": "latest", "OCI_REPORT_DIR": out,
		} {
			t.Setenv(name, value)
		}
		var stderr strings.Builder
		if status := run(t.Context(), []string{"run"}, io.Discard, &stderr); status != want {
			t.Errorf("listed %v: status %d: %s", listed, status, stderr.String())
		}
		if found := results(t, out).Findings; (len(found) == 1 && found[0].Requirement == "tags.list.complete") == listed {
			t.Errorf("listed %v: %+v", listed, found)
		}
		for m := range counted.seen {
			if m != http.MethodGet && m != http.MethodHead {
				t.Errorf("%d %s were sent", counted.seen[m], m)
			}
		}
	}
}

func results(t *testing.T, dir string) *result.Run {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var res result.Run
	if err := json.Unmarshal(b, &res); err != nil {
		t.Fatal(err)
	}
	return &res
}

// methods counts requests by method.
type methods struct {
	handler http.Handler
	mu      sync.Mutex
	seen    map[string]int
}

func (m *methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.seen[r.Method]++
	m.mu.Unlock()
	m.handler.ServeHTTP(w, r)
}

func (m *methods) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.seen)
}

// preload pushes an image with the tag latest, and returns the digests of its
// manifest and its config.
func preload(t *testing.T, repo string) (manifest, blob string) {
	t.Helper()
	config := []byte("{}")
	blob = digest.FromBytes(config).String()
	send(t, http.MethodPost, repo+"blobs/uploads/?digest="+blob, "application/octet-stream", string(config))
	descriptor := `{"mediaType":"application/vnd.oci.empty.v1+json","digest":"` + blob + `","size":2}`
	image := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":` + descriptor + `,"layers":[` + descriptor + `]}`
	send(t, http.MethodPut, repo+"manifests/latest", "application/vnd.oci.image.manifest.v1+json", image)
	return digest.FromString(image).String(), blob
}

func send(t *testing.T, method, url, mediaType, body string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", mediaType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s %s: %s", method, url, resp.Status)
	}
}
