package registry

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
)

var allReleases = []string{"v1.0", "v1.1", "dev"}

const (
	imageType = "application/vnd.oci.image.manifest.v1+json"
	indexType = "application/vnd.oci.image.index.v1+json"
)

// fixture is a registry behind an HTTP server.
type fixture struct {
	t   *testing.T
	r   *Registry
	url string
}

func serve(t *testing.T, opts Options) *fixture {
	t.Helper()
	r, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return &fixture{t, r, srv.URL}
}

func eachRelease(t *testing.T, test func(t *testing.T, f *fixture, release string)) {
	for _, release := range allReleases {
		t.Run(release, func(t *testing.T) { test(t, serve(t, Options{Release: release}), release) })
	}
}

// used returns the number of bytes that the registry counts as used.
func (f *fixture) used() int64 {
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	return f.r.used
}

// reply is a response including its body.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   string
	codes  []string
}

// do sends a request. Each header is "Name: value".
func (f *fixture) do(method, path, body string, headers ...string) *reply {
	f.t.Helper()
	if !strings.HasPrefix(path, "http://") {
		path = f.url + path
	}
	req, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	rep := &reply{t: f.t, what: method + " " + path, status: resp.StatusCode, header: resp.Header, body: string(data)}
	rep.readErrors()
	return rep
}

// readErrors checks the format of an error body, if there is one.
func (r *reply) readErrors() {
	r.t.Helper()
	if r.status < 400 || r.body == "" {
		return
	}
	var e struct {
		Errors []struct{ Code, Message string }
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(r.body)))
	if err := dec.Decode(&e); err != nil || len(e.Errors) == 0 {
		r.t.Errorf("%s: error body %q", r.what, r.body)
	}
	if got := r.header.Get("Content-Type"); got != "application/json" {
		r.t.Errorf("%s: error body of type %q", r.what, got)
	}
	for _, one := range e.Errors {
		r.codes = append(r.codes, one.Code)
	}
}

// want checks the status code and, unless empty, the error codes.
func (r *reply) want(status int, code ...string) *reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s: status %d, want %d; %s", r.what, r.status, status, r.body)
	}
	for _, c := range code {
		if !slices.Contains(r.codes, c) {
			r.t.Errorf("%s: codes %q, want %s", r.what, r.codes, c)
		}
	}
	return r
}

func (r *reply) wantHeader(name, value string) *reply {
	r.t.Helper()
	if got := strings.Join(r.header.Values(name), ", "); got != value {
		r.t.Errorf("%s: %s is %q, want %q", r.what, name, got, value)
	}
	return r
}

func (r *reply) wantBody(body string) *reply {
	r.t.Helper()
	if r.body != body {
		r.t.Errorf("%s: body %.200q, want %.200q", r.what, r.body, body)
	}
	return r
}

func (r *reply) location() string {
	r.t.Helper()
	loc := r.header.Get("Location")
	if loc == "" {
		r.t.Fatalf("%s: no Location", r.what)
	}
	return loc
}

func sha256(s string) string { return digest.SHA256.FromString(s).String() }
func sha512(s string) string { return digest.SHA512.FromString(s).String() }

// session opens an upload session and returns its URL.
func (f *fixture) session(repo string) string {
	f.t.Helper()
	return f.do("POST", "/v2/"+repo+"/blobs/uploads/", "").want(202).location()
}

// blob pushes a blob and returns its digest.
func (f *fixture) blob(repo, content string) string {
	f.t.Helper()
	d := sha256(content)
	f.do("PUT", f.session(repo)+"?digest="+d, content).want(201)
	return d
}

// manifest pushes a manifest by tag or, if the tag is empty, by digest.
func (f *fixture) manifest(repo, ref, mediaType, body string) *reply {
	f.t.Helper()
	if ref == "" {
		ref = sha256(body)
	}
	return f.do("PUT", "/v2/"+repo+"/manifests/"+ref, body, "Content-Type: "+mediaType).want(201)
}

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

type m = map[string]any

func descriptor(mediaType, content string) m {
	return m{"mediaType": mediaType, "digest": sha256(content), "size": len(content)}
}

// image pushes a config and a layer and returns a manifest that references
// them, with members added or replaced.
func (f *fixture) image(repo string, more m) string {
	f.t.Helper()
	f.blob(repo, "{}")
	f.blob(repo, "layer")
	img := m{
		"schemaVersion": 2, "mediaType": imageType,
		"config": descriptor("application/vnd.example.config+json", "{}"),
		"layers": []m{descriptor("application/vnd.oci.image.layer.v1.tar", "layer")},
	}
	for k, v := range more {
		img[k] = v
	}
	return toJSON(img)
}

func index(more m, manifests ...m) string {
	idx := m{"schemaVersion": 2, "mediaType": indexType, "manifests": append([]m{}, manifests...)}
	for k, v := range more {
		idx[k] = v
	}
	return toJSON(idx)
}
