package httpclient

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestRedirectMethods(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			b, _ := io.ReadAll(r.Body)
			w.Header().Set("Seen", fmt.Sprintf("%s %s %s %s", r.Method, b, r.Header.Get("Content-Type"), r.Header.Get("Authorization")))
			return
		}
		var status int
		fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.Header().Set("Location", "end?a=%41")
		w.WriteHeader(status)
	})
	for _, test := range []struct {
		status         int
		method, expect string
	}{
		{301, "GET", "GET"}, {302, "HEAD", "HEAD"}, {303, "GET", "GET"}, {303, "HEAD", "HEAD"}, {307, "GET", "GET"}, {308, "GET", "GET"},
		{301, "POST", "GET"}, {302, "POST", "GET"}, {303, "POST", "GET"}, {303, "PUT", "GET"}, {303, "DELETE", "GET"},
		{301, "PUT", "PUT"}, {302, "PATCH", "PATCH"}, {302, "DELETE", "DELETE"},
		{307, "POST", "POST"}, {308, "PUT", "PUT"}, {307, "PATCH", "PATCH"},
		{300, "GET", ""}, {304, "GET", ""}, {305, "GET", ""}, {306, "GET", ""},
	} {
		c, _ := newClient(t, Options{})
		req := &Request{Method: test.method, URL: mustURL(t, fmt.Sprint(base, "/", test.status)),
			Header: http.Header{"Authorization": {"Bearer abcdefghij"}}}
		if test.method[0] == 'P' {
			req.Body = []byte("abc")
			req.Header.Set("Content-Type", "a/b")
		}
		resp, log, err := c.Do(t.Context(), req)
		if err != nil {
			t.Errorf("%d %s: %v", test.status, test.method, err)
			continue
		}
		if test.expect == "" {
			equal(t, "status", resp.Status, test.status)
			equal(t, "recorded", len(log), 1)
			continue
		}
		want := test.expect + "   Bearer abcdefghij"
		if test.expect[0] == 'P' {
			want = test.expect + " abc a/b Bearer abcdefghij"
		}
		equal(t, fmt.Sprint(test.status, test.method), resp.Header.Get("Seen"), want)
		equal(t, "URL", resp.URL.String(), base+"/end?a=%41")
		equal(t, "recorded", len(log), 2)
		equal(t, "first", log[0].Response.Status, test.status)
		equal(t, "second", log[1].Request.URL, base+"/end?a=%41")
	}
}

func TestRedirectErrors(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		to := map[string]string{
			"/loop": "/loop2", "/loop2": "/loop#f", "/scheme": "file:///etc/passwd", "/empty": "", "/bad": "http://[", "/space": "/a b",
			"/userinfo": "http://u:hunter2@h/", "/long": "/" + strings.Repeat("a", 20000), "/host": "http://:80/",
			"/secret": "http://h/ ?X-Amz-Signature=hunter2", "/policy": "/other",
		}
		location, ok := to[r.URL.Path]
		if !ok {
			location = r.URL.Path + "a"
		}
		w.Header()["Location"] = []string{location}
		if r.URL.Path == "/two" {
			w.Header()["Location"] = []string{"/a", "/b"}
		}
		w.WriteHeader(307)
		io.WriteString(w, "body")
	})
	for _, test := range []struct {
		path, message string
		sent          int
	}{
		{"/many", "more than 5 redirects", 6}, {"/loop", "redirect loop: redirected to " + base + "/loop again", 2},
		{"/scheme", `the scheme is "file"`, 1}, {"/empty", "the reference is empty", 1}, {"/bad", "malformed", 1},
		{"/space", "the byte 0x20", 1}, {"/userinfo", "userinfo", 1}, {"/long", "longer than 16384 bytes", 1},
		{"/host", "no host", 1}, {"/two", "multiple Location headers", 1}, {"/secret", "0x20", 1},
	} {
		c, _ := newClient(t, Options{})
		resp, log, err := c.Do(t.Context(), get(t, base+test.path))
		if KindOf(err) != Redirect || !strings.Contains(err.Error(), test.message) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		equal(t, test.path+" sent", len(log), test.sent)
		equal(t, "body", string(resp.Body), "body")
	}
	// Allow can reject the target of a redirect, and the request itself.
	for forbidden, sent := range map[string]int{"/policy": 0, "/other": 1} {
		c, _ := newClient(t, Options{})
		req := get(t, base+"/policy")
		req.Allow = func(method string, u *url.URL) error {
			if method == "GET" && u.Path == forbidden {
				return errors.New("not to there")
			}
			return nil
		}
		resp, log, err := c.Do(t.Context(), req)
		if KindOf(err) != Refused || !KindOf(err).Inconclusive() || !strings.Contains(err.Error(), "not to there") || len(log) != sent || (resp != nil) != (sent > 0) {
			t.Errorf("%s: %v after %d requests", forbidden, err, len(log))
		}
	}
	// Without a Location, or with redirects disabled, the response is final.
	c, _ := newClient(t, Options{Limits: Limits{Redirects: -1}})
	if resp, _, err := c.Do(t.Context(), get(t, base+"/many")); err != nil || resp.Status != 307 {
		t.Error(err)
	}
	c, _ = newClient(t, Options{})
	if resp, _, err := c.Do(t.Context(), get(t, replies(t, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"))); err != nil || resp.Status != 302 {
		t.Error(err)
	}
}

func TestRedirectDropsCredentials(t *testing.T) {
	var seen http.Header
	var host string
	var first, second string
	second = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/back" {
			w.Header().Set("Location", first+"/end")
			w.WriteHeader(307)
			return
		}
		seen, host = r.Header.Clone(), r.Host
	})
	first = serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/same":
			w.Header().Set("Location", "/end")
		case "/other":
			w.Header().Set("Location", second+"/end")
		case "/back":
			w.Header().Set("Location", second+"/back")
		default:
			seen, host = r.Header.Clone(), r.Host
			return
		}
		w.WriteHeader(307)
	})
	for path, kept := range map[string]bool{"/same": true, "/other": false, "/back": false} {
		c, _ := newClient(t, Options{SecretHeaders: []string{"x-key"}})
		req := get(t, first+path)
		req.Header = http.Header{"authorization": {"Basic eDp5"}, "Cookie": {"c"}, "Proxy-Authorization": {"p"}, "X-Key": {"k"}, "Accept": {"a/b"}, "Host": {"other.test"}}
		if _, _, err := c.Do(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization", "X-Key"} {
			equal(t, path+" "+name, seen.Get(name) != "", kept)
		}
		equal(t, "Accept", seen.Get("Accept"), "a/b")
		equal(t, "Host", host == "other.test", kept)
	}
}

func TestRedirectDowngrade(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://"+r.Host+"/")
		w.WriteHeader(302)
	}))
	defer s.Close()
	c, _ := newClient(t, Options{TLS: s.Client().Transport.(*http.Transport).TLSClientConfig})
	_, log, err := c.Do(t.Context(), get(t, s.URL))
	if KindOf(err) != Redirect || !strings.Contains(err.Error(), "from https to http") || len(log) != 1 {
		t.Error(err)
	}
}
