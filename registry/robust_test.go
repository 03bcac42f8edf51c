package registry

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestUnknownLength sends manifests without Content-Length.
func TestUnknownLength(t *testing.T) {
	f := serve(t, Options{Release: "v1.1", MaxManifest: 1000})
	for size, want := range map[int]int{1000: 201, 1001: 413, 5 << 20: 413} {
		body := `{"manifests":[]` + strings.Repeat(" ", size-16) + `}`
		req, err := http.NewRequest("PUT", f.url+"/v2/a/manifests/t", io.MultiReader(strings.NewReader(body)))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d bytes: status %d, want %d", size, resp.StatusCode, want)
		}
	}
}

// TestBrokenBody closes the connection in the middle of a chunk, after which no
// memory may remain in use.
func TestBrokenBody(t *testing.T) {
	f := serve(t, Options{Release: "v1.1"})
	session := f.session("a")
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", session)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != 400 {
		t.Fatalf("response %v, error %v", resp, err)
	}
	conn.Close()
	f.do("GET", session, "").want(204).wantHeader("Range", "0-0")
	if n := f.used(); n != 0 {
		t.Errorf("%d bytes in use, want 0", n)
	}
}

// FuzzServeHTTP checks that no request makes the registry panic, return 5xx, or
// return an error body that does not follow the specification.
func FuzzServeHTTP(f *testing.F) {
	d := sha256("{}")
	for _, path := range []string{
		"manifests/t", "manifests/" + d, "manifests/" + d + "?tag=a&tag=b", "blobs/" + d,
		"blobs/uploads/", "blobs/uploads/?digest=" + d, "blobs/uploads/?mount=" + d + "&from=b",
		"blobs/uploads/?digest-algorithm=x", "blobs/uploads/x?digest=" + d,
		"tags/list?n=1&last=t", "referrers/" + d + "?artifactType=a/b&last=x",
	} {
		f.Add("GET", "/v2/a/"+path, imageType, "bytes=0-1,-5", "")
		f.Add("PUT", "/v2/a/"+path, imageType, "0-1", `{"config":{"digest":"`+d+`"},"subject":null}`)
		f.Add("POST", "/v2/a/"+path, "", "", "{}")
		f.Add("DELETE", "/v2/a/"+path, "", "", "")
	}
	f.Fuzz(func(t *testing.T, method, target, contentType, ranges, body string) {
		for _, release := range allReleases {
			r, err := New(Options{Release: release})
			if err != nil {
				t.Fatal(err)
			}
			r.repos["a"], _, _ = r.open("a")
			req, err := http.NewRequest(method, "http://host"+target, strings.NewReader(body))
			if err != nil {
				return
			}
			req.Header.Set("Content-Type", contentType)
			req.Header.Set("Range", ranges)
			req.Header.Set("Content-Range", ranges)
			rec := httptest.NewRecorder()
			r.ServeHTTP(rec, req)
			if rec.Code >= 500 || rec.Code >= 400 && rec.Body.Len() > 0 && !json.Valid(rec.Body.Bytes()) {
				t.Errorf("%s %s: %d %s", method, target, rec.Code, rec.Body)
			}
		}
	})
}
