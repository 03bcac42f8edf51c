package httpclient

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestRecordBodies(t *testing.T) {
	none := &redactor{headers: func(string) bool { return false }}
	for name, test := range map[string]struct {
		body   string
		text   int // bytes of Text
		binary int // bytes of Base64
		digest bool
	}{
		"empty":          {"", 0, 0, false},
		"text":           {"a\r\n\tä", 6, 0, false},
		"at the limit":   {strings.Repeat("x", 2048), 2048, 0, false},
		"over the limit": {strings.Repeat("x", 2049), 2048, 0, true},
		"cut in a rune":  {strings.Repeat("x", 2047) + "ä", 2047, 0, true},
		"large":          {strings.Repeat("x", 1<<20), 2048, 0, true},
		"binary":         {"\x00\x01", 0, 2, false},
		"long binary":    {strings.Repeat("\xff", 257), 0, 256, true},
		"escape":         {"\x1b[31m", 0, 5, false},
		"right to left":  {"a\u202eb", 0, 5, false},
	} {
		b := recordBody(payload{bytes: []byte(test.body)}, "", none)
		if b == nil {
			equal(t, name, test.body, "")
			continue
		}
		equal(t, name+" text", len(b.Text), test.text)
		equal(t, name+" binary", len(b.Base64), test.binary)
		equal(t, name+" size", b.Size, int64(len(test.body)))
		equal(t, name+" valid", utf8.ValidString(b.Text), true)
		want := ""
		if test.digest {
			want = payload{bytes: []byte(test.body)}.digest()
		}
		equal(t, name+" digest", b.Digest, want)
	}
}

func TestHideURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://h/a?b=c&d=e":                                   "http://h/a?b=c&d=e",
		"http://h/a?x-amz-SIGNATURE=s&b=c":                     "http://h/a?x-amz-SIGNATURE=…&b=c",
		"http://h/?X-Amz-Credential=a%2Fb&X-Amz-Date=1&sig=x#": "http://h/?X-Amz-Credential=…&X-Amz-Date=1&sig=…#",
		"http://h/?X%2DAmz%2DSecurity-Token=s":                 "http://h/?X%2DAmz%2DSecurity-Token=…",
		"http://h/?design=1&tokens=2&mysig=3":                  "http://h/?design=1&tokens=2&mysig=3",
		"http://h/#access_token=s":                             "http://h/#access_token=…",
		"http://h/?to=http://g/?token=s;t&a=b":                 "http://h/?to=http://g/?token=…&a=b",
		"http://u:p@h/ and HTTPS://u@h/a@b":                    "http://…@h/ and HTTPS://…@h/a@b",
		`<http://h/?sig=s>; rel="next", </?signature=t>`:       `<http://h/?sig=…>; rel="next", </?signature=…>`,
		`token="abc def", realm="r"`:                           `token="… def", realm="r"`,
		"password=s&user=u":                                    "password=…&user=u",
		"sig=":                                                 "sig=…",
		"a==b=sig=c":                                           "a==b=sig=…",
	} {
		equal(t, in, hideURL(in), want)
	}
	start := time.Now()
	hideURL(strings.Repeat("a=?token=", 1<<12))
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("slow: %v", d)
	}
}

// TestNoSecrets checks that no secret occurs in records and messages.
func TestNoSecrets(t *testing.T) {
	const (
		secret   = "hunter2-hunter2"
		signed   = "?X-Amz-Signature=" + secret + "&keep=1"
		password = "correct horse"
	)
	basic := base64.StdEncoding.EncodeToString([]byte("user:" + password))
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Set-Cookie", "id="+secret)
		h.Set("Link", `<http://h/a`+signed+`>; rel="next"`)
		h.Set("Echo", r.Header.Get("Authorization")+" "+password)
		switch r.URL.Path {
		case "/":
			h.Set("Location", "/end"+signed)
			w.WriteHeader(307)
		case "/end":
			h.Set("Location", "http://u:"+secret+"@h/"+signed)
			w.WriteHeader(307)
		case "/cookie":
			h.Set("Echo", strings.TrimPrefix(r.Header.Get("Cookie"), "a=b; c="))
		case "/broken":
			h.Set("Content-Length", "1000")
		}
		io.WriteString(w, `{"token": "`+secret+`", "access_token":"`+secret+`", "echo": "`+basic+`", "at": "http://h/`+signed+`", "own": "listed-secret"}`)
	})
	c, _ := newClient(t, Options{SecretHeaders: []string{"X-Key"}, Secrets: []string{"listed-secret"}, UserAgent: "test/1"})
	for _, path := range []string{"/", "/broken", "/cookie"} {
		req := &Request{Method: "POST", URL: mustURL(t, base+path+"?_token=1&access_token="+secret), Header: http.Header{
			"authorization": {"Basic " + basic},
			"Cookie":        {"a=b; c=cookie-secret"},
			"X-Key":         {secret},
			"Referer":       {"http://h/" + signed},
		}, Body: []byte("grant=x&password=" + secret)}
		resp, log, err := c.Do(t.Context(), req)
		b, jsonErr := json.Marshal(log)
		if jsonErr != nil || resp == nil {
			t.Fatal(jsonErr, err)
		}
		all := string(b)
		if err != nil {
			all += err.Error()
		}
		for _, s := range []string{secret, password, basic, "listed-secret", "cookie-secret"} {
			if strings.Contains(all, s) {
				t.Errorf("%s: %s is shown:\n%s", path, s, all)
			}
		}
		for _, s := range []string{"keep=1", "_token=1", `"User-Agent":["test/1"]`} {
			if !strings.Contains(all, s) {
				t.Errorf("%s: %s is not shown:\n%s", path, s, all)
			}
		}
		// The caller gets the unmodified response.
		if !strings.Contains(string(resp.Body), secret) || !strings.Contains(resp.Header.Get("Link"), secret) {
			t.Error("the response itself was changed")
		}
	}
}

func TestRecordIsBounded(t *testing.T) {
	h := http.Header{}
	for _, name := range []string{"A", "B", "C"} {
		for range 100 {
			h.Add(name, strings.Repeat("x", 10000))
		}
	}
	out := (&redactor{headers: func(string) bool { return false }}).header(h)
	size := 0
	for _, values := range out {
		for _, v := range values {
			size += len(v)
		}
	}
	if size > 13<<10 || len(h["A"][0]) != 10000 {
		t.Errorf("%d bytes are recorded", size)
	}
}
