package registry

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestManifestPushPull(t *testing.T) {
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		img := " " + f.image("a", nil) + "\n"
		idx := index(nil, m{"mediaType": imageType, "digest": sha256(img), "size": len(img)})
		other := `{ "MediaType": "odd", "x": 1, "x": 2 }`
		for _, c := range []struct{ mediaType, body string }{
			{imageType, img}, {indexType, idx}, {"application/vnd.example+json", other}, {indexType, index(nil)},
		} {
			for _, ref := range []string{"tag", sha256(c.body), sha512(c.body)} {
				want := sha256(c.body)
				if strings.Contains(ref, ":") {
					want = ref
				}
				loc := f.manifest("a", ref, c.mediaType+"; charset=utf-8", c.body).
					wantHeader("Docker-Content-Digest", want).wantHeader("OCI-Subject", "").location()
				for _, url := range []string{loc, "/v2/a/manifests/" + ref, "/v2/a/manifests/" + want} {
					f.do("GET", url, "").want(200).wantBody(c.body).
						wantHeader("Content-Type", c.mediaType).
						wantHeader("Content-Length", fmt.Sprint(len(c.body))).
						wantHeader("Docker-Content-Digest", want)
					f.do("HEAD", url, "").want(200).wantBody("").
						wantHeader("Content-Type", c.mediaType).
						wantHeader("Content-Length", fmt.Sprint(len(c.body))).
						wantHeader("Docker-Content-Digest", want)
				}
			}
		}
		for _, path := range []string{"/v2/a/manifests/" + sha256("no"), "/v2/a/manifests/no", "/v2/a/manifests/.no"} {
			f.do("GET", path, "").want(404, "MANIFEST_UNKNOWN")
			f.do("HEAD", path, "").want(404)
			f.do("DELETE", path, "").want(404, "MANIFEST_UNKNOWN")
		}
		f.blob("b", "x")
		f.do("GET", "/v2/b/manifests/"+sha256(img), "").want(404, "MANIFEST_UNKNOWN")
	})
}

func TestManifestRefused(t *testing.T) {
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		ok := index(nil)
		table := []struct {
			ref, mediaType, body string
			code                 string
		}{
			{"t", imageType, "", "MANIFEST_INVALID"},
			{"t", imageType, "no", "MANIFEST_INVALID"},
			{"t", imageType, "null", "MANIFEST_INVALID"},
			{"t", imageType, "[]", "MANIFEST_INVALID"},
			{"t", imageType, "{}{}", "MANIFEST_INVALID"},
			{"t", imageType, ok, "MANIFEST_INVALID"},
			{"t", "nonsense", "{}", "MANIFEST_INVALID"},
			{"t", "a/b/c", "{}", "MANIFEST_INVALID"},
			{"t", imageType, `{"mediaType":1}`, "MANIFEST_INVALID"},
			{"t", imageType, `{"layers":{}}`, "MANIFEST_INVALID"},
			{"t", imageType, `{"layers":[{"digest":"sha256:x"}]}`, "MANIFEST_INVALID"},
			{"t", imageType, `{"config":{}}`, "MANIFEST_INVALID"},
			{"t", imageType, `{"subject":{"digest":"x"}}`, "MANIFEST_INVALID"},
			{"t", indexType, `{"manifests":"x"}`, "MANIFEST_INVALID"},
			{"t", indexType, `{"annotations":[]}`, "MANIFEST_INVALID"},
			{".no", indexType, ok, "MANIFEST_INVALID"},
			{"-no", indexType, ok, "MANIFEST_INVALID"},
			{"a%2Bb", indexType, ok, "MANIFEST_INVALID"},
			{strings.Repeat("a", 129), indexType, ok, "MANIFEST_INVALID"},
			{"sha256:short", indexType, ok, "DIGEST_INVALID"},
			{sha256("other"), indexType, ok, "DIGEST_INVALID"},
			{sha512("other"), indexType, ok, "DIGEST_INVALID"},
			{"nosuch:abcd", indexType, ok, "DIGEST_INVALID"},
		}
		for _, c := range table {
			f.do("PUT", "/v2/a/manifests/"+c.ref, c.body, "Content-Type: "+c.mediaType).want(400, c.code)
		}
		f.do("GET", "/v2/a/tags/list", "").want(404, "NAME_UNKNOWN")
		for _, tag := range []string{"_ok", "A.b-c_1", "0", strings.Repeat("a", 128)} {
			f.manifest("a", tag, indexType, ok)
		}
	})
}

// TestMediaTypeGuess pushes manifests without Content-Type.
func TestMediaTypeGuess(t *testing.T) {
	f := serve(t, Options{Release: "v1.1"})
	for body, want := range map[string]string{
		index(nil):                      indexType,
		`{"mediaType":"application/x"}`: "application/x",
		`{"manifests":[]}`:              indexType,
		`{"layers":[]}`:                 imageType,
	} {
		f.do("PUT", "/v2/a/manifests/t", body).want(201)
		f.do("GET", "/v2/a/manifests/t", "").want(200).wantHeader("Content-Type", want)
	}
}

