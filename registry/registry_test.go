package registry

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestNew(t *testing.T) {
	for _, release := range []string{"v1", "v1", "v1.2", "v1.0.1"} {
		if _, err := New(Options{Release: release}); err == nil {
			t.Errorf("release %q: no error", release)
		}
	}
}

func TestBase(t *testing.T) {
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		for _, path := range []string{"/v2/", "/v2"} {
			f.do("GET", path, "").want(200).wantBody("{}\n")
			f.do("HEAD", path, "").want(200).wantBody("").wantHeader("Content-Length", "3")
		}
	})
}

func TestRouting(t *testing.T) {
	d := sha256("x")
	table := []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/", 404, "UNSUPPORTED", ""},
		{"GET", "/v1/", 404, "UNSUPPORTED", ""},
		{"GET", "/v2/_catalog", 404, "UNSUPPORTED", ""},
		{"GET", "/v2/_oci/ext/discover", 404, "UNSUPPORTED", ""},
		{"GET", "/v2/a/manifests/", 404, "UNSUPPORTED", ""},
		{"GET", "/v2/a/blobs/", 404, "UNSUPPORTED", ""},
		{"GET", "/v2/blobs/uploads/x", 404, "UNSUPPORTED", ""},
		{"POST", "/v2/", 405, "UNSUPPORTED", "GET, HEAD"},
		{"POST", "/v2/a/tags/list", 405, "UNSUPPORTED", "GET, HEAD"},
		{"POST", "/v2/a/manifests/b", 405, "UNSUPPORTED", "DELETE, GET, HEAD, PUT"},
		{"PUT", "/v2/a/blobs/" + d, 405, "UNSUPPORTED", "DELETE, GET, HEAD"},
		{"GET", "/v2/a/blobs/uploads/", 405, "UNSUPPORTED", "POST"},
		{"GET", "/v2/a/blobs/uploads", 405, "UNSUPPORTED", "POST"},
		{"POST", "/v2/a/blobs/uploads/x", 405, "UNSUPPORTED", "DELETE, GET, HEAD, PATCH, PUT"},
		{"BREW", "/v2/", 405, "UNSUPPORTED", "GET, HEAD"},
		{"GET", "/v2/a/manifests/b", 404, "NAME_UNKNOWN", ""},
		{"GET", "/v2/a/manifests/" + d, 404, "NAME_UNKNOWN", ""},
		{"GET", "/v2/a/blobs/" + d, 404, "NAME_UNKNOWN", ""},
		{"GET", "/v2/a/tags/list", 404, "NAME_UNKNOWN", ""},
		{"GET", "/v2/a/tags/list?n=1", 404, "NAME_UNKNOWN", ""},
		{"DELETE", "/v2/a/manifests/b", 404, "NAME_UNKNOWN", ""},
		{"DELETE", "/v2/a/manifests/" + d, 404, "NAME_UNKNOWN", ""},
		{"DELETE", "/v2/a/blobs/" + d, 404, "NAME_UNKNOWN", ""},
		{"GET", "/v2/a/manifests/sha256:xyz", 400, "DIGEST_INVALID", ""},
		{"DELETE", "/v2/a/manifests/sha256:xyz", 400, "DIGEST_INVALID", ""},
		{"GET", "/v2/a/blobs/sha256:xyz", 400, "DIGEST_INVALID", ""},
		{"GET", "/v2/a/blobs/nonsense", 400, "DIGEST_INVALID", ""},
		{"DELETE", "/v2/a/blobs/nonsense", 400, "DIGEST_INVALID", ""},
		{"GET", "/v2/a/manifests/-no", 404, "NAME_UNKNOWN", ""},
		{"GET", "/v2/manifests/manifests/manifests", 404, "NAME_UNKNOWN", ""},
		{"GET", "/v2/a/blobs/uploads/manifests/b", 404, "NAME_UNKNOWN", ""},
	}
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		for _, c := range table {
			f.do(c.method, c.path, "").want(c.status, c.code).wantHeader("Allow", c.allow)
			if c.method == "GET" {
				f.do("HEAD", c.path, "").want(c.status).wantBody("").wantHeader("Content-Type", "application/json")
			}
		}
	})
}

