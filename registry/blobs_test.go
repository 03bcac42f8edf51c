package registry

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestBlobPush(t *testing.T) {
	ways := map[string]func(f *fixture, d, content string) *reply{
		"post": func(f *fixture, d, content string) *reply {
			return f.do("POST", "/v2/a/blobs/uploads/?digest="+d, content)
		},
		"post-put": func(f *fixture, d, content string) *reply {
			return f.do("PUT", f.session("a")+"?digest="+d, content)
		},
		"chunks": func(f *fixture, d, content string) *reply {
			session := f.session("a")
			f.do("PATCH", session, content, "Content-Range: 0-9").want(202).
				wantHeader("Range", "0-9").wantHeader("Location", session)
			return f.do("PUT", session+"?digest="+d, "")
		},
		"chunks-put": func(f *fixture, d, content string) *reply {
			session := f.session("a")
			f.do("PATCH", session, content[:4], "Content-Range: 0-3").want(202).wantHeader("Range", "0-3")
			f.do("PATCH", session, content[4:8], "Content-Range: 4-7").want(202).wantHeader("Range", "0-7")
			return f.do("PUT", session+"?digest="+d, content[8:], "Content-Range: 8-9")
		},
		"stream": func(f *fixture, d, content string) *reply {
			session := f.session("a")
			f.do("PATCH", session, content[:4]).want(202).wantHeader("Range", "0-3")
			f.do("PATCH", session, content[4:]).want(202).wantHeader("Range", "0-9")
			return f.do("PUT", session+"?digest="+d, "")
		},
	}
	const content = "0123456789"
	for name, push := range ways {
		t.Run(name, func(t *testing.T) {
			eachRelease(t, func(t *testing.T, f *fixture, release string) {
				for _, bad := range []string{
					"", "nonsense", "sha256:abc", "sha256:" + strings.Repeat("z", 64),
					"nosuch:" + strings.Repeat("a", 64), sha256("other"), sha512("other"),
					"sha384:" + strings.Repeat("a", 96),
				} {
					push(f, bad, content).want(400, "DIGEST_INVALID")
				}
				f.do("GET", "/v2/a/tags/list", "").want(404, "NAME_UNKNOWN")
				for _, d := range []string{sha256(content), sha512(content)} {
					loc := push(f, d, content).want(201).wantHeader("Docker-Content-Digest", d).location()
					f.do("GET", loc, "").want(200).wantBody(content).
						wantHeader("Docker-Content-Digest", d).
						wantHeader("Content-Length", "10").
						wantHeader("Content-Type", "application/octet-stream")
					f.do("HEAD", loc, "", "Range: bytes=0-1").want(200).wantBody("").
						wantHeader("Docker-Content-Digest", d).
						wantHeader("Content-Length", "10")
				}
			})
		})
	}
}

func TestEmptyBlob(t *testing.T) {
	f := serve(t, Options{Release: "v1.1"})
	d := f.blob("a", "")
	f.do("GET", "/v2/a/blobs/"+d, "").want(200).wantHeader("Content-Length", "0")
	f.do("GET", "/v2/a/blobs/"+d, "", "Range: bytes=0-").want(200)
}

func TestBlobAbsent(t *testing.T) {
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		f.blob("a", "here")
		there := f.blob("b", "there")
		for _, d := range []string{there, sha256("none"), sha512("here"), "nosuch:abc"} {
			f.do("GET", "/v2/a/blobs/"+d, "").want(404, "BLOB_UNKNOWN")
			f.do("HEAD", "/v2/a/blobs/"+d, "").want(404)
			f.do("DELETE", "/v2/a/blobs/"+d, "").want(404, "BLOB_UNKNOWN")
		}
		f.do("GET", "/v2/b/blobs/"+there+"?ns=example.org", "").want(200)
	})
}

func TestBlobDelete(t *testing.T) {
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		d := f.blob("a", "x")
		f.blob("b", "x")
		f.do("DELETE", "/v2/a/blobs/"+d, "").want(202)
		f.do("GET", "/v2/a/blobs/"+d, "").want(404, "BLOB_UNKNOWN")
		f.do("DELETE", "/v2/a/blobs/"+d, "").want(404, "BLOB_UNKNOWN")
		f.do("GET", "/v2/b/blobs/"+d, "").want(200)
		f.blob("a", "x")
		f.do("GET", "/v2/a/blobs/"+d, "").want(200)
	})
}