func TestManifestSize(t *testing.T) {
	f := serve(t, Options{Release: "v1.1"})
	sized := func(n int) string {
		body := `{"schemaVersion":2,"annotations":{"pad":""},"manifests":[]}`
		return strings.Replace(body, `""`, `"`+strings.Repeat("x", n-len(body))+`"`, 1)
	}
	for _, n := range []int{4_000_000, 4 << 20, 8 << 20} {
		f.manifest("a", "big", indexType, sized(n))
		f.do("GET", "/v2/a/manifests/big", "").want(200).wantBody(sized(n))
	}
	for _, n := range []int{8<<20 + 1, 16 << 20, 32 << 20} {
		f.do("PUT", "/v2/a/manifests/over", sized(n), "Content-Type: "+indexType).want(413, "MANIFEST_INVALID")
	}
	f.do("GET", "/v2/a/manifests/over", "").want(404, "MANIFEST_UNKNOWN")
}

func TestAbsentContent(t *testing.T) {
	data := base64.StdEncoding.EncodeToString([]byte("data"))
	layer := func(more m) m {
		d := descriptor("application/vnd.oci.image.layer.v1.tar", "absent")
		for k, v := range more {
			d[k] = v
		}
		return d
	}
	table := []struct {
		name  string
		layer m
		taken bool
	}{
		{"plain", layer(nil), false},
		{"unknown algorithm", layer(m{"digest": "nosuch:abc"}), false},
		{"wrong data", layer(m{"data": data}), false},
		{"data", layer(m{"data": data, "digest": sha256("data")}), true},
		{"urls", layer(m{"urls": []string{"https://example.org/"}}), true},
		{"non-distributable", layer(m{"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"}), true},
	}
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		code := "MANIFEST_BLOB_UNKNOWN"
		if release == "v1.0" {
			code = "BLOB_UNKNOWN"
		}
		put := func(tag, mediaType, body string, taken bool) {
			r := f.do("PUT", "/v2/a/manifests/"+tag, body, "Content-Type: "+mediaType)
			if taken {
				r.want(201)
				return
			}
			r.want(404, code)
			f.do("GET", "/v2/a/manifests/"+tag, "").want(404)
		}
		f.blob("b", "absent")
		for i, c := range table {
			put(fmt.Sprint("t", i), imageType, f.image("a", m{"layers": []m{c.layer}}), c.taken)
		}
		put("config", imageType, f.image("a", m{"config": layer(nil)}), false)
		put("index", indexType, index(nil, descriptor(imageType, "absent")), false)
		put("both", imageType, f.image("a", m{"config": layer(nil), "layers": []m{layer(m{"digest": sha256("x")})}}), false)
		put("subject", imageType, f.image("a", m{"subject": descriptor(imageType, "absent")}), true)
		put("unknown-type", "application/vnd.example+json", toJSON(m{"layers": []m{layer(nil)}}), true)
	})
	f := serve(t, Options{Release: "v1.1", AcceptAbsent: true})
	f.manifest("a", "t", indexType, index(nil, descriptor(imageType, "absent")))
}

func TestManifestDelete(t *testing.T) {
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		body := index(nil)
		path := "/v2/a/manifests/"
		f.manifest("a", "one", indexType, body)
		f.manifest("a", "two", indexType, body)
		f.manifest("a", "three", indexType, index(m{"annotations": m{"k": "v"}}))

		f.do("DELETE", path+"one", "").want(202)
		f.do("GET", path+"one", "").want(404, "MANIFEST_UNKNOWN")
		f.do("DELETE", path+"one", "").want(404, "MANIFEST_UNKNOWN")
		f.do("GET", path+sha256(body), "").want(200)

		f.do("DELETE", path+sha256(body), "").want(202)
		f.do("DELETE", path+sha256(body), "").want(404, "MANIFEST_UNKNOWN")
		f.do("HEAD", path+sha256(body), "").want(404)
		f.do("GET", path+"two", "").want(404, "MANIFEST_UNKNOWN")
		f.do("GET", path+"three", "").want(200)
		f.do("GET", "/v2/a/tags/list", "").want(200).wantBody(`{"name":"a","tags":["three"]}` + "\n")
	})
}

func TestTagParams(t *testing.T) {
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		body := index(nil)
		put := func(ref string, tags ...string) *reply {
			return f.do("PUT", "/v2/a/manifests/"+ref+"?"+url.Values{"tag": tags}.Encode(), body, "Content-Type: "+indexType)
		}
		var many []string
		for i := range 101 {
			many = append(many, fmt.Sprint("t", i))
		}
		if release != "dev" {
			put(sha256(body), many...).want(201).wantHeader("OCI-Tag", "")
			put(sha256(body), ".no").want(201)
			f.do("GET", "/v2/a/manifests/t1", "").want(404)
			return
		}
		put(sha256(body), many...).want(414)
		put(sha256(body), "ok", ".no").want(400, "MANIFEST_INVALID")
		f.do("GET", "/v2/a/manifests/ok", "").want(404)
		put(sha256(body), many[:100]...).want(201).wantHeader("OCI-Tag", strings.Join(many[:100], ", "))
		put(sha512(body), "x", "y", "x").want(201).wantHeader("OCI-Tag", "x, y")
		f.do("GET", "/v2/a/manifests/t99", "").want(200).wantHeader("Docker-Content-Digest", sha256(body))
		f.do("GET", "/v2/a/manifests/x", "").want(200).wantHeader("Docker-Content-Digest", sha512(body))
		put("z", "ignored").want(201).wantHeader("OCI-Tag", "")
		f.do("GET", "/v2/a/manifests/ignored", "").want(404)
	})
}