func TestNames(t *testing.T) {
	table := []struct {
		name     string
		v10, v11 bool
	}{
		{"a", true, true}, {"a/b/c", true, true}, {"a.b/c-d_e", true, true}, {"0", true, true},
		{"a__b", false, true}, {"a--b", false, true}, {"a---b", false, true}, {"uploads", true, true},
		{"Upper", false, false}, {"a..b", false, false}, {"a-/b", false, false}, {"a___b", false, false},
		{"-a", false, false}, {"a//b", false, false}, {"", false, false}, {"a b", false, false}, {"a\n", false, false},
	}
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		for _, c := range table {
			ok := c.v11
			if release == "v1.0" {
				ok = c.v10
			}
			path := "/v2/" + strings.NewReplacer(" ", "%20", "\n", "%0A").Replace(c.name)
			if ok {
				f.do("POST", path+"/blobs/uploads/", "").want(202)
				continue
			}
			f.do("POST", path+"/blobs/uploads/", "").want(400, "NAME_INVALID")
			f.do("PUT", path+"/manifests/x", "{}").want(400, "NAME_INVALID")
		}
	})
}

func TestLocations(t *testing.T) {
	for _, absolute := range []bool{false, true} {
		f := serve(t, Options{Release: "v1.1", AbsoluteLocations: absolute})
		prefix := "/v2/a/"
		if absolute {
			prefix = f.url + prefix
		}
		session := f.session("a")
		if !strings.HasPrefix(session, prefix+"blobs/uploads/") {
			t.Errorf("session %q", session)
		}
		d := sha256("x")
		f.do("PUT", session+"?digest="+d, "x").want(201).wantHeader("Location", prefix+"blobs/"+d)
		body := index(nil)
		f.manifest("a", "tag", indexType, body).wantHeader("Location", prefix+"manifests/"+sha256(body))
	}
}

func TestNoDeletion(t *testing.T) {
	f := serve(t, Options{Release: "v1.1", NoTagDeletion: true})
	body := index(nil)
	f.manifest("a", "tag", indexType, body)
	f.do("DELETE", "/v2/a/manifests/tag", "").want(405, "UNSUPPORTED").wantHeader("Allow", "GET, HEAD, PUT")
	f.do("DELETE", "/v2/a/manifests/"+sha256(body), "").want(202)

	f = serve(t, Options{Release: "v1.1", NoManifestDeletion: true, NoBlobDeletion: true})
	f.manifest("a", "tag", indexType, body)
	d := f.blob("a", "x")
	f.do("DELETE", "/v2/a/manifests/"+sha256(body), "").want(405, "UNSUPPORTED")
	f.do("DELETE", "/v2/a/blobs/"+d, "").want(405, "UNSUPPORTED").wantHeader("Allow", "GET, HEAD")
	f.do("DELETE", "/v2/a/manifests/tag", "").want(202)
	f.do("GET", "/v2/a/manifests/"+sha256(body), "").want(200)
}