func TestBlobRange(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 128)
	f := serve(t, Options{Release: "v1.1"})
	path := "/v2/a/blobs/" + f.blob("a", content)
	table := []struct {
		header       string
		status       int
		contentRange string
		body         string
	}{
		{"bytes=500-1499", 206, "bytes 500-1499/2048", content[500:1500]},
		{"bytes=500-", 206, "bytes 500-2047/2048", content[500:]},
		{"bytes=-500", 206, "bytes 1548-2047/2048", content[1548:]},
		{"bytes=2000-5000", 206, "bytes 2000-2047/2048", content[2000:]},
		{"bytes=0-0", 206, "bytes 0-0/2048", "0"},
		{"bytes=-5000", 206, "bytes 0-2047/2048", content},
		{"BYTES=0-1", 206, "bytes 0-1/2048", "01"},
		{"lines=0-1", 200, "", content},
		{"bytes=5000-10000", 416, "bytes */2048", ""},
		{"bytes=2048-", 416, "bytes */2048", ""},
		{"bytes=-0", 416, "bytes */2048", ""},
		{"bytes=9-3", 416, "bytes */2048", ""},
	}
	for _, c := range table {
		r := f.do("GET", path, "", "Range: "+c.header).want(c.status).wantHeader("Content-Range", c.contentRange)
		if c.status != 416 {
			r.wantBody(c.body)
		}
	}
	r := f.do("GET", path, "", "Range: bytes=0-1,4-5").want(206)
	if !strings.HasPrefix(r.header.Get("Content-Type"), "multipart/byteranges") {
		t.Errorf("several ranges: header %v", r.header)
	}
	etag := f.do("GET", path, "").header.Get("ETag")
	f.do("GET", path, "", "If-None-Match: "+etag).want(304)
	f.do("GET", path, "", "If-Range: \"other\"", "Range: bytes=0-1").want(200).wantBody(content)
	f.do("GET", path, "", "If-Range: "+etag, "Range: bytes=0-1").want(206).wantBody("01")
}

