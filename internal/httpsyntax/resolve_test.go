package httpsyntax

import (
	"net/url"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	for _, test := range []struct{ base, ref, want string }{
		{"http://h/p/a/list?n=1", "/p/a/list?n=1&last=%41+b;c", "http://h/p/a/list?n=1&last=%41+b;c"},
		{"http://h/p/a/list?n=1", "?last=b", "http://h/p/a/list?last=b"},
		{"http://h/p/a/list?n=1", "other", "http://h/p/a/other"},
		{"http://h/p/a/list", "../b%2Fc/./d", "http://h/p/b%2Fc/d"},
		{"https://h:5000/a", "//g/b?", "https://g/b?"},
		{"https://h/a", "HTTP://G:80/%7e?a=[b]", "http://G:80/%7e?a=[b]"},
		{"http://[::1]:5000/a", "b", "http://[::1]:5000/b"},
		{"http://u:p@h/a", "b", "http://h/b"},
		{"http://h/a", "#f", "http://h/a#f"},
	} {
		got, err := Resolve(mustURL(t, test.base), test.ref)
		if err != nil || got.String() != test.want {
			t.Errorf("%s + %s: got %v, %v, want %s", test.base, test.ref, got, err, test.want)
		}
	}
	base := mustURL(t, "http://h/a")
	for _, ref := range []string{
		"", " ", "/a b", "/a\nb", "/ä", "/\x7f", "ftp://h/", "javascript:x", "http:", "http:a", "http://", "http:///a", "http://:80",
		"http://u@h/", "//u:hunter2@h/", "http://h:0/", "http://h:65536/", "http://h:x/", "http://a_b~/", "http://a,b/", "/%zz?sig=hunter2",
		"http://[::1%25eth0]/", "http://h%41/", ":", "http://" + strings.Repeat("a", maxReference),
	} {
		if got, err := Resolve(base, ref); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.40q: got %v, %v", ref, got, err)
		}
	}
	for _, base := range []*url.URL{nil, {}, {Path: "/a"}, {Scheme: "http"}, {Scheme: "http", Host: "::"}, {Scheme: "http", Host: "[]"}} {
		if _, err := Resolve(base, "/a"); err == nil {
			t.Errorf("no error for base %v", base)
		}
	}
}

func TestAppendQuery(t *testing.T) {
	for _, test := range []struct {
		in     string
		params []Param
		want   string
	}{
		{"http://h/a", []Param{{"d", "a:b"}}, "http://h/a?d=a%3Ab"},
		{"http://h/a?", []Param{{"d", "1"}}, "http://h/a?d=1"},
		{"http://h/a?x=%7e&&y;z=a+b%2f", []Param{{"d", "a b&c=+"}, {"é", ""}}, "http://h/a?x=%7e&&y;z=a+b%2f&d=a%20b%26c%3D%2B&%C3%A9="},
		{"http://h/a?x&", []Param{{"d", "1"}}, "http://h/a?x&d=1"},
		{"http://h/%2f?x#f", nil, "http://h/%2f?x#f"},
	} {
		u := mustURL(t, test.in)
		equal(t, test.in, AppendQuery(u, test.params...).String(), test.want)
		equal(t, "unchanged", u.String(), test.in)
	}
}

func FuzzResolve(f *testing.F) {
	for _, s := range []string{
		"/a?b=c", "?x", "../..//b/.", "//h:80/x", "https://[::1]/", "http:x", "/%2f%2e%2e/", "#a", "a:b", "./a:b", "/.//x", "//", "http://h?a?b#c#d", "/%41;x=[y]",
	} {
		f.Add("http://h/a/b?c", s)
		f.Add("https://h", s)
		f.Add("http://::", s)
	}
	f.Fuzz(func(t *testing.T, base, ref string) {
		b, err := url.Parse(base)
		if err != nil {
			return
		}
		u, err := Resolve(b, ref)
		if err != nil {
			return
		}
		s := u.String()
		again, err := url.Parse(s)
		if err != nil || again.String() != s {
			t.Fatalf("%q cannot be parsed again: %v, %v", s, again, err)
		}
		if again.Scheme != u.Scheme || again.Host != u.Host || again.User != nil || again.RawQuery != u.RawQuery || again.EscapedPath() != u.EscapedPath() {
			t.Errorf("%#v became %#v", u, again)
		}
		if r, err := url.Parse(ref); err == nil && r.RawQuery != "" && r.RawQuery != u.RawQuery {
			t.Errorf("the query %q became %q", r.RawQuery, u.RawQuery)
		}
		if BadByte(ref) < 0 && BadByte(base) < 0 {
			if err := CheckHost(u); err != nil || BadByte(u.RequestURI()) >= 0 {
				t.Errorf("cannot send a request to %s: %v", s, err)
			}
		}
	})
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
