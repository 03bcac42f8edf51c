package httpclient

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJyZWdpc3RyeSJ9.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw"

// TestRedactText lists what is hidden in texts and bodies, and what is not.
func TestRedactText(t *testing.T) {
	r := newSecrets(Options{Secrets: []string{"p@ss word/1", `a"<b>\c`}}).redactor()
	for _, tt := range []struct{ in, want string }{
		{"Bearer " + jwt, "Bearer …"},
		{`{"jwt":"` + jwt + `"}`, `{"jwt":"…"}`},
		{`{"Secret": "0123456789abcdef"}`, `{"Secret": "…"}`},
		{`{"api_key":"0123456789abcdef","n":1}`, `{"api_key":"…","n":1}`},
		{`{"password":"x\"y"}`, `{"password":"…"}`},
		{`{"identity_token":"a"}`, `{"identity_token":"…"}`},
		{`{"nextToken":"2","token_type":"Bearer","digest":"sha256:0123456789abcdef0123"}`, `{"nextToken":"2","token_type":"Bearer","digest":"sha256:0123456789abcdef0123"}`},
		{"https://store/x?X-Vendor-Signature=0123456789abcdef&part=1", "https://store/x?X-Vendor-Signature=…&part=1"},
		{"https://store/x?upload_token=0123456789abcdef0123", "https://store/x?upload_token=…"},
		{"https://store/x?continuationToken=t5&_state=0123456789abcdef", "https://store/x?continuationToken=t5&_state=0123456789abcdef"},
		{"https://user:pass@store/x", "https://…@store/x"},
		{"p@ss word/1", "…"},
		{"q=p%40ss+word%2F1", "q=…"},
		{"/p@ss%20word%2F1/", "/…/"},
		{"q=p%40ss+word%2f1 /p@ss%20word%2f1/", "q=… /…/"},
		{`{"echo":"a\"<b>\\c"} {"echo":"a\"\u003cb\u003e\\c"} a"<b>\c`, `{"echo":"…"} {"echo":"…"} …`},
		{"eyJ is no token", "eyJ is no token"},
	} {
		if got := r.text(tt.in); got != tt.want {
			t.Errorf("%s: %s, not %s", tt.in, got, tt.want)
		}
		if got := r.body([]byte(tt.in)); string(got) != tt.want {
			t.Errorf("%s as a body: %s, not %s", tt.in, got, tt.want)
		}
	}
}

// TestRedactHeaders lists header fields whose values are hidden, and others.
func TestRedactHeaders(t *testing.T) {
	r := newSecrets(Options{SecretHeaders: []string{"X-Own"}}).redactor()
	h := http.Header{}
	for _, name := range []string{"X-Auth-Token", "X-Api-Key", "X-Amz-Security-Token", "Authorization", "Set-Cookie", "X-Own", "Private-Token"} {
		h.Set(name, "hide")
	}
	for _, name := range []string{"Docker-Content-Digest", "Www-Authenticate", "Docker-Distribution-Api-Version", "Docker-Upload-Uuid", "Etag", "Location"} {
		h.Set(name, "show")
	}
	b, err := json.Marshal(r.header(h))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "show"); n != 6 || strings.Contains(string(b), "hide") {
		t.Errorf("%s", b)
	}
}