func TestSessions(t *testing.T) {
	uuid := regexp.MustCompile(`/v2/a/blobs/uploads/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		one, two := f.session("a"), f.session("a")
		if !uuid.MatchString(one) || one == two {
			t.Errorf("session URLs %q and %q, want two different ones", one, two)
		}
		f.do("PATCH", one, "one").want(202)
		f.do("PATCH", two, "other").want(202)
		f.do("GET", one, "").want(204).wantHeader("Range", "0-2").wantHeader("Location", one)
		f.do("GET", two, "").want(204).wantHeader("Range", "0-4")
		f.do("DELETE", two, "").want(204)
		f.do("PUT", one+"?digest="+sha256("one"), "").want(201)

		elsewhere := strings.Replace(f.session("a"), "/v2/a/", "/v2/b/", 1)
		for _, gone := range []string{one, two, elsewhere, "/v2/a/blobs/uploads/no"} {
			f.do("GET", gone, "").want(404, "BLOB_UPLOAD_UNKNOWN")
			f.do("PATCH", gone, "x").want(404, "BLOB_UPLOAD_UNKNOWN")
			f.do("PUT", gone+"?digest="+sha256("one"), "").want(404, "BLOB_UPLOAD_UNKNOWN")
			f.do("DELETE", gone, "").want(404, "BLOB_UPLOAD_UNKNOWN")
		}
	})
}

func TestSessionTimeout(t *testing.T) {
	f := serve(t, Options{Release: "dev", UploadTimeout: time.Minute})
	session := f.session("a")
	now := time.Now()
	f.r.mu.Lock()
	f.r.now = func() time.Time { return now.Add(2 * time.Minute) }
	f.r.mu.Unlock()
	f.do("GET", session, "").want(404, "BLOB_UPLOAD_UNKNOWN")
}

func TestChunkOrder(t *testing.T) {
	const content = "0123456789"
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		session := f.session("a")
		f.do("PATCH", session, "1", "Content-Range: 1-1").want(416, "BLOB_UPLOAD_INVALID")
		f.do("PATCH", session, content[:4], "Content-Range: 0-3").want(202)
		for _, wrong := range []string{"8-9", "0-1", "3-4", "99999999999999999999-99999999999999999999"} {
			f.do("PATCH", session, "xx", "Content-Range: "+wrong).want(416, "BLOB_UPLOAD_INVALID").
				wantHeader("Range", "0-3").wantHeader("Location", session)
			f.do("PUT", session+"?digest="+sha256(content), "xx", "Content-Range: "+wrong).want(416)
		}
		f.do("PATCH", session, "xx", "Content-Range: 4-9").want(400, "SIZE_INVALID")
		for _, bad := range []string{"bytes 4-5/10", "4-", "x", "4-5-6"} {
			f.do("PATCH", session, "xx", "Content-Range: "+bad).want(400, "BLOB_UPLOAD_INVALID")
		}
		f.do("PUT", session+"?digest="+sha256("wrong"), content[4:], "Content-Range: 4-9").want(400, "DIGEST_INVALID")
		f.do("GET", session, "").want(204).wantHeader("Range", "0-3")
		loc := f.do("PUT", session+"?digest="+sha256(content), content[4:], "Content-Range: 4-9").want(201).location()
		f.do("GET", loc, "").want(200).wantBody(content)
	})
}

func TestSinglePostOff(t *testing.T) {
	f := serve(t, Options{Release: "v1.1", NoSinglePOST: true})
	d := sha256("x")
	session := f.do("POST", "/v2/a/blobs/uploads/?digest="+d, "x").want(202).location()
	f.do("PUT", session+"?digest="+d, "x").want(201)
}

func TestDigestAlgorithm(t *testing.T) {
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		unknown := 202
		if release == "dev" {
			unknown = 400
		}
		f.do("POST", "/v2/a/blobs/uploads/?digest-algorithm=nosuch", "").want(unknown)
		session := f.do("POST", "/v2/a/blobs/uploads/?digest-algorithm=sha512", "").want(202).location()
		f.do("PATCH", session, "abc", "Content-Range: 0-2").want(202)
		f.do("PUT", session+"?digest="+sha512("abc"), "").want(201)
		f.do("GET", "/v2/a/blobs/"+sha512("abc"), "").want(200).wantBody("abc")
	})
	f := serve(t, Options{Release: "dev", NoSHA512: true})
	f.do("POST", "/v2/a/blobs/uploads/?digest-algorithm=sha512", "").want(400, "DIGEST_INVALID")
	f.do("PUT", f.session("a")+"?digest="+sha512("x"), "x").want(400, "DIGEST_INVALID")
	f.do("PUT", "/v2/a/manifests/"+sha512("{}"), "{}").want(400, "DIGEST_INVALID")
}

func TestMount(t *testing.T) {
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		d := f.blob("a", "x")
		mount := func(repo, query string) *reply { return f.do("POST", "/v2/"+repo+"/blobs/uploads/?"+query, "") }

		loc := mount("b", "mount="+d+"&from=a").want(201).wantHeader("Docker-Content-Digest", d).location()
		f.do("GET", loc, "").want(200).wantBody("x")
		for _, q := range []string{"mount=" + sha256("none") + "&from=a", "mount=" + d + "&from=none", "mount=" + d + "&from=No"} {
			session := mount("c", q).want(202).location()
			f.do("PUT", session+"?digest="+sha256("y"), "y").want(201)
		}
		mount("b", "mount=nonsense&from=a").want(400, "DIGEST_INVALID")

		if release == "v1.0" {
			mount("d", "mount="+d).want(202)
		} else {
			f.do("GET", mount("d", "mount="+d).want(201).location(), "").want(200).wantBody("x")
			mount("d", "mount="+sha256("none")).want(202)
		}
		f.do("DELETE", "/v2/a/blobs/"+d, "").want(202)
		f.do("GET", "/v2/b/blobs/"+d, "").want(200).wantBody("x")
	})
}