func TestBounds(t *testing.T) {
	t.Run("bytes", func(t *testing.T) {
		f := serve(t, Options{Release: "v1.1", MaxBytes: 10000})
		big := strings.Repeat("x", 6000)
		d := f.blob("a", big)
		f.do("POST", "/v2/b/blobs/uploads/?from=a&mount="+d, "").want(201) // stored once
		session := f.session("a")
		f.do("PATCH", session, strings.Repeat("y", 6000)).want(507, "DENIED")
		f.do("GET", session, "").want(204).wantHeader("Range", "0-0")
		f.do("DELETE", "/v2/a/blobs/"+d, "").want(202)
		f.do("PATCH", session, strings.Repeat("y", 6000)).want(507, "DENIED")
		f.do("DELETE", "/v2/b/blobs/"+d, "").want(202)
		f.do("PATCH", session, strings.Repeat("y", 6000)).want(202)
	})
	t.Run("repositories", func(t *testing.T) {
		f := serve(t, Options{Release: "v1.1", MaxRepositories: 1})
		f.blob("a", "x")
		f.do("PUT", f.session("b")+"?digest="+sha256("x"), "x").want(507, "DENIED")
		f.blob("a", "y")
	})
	t.Run("tags", func(t *testing.T) {
		f := serve(t, Options{Release: "v1.1", MaxTags: 1})
		f.manifest("a", "one", indexType, index(nil))
		f.manifest("a", "one", indexType, index(m{"annotations": m{"a": "b"}}))
		f.do("PUT", "/v2/a/manifests/two", index(nil)).want(507, "DENIED")
	})
	t.Run("sessions", func(t *testing.T) {
		f := serve(t, Options{Release: "v1.1", MaxUploads: 2})
		first, second := f.session("a"), f.session("a")
		f.do("PATCH", first, "x").want(202)
		f.session("a")
		f.do("GET", first, "").want(204)
		f.do("GET", second, "").want(404, "BLOB_UPLOAD_UNKNOWN")
	})
}

// TestAccounting deletes all content of a registry and checks the memory
// counted as used.
func TestAccounting(t *testing.T) {
	f := serve(t, Options{Release: "dev"})
	img := f.image("a", m{"annotations": m{"k": "v"}})
	before := f.used()
	f.manifest("a", "one", imageType, img)
	f.manifest("a", "two", imageType, img)
	f.do("PUT", "/v2/a/manifests/one", "no").want(400)
	f.do("PUT", f.session("a")+"?digest="+sha256("n"), "o").want(400)
	f.do("POST", "/v2/a/blobs/uploads/?digest="+sha256("n"), "o").want(400)
	f.do("POST", "/v2/b/blobs/uploads/?from=a&mount="+sha256("layer"), "").want(201)
	session := f.session("a")
	f.do("PATCH", session, "abc").want(202)
	f.do("DELETE", session, "").want(204)
	f.blob("b", "layer")
	f.do("DELETE", "/v2/b/blobs/"+sha256("layer"), "").want(202)
	f.do("DELETE", "/v2/a/manifests/"+sha256(img), "").want(202)
	if got := f.used(); got != before+itemCost+1 { // repository b remains
		t.Errorf("%d bytes used, %d before", got, before)
	}
}

func TestConcurrentPushes(t *testing.T) {
	f := serve(t, Options{Release: "dev"})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			content := strings.Repeat(fmt.Sprint(i%4), 1000)
			d := sha256(content)
			session := f.session("a")
			f.do("PATCH", session, content[:500], "Content-Range: 0-499").want(202)
			f.do("PUT", session+"?digest="+d, content[500:], "Content-Range: 500-999").want(201)
			f.do("GET", "/v2/a/blobs/"+d, "").want(200).wantBody(content)
			body := index(m{"annotations": m{"i": fmt.Sprint(i % 4)}, "subject": descriptor(imageType, "s")})
			f.manifest("a", fmt.Sprint("t", i), indexType, body)
			f.do("GET", fmt.Sprint("/v2/a/manifests/t", i), "").want(200).wantBody(body)
			f.do("GET", "/v2/a/tags/list", "").want(200)
			f.do("GET", "/v2/a/referrers/"+sha256("s"), "").want(200)
		})
	}
	wg.Wait()
}

// TestConcurrentChunks sends the same chunk of a session concurrently.
func TestConcurrentChunks(t *testing.T) {
	f := serve(t, Options{Release: "v1.1"})
	session := f.session("a")
	var mu sync.Mutex
	var wg sync.WaitGroup
	count := map[int]int{}
	for range 8 {
		wg.Go(func() {
			r := f.do("PATCH", session, "abc", "Content-Range: 0-2")
			mu.Lock()
			count[r.status]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if count[http.StatusAccepted] != 1 || count[http.StatusRequestedRangeNotSatisfiable] != 7 {
		t.Errorf("statuses %v", count)
	}
}
