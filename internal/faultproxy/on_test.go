package faultproxy

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

var quiet = log.New(io.Discard, "", 0)

// TestOn covers the conditions of On. Altered exchanges have status code 299;
// want has a letter for each request: a for altered, - for not.
func TestOn(t *testing.T) {
	for _, x := range []struct{ on, requests, want string }{
		{`"method":"GET"`, "GET /|HEAD /|PUT /", "a--"},
		{`"method":["HEAD","PUT"]`, "GET /|HEAD /|PUT /", "-aa"},
		{`"path":"^/a(/|$)"`, "GET /a|GET /a/b|GET /ab", "aa-"},
		{`"path":"é"`, "GET /%C3%A9|GET /e", "a-"},
		{`"query":{"q":true}`, "GET /?q=|GET /", "a-"},
		{`"query":{"q":false}`, "GET /?q=|GET /", "-a"},
		{`"query":{"q":"^[1-9]"}`, "GET /?q=0&q=1|GET /?q=0|GET /", "a--"},
		{`"header":{"x-asked":"yes"}`, "GET /", "a"},
		{`"header":{"X-Asked":false}`, "GET /", "-"},
		{`"body":"b+"`, "PUT / abc|PUT / c", "a-"},
		{`"response":{"status":404}`, "GET /missing|GET /", "a-"},
		{`"response":{"status":["2xx",300]}`, "GET /missing|GET /", "-a"},
		{`"response":{"header":{"x-count":"^2$"}}`, "GET /|GET /|GET /", "-a-"},
		{`"response":{"body":"^none$"}`, "GET /missing|GET /", "a-"},
		{`"nth":2`, "GET /|GET /|GET /", "-a-"},
		{`"nth":[1,3]`, "GET /|GET /|GET /", "a-a"},
		{`"from":2`, "GET /|GET /|GET /", "-aa"},
		{`"every":2`, "GET /|GET /|GET /|GET /", "-a-a"},
		{`"nth":1,"per":"${path}"`, "GET /|GET /|GET /b|GET /b", "a-a-"},
		{`"nth":1,"method":"GET","path":"^/(?P<x>.)","per":"${x}"`, "GET /aa|PUT /ab|GET /ab|GET /b", "a--a"},
		{`"nth":1,"response":{"status":404}`, "GET /|GET /missing|GET /missing", "-a-"},
		{`"method":"GET","after":{"method":"DELETE"}`, "GET /|DELETE /|GET /|GET /", "--aa"},
		{`"method":"GET","after":{"method":"DELETE","same":"${path}"}`, "GET /a|DELETE /a|GET /b|GET /a", "---a"},
		{`"method":"GET","path":"/(?P<x>.+)$","after":{"method":"PUT","path":"/p/(?P<x>.+)$","same":"${x}"}`, "PUT /p/a|GET /b|GET /a", "--a"},
		{`"method":"GET","after":{"path":"/missing","response":{"status":404}}`, "GET /|GET /missing|GET /", "--a"},
		{`"method":"GET","until":{"method":"PUT"}`, "GET /|PUT /|GET /", "a--"},
		{`"method":"GET","after":{"method":"DELETE"},"until":{"method":"PUT"}`, "GET /|DELETE /|GET /|PUT /|GET /|DELETE /|GET /", "--a---a"},
	} {
		_, s := start(t, `[{"on":{`+x.on+`},"response":{"status":299}}]`)
		got := ""
		for _, a := range requestAll(t, s, strings.Split(x.requests, "|")...) {
			if strings.HasPrefix(a, "HTTP/1.1 299") {
				got += "a"
			} else {
				got += "-"
			}
		}
		if got != x.want {
			t.Errorf("%s: altered %s of %s, want %s", x.on, got, x.requests, x.want)
		}
	}
}

func TestRemember(t *testing.T) {
	o, s := start(t, `[
		{"on": {"method": "GET", "nth": 1, "per": "${path}"}, "remember": "${path}"},
		{"on": {"method": "GET", "after": {"method": "DELETE", "same": "${path}"}}, "recall": "${path}"},
		{"on": {"method": "GET"}, "response": {"header": {"add": {"X-N": "${n}"}}}}
	]`)
	as := requestAll(t, s, "GET /a", "GET /a", "DELETE /a", "GET /a", "GET /b")
	for i, want := range []string{"X-Count: 1\nX-N: 1\n", "X-Count: 2\nX-N: 2\n", "X-Count: 3", "X-Count: 1\nX-N: 3\n", "X-Count: 4\nX-N: 4\n"} {
		if !strings.Contains(as[i], want) {
			t.Errorf("response %d:\n%s\nwant %q", i+1, as[i], want)
		}
	}
	if got := o.requests(); got != "GET /a x=yes|GET /a x=yes|DELETE /a x=yes|GET /b x=yes" {
		t.Errorf("the server received %s", got)
	}
}

// TestWrong covers invalid alterations.
func TestWrong(t *testing.T) {
	for alteration, want := range map[string]string{
		`{"on":{}}`: "has no effect",
		`{"on":{},"respond":{"status":200},"drop":"after"}`:                            "only one of",
		`{"on":{"response":{"status":200}},"respond":{"status":200}}`:                  "cannot change the request",
		`{"on":{"response":{"status":200}},"request":{"method":"GET"}}`:                "cannot change the request",
		`{"on":{"response":{"status":200}},"also":[{"first":true}]}`:                   "cannot change the request",
		`{"on":{"response":{"status":200}},"drop":"before"}`:                           "cannot drop the request before",
		`{"on":{},"drop":"now"}`:                                                       `unknown drop "now"`,
		`{"on":{"path":"("},"drop":"after"}`:                                           "missing closing",
		`{"on":{"after":{"path":"("}},"drop":"after"}`:                                 "missing closing",
		`{"on":{"query":{"q":"("}},"drop":"after"}`:                                    "missing closing",
		`{"on":{},"response":{"body":{"rewrite":{"from":"(","to":""}}}}`:               "missing closing",
		`{"on":{},"delay":"11s"}`:                                                      "exceeds the maximum",
		`{"on":{},"delay":"soon"}`:                                                     "invalid duration",
		`{"on":{},"response":{"body":{"text":"${nothing}"}}}`:                          "unknown placeholder ${nothing}",
		`{"on":{},"response":{"body":{"json":[{"at":"/a"}]}}}`:                         "has 0 effects",
		`{"on":{},"response":{"body":{"json":[{"at":"/a","set":1,"remove":true}]}}}`:   "has 2 effects",
		`{"on":{},"response":{"body":{"json":[{"at":"","remove":true}]}}}`:             "cannot be removed",
		`{"on":{},"response":{"body":{"json":[{"at":"/a","set":"${b}"}]}}}`:            "unknown placeholder ${b}",
		`{"on":{"path":"(?P<b>.)"},"response":{"header":{"set":{"A":["${b}${c}"]}}}}`:  "unknown placeholder ${c}",
		`{"on":{},"response":{"header":{"rewrite":{"A":{"from":"(.)","to":"${x}"}}}}}`: "unknown placeholder ${x}",
	} {
		var m Alteration
		if err := json.Unmarshal([]byte(alteration), &m); err != nil {
			t.Fatal(err)
		}
		if err := Check(&m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", alteration, err, want)
		}
	}
}

// TestForward puts the proxy in front of a server at a URL.
func TestForward(t *testing.T) {
	o := &origin{}
	server := httptest.NewServer(o)
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Forward(u, nil), []Alteration{{Response: &ResponseEdit{Status: 299}}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(p)
	defer s.Close()
	got := requestAll(t, s, "GET /text", "HEAD /text")
	if !strings.HasPrefix(got[0], "HTTP/1.1 299") || !strings.HasSuffix(got[0], "\n\n0123456789") || !strings.Contains(got[1], "Content-Length: 10") {
		t.Errorf("%q", got)
	}
}

// TestBounds exceeds the limits of the proxy's state.
func TestBounds(t *testing.T) {
	p, err := New(http.NotFoundHandler(), []Alteration{
		{On: On{Nth: Ints{1}, Per: "${path}"}, Response: &ResponseEdit{Status: 299}, Remember: "${path}"},
		{On: On{After: &Earlier{Same: "${path}"}}, Response: &ResponseEdit{Status: 298}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range maxTexts/4 + 100 {
				p.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/"+itoa(i)+strings.Repeat("x", i%7), nil))
			}
		})
	}
	wg.Wait()
	s := &p.state
	if len(s.counts) > maxTexts || len(s.armed) > maxTexts || len(s.remembered) > maxRemembered {
		t.Errorf("%d, %d, %d", len(s.counts), len(s.armed), len(s.remembered))
	}
}

// FuzzJSON edits arbitrary bodies: the edits must not panic, and the result of
// editing JSON must be JSON.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}]}`, `[]`, `"x"`, ``, `{`, `{"a":1}{`, strings.Repeat("[", 300), `{"a":1,"a":2}`, "\"\xff\""} {
		f.Add(s, "/a/-1/b", "/*/0")
	}
	f.Fuzz(func(t *testing.T, body, at, other string) {
		zero := 0
		k := &pick{&alteration{}, map[string]string{}}
		got := k.editBody(&BodyEdit{Format: "reversed", JSON: []JSONEdit{
			{At: at, Set: map[string]any{"x": "${n}"}}, {At: other, Reverse: true}, {At: at, Duplicate: &zero},
			{At: other, Add: "y"}, {At: at, Without: map[string]any{"b": nil}}, {At: "/a", Remove: true},
		}}, []byte(body))
		if json.Valid([]byte(body)) && !json.Valid(got) {
			t.Errorf("%q became %q", body, got)
		}
	})
}

func FuzzExpand(f *testing.F) {
	f.Add("a${b}$${c}${d.e}", "v")
	f.Fuzz(func(t *testing.T, template, value string) {
		got := expand(template, map[string]string{"b": value})
		if !strings.Contains(template, "${") && got != template {
			t.Errorf("%q became %q", template, got)
		}
	})
}
