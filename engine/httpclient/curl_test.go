package httpclient

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// words returns the words into which a shell splits a command line.
func words(t *testing.T, line string, env ...string) []string {
	t.Helper()
	cmd := exec.Command("bash", "-c", `printf '%s\0' `+line)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestCurl(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	defaults := []string{"-H", "Accept:", "-H", "User-Agent:"}
	withBody := []string{"-H", "Accept:", "-H", "Content-Type:", "-H", "User-Agent:"}
	given := http.Header{"Accept": {"a/b"}, "Content-Type": {"c/d"}, "User-Agent": {"u"}}
	givenArgs := []string{"-H", "Accept: a/b", "-H", "Content-Type: c/d", "-H", "User-Agent: u"}
	for name, test := range map[string]struct {
		req  Request
		url  string
		want []string // arguments between curl and the URL
	}{
		"get":          {Request{Method: "GET"}, "http://h/a", append([]string{"-i"}, defaults...)},
		"head":         {Request{Method: "HEAD"}, "http://h/a", append([]string{"-I"}, defaults...)},
		"delete":       {Request{Method: "DELETE", Header: given}, "http://h/a", append([]string{"-i", "-X", "DELETE"}, givenArgs...)},
		"odd method":   {Request{Method: "A'$`!B", Header: given}, "http://h/a", append([]string{"-i", "-X", "A'$`!B"}, givenArgs...)},
		"query":        {Request{Method: "GET", Header: given}, "http://h/a?b='$(x)`y`&c=\"d\"!;", append([]string{"-i"}, givenArgs...)},
		"brackets":     {Request{Method: "GET", Header: given}, "http://h/?a=[1-3]{x}", append([]string{"-i", "-g"}, givenArgs...)},
		"dot segments": {Request{Method: "GET", Header: given}, "http://h/a/../%2E./b", append([]string{"-i", "--path-as-is"}, givenArgs...)},
		"empty post":   {Request{Method: "POST"}, "http://h/", append(append([]string{"-i", "-X", "POST"}, withBody...), "--data-binary", "")},
		"body":         {Request{Method: "PUT", Header: given, Body: []byte("{\"a\": 'b'}\n $x \\")}, "http://h/", append(append([]string{"-i", "-X", "PUT"}, givenArgs...), "--data-binary", "{\"a\": 'b'}\n $x \\")},
		"at":           {Request{Method: "PUT", Header: given, Body: []byte("@file")}, "http://h/", append(append([]string{"-i", "-X", "PUT"}, givenArgs...), "--data-raw", "@file")},
		"binary":       {Request{Method: "PUT", Header: given, Body: []byte{0}}, "http://h/", append(append([]string{"-i", "-X", "PUT"}, givenArgs...), "--data-binary", "@body-6e340b9cffb3")},
		"long":         {Request{Method: "PUT", Header: given, Body: make([]byte, 4096)}, "http://h/", append(append([]string{"-i", "-X", "PUT"}, givenArgs...), "--data-binary", "@body-ad7facb2586f")},
		"secret body":  {Request{Method: "POST", Header: given, Body: []byte("password=x")}, "http://h/", append(append([]string{"-i", "-X", "POST"}, givenArgs...), "--data-binary", "@"+bodyName("password=x"))},
		"chunked": {Request{Method: "PATCH", Header: given, Body: []byte("x"), Chunked: true}, "http://h/",
			append(append(append([]string{"-i", "-X", "PATCH"}, givenArgs...), "-H", "Transfer-Encoding: chunked"), "--data-binary", "x")},
		"headers": {Request{Method: "GET", Header: http.Header{
			"A": {"1", "2"}, "B": {""}, "Content-Length": {"0"}, "X": {`'"$HOME\`}, "Authorization": {"Bearer x"}, "Cookie": {"y"}, "X-Key": {"z"}, "!`$": {"w"},
		}}, "http://h/", append([]string{"-i", "-H", "!`$: W", "-H", "A: 1", "-H", "A: 2", "-H", "Authorization: $(x) y", "-H", "B;", "-H", "Cookie: C", "-H", `X: '"$HOME\`, "-H", "X-Key: K"}, defaults...)},
	} {
		t.Run(name, func(t *testing.T) {
			test.req.URL = mustURL(t, test.url)
			line := curl(&test.req, nil, newSecrets(Options{SecretHeaders: []string{"X-Key", "!`$"}}).redactor().request(&test.req))
			got := words(t, line, "AUTH=$(x) y", "COOKIE=C", "X_KEY=K", "___=W")
			want := append(append([]string{"curl"}, test.want...), target(test.req.URL))
			if !slices.Equal(got, want) {
				t.Errorf("%s\ngot  %q\nwant %q", line, got, want)
			}
		})
	}
}

func bodyName(s string) string {
	return "body-" + payload{bytes: []byte(s)}.digest()[len("sha256:"):][:12]
}

func TestCurlSendsTheSame(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	long := strings.Repeat("x", 1000)
	if err := os.WriteFile(filepath.Join(dir, bodyName(long)), []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, req := range []Request{
		{Method: "GET"},
		{Method: "HEAD"},
		{Method: "DELETE"},
		{Method: "POST"},
		{Method: "PUT", Body: []byte("@a\n'b'")},
		{Method: "PATCH", Body: []byte(long), Header: http.Header{"Content-Type": {"a/b"}, "Authorization": {"Basic eDp5"}}},
		{Method: "PATCH", Body: []byte("abc"), Chunked: true, Header: http.Header{"Empty": {""}}},
	} {
		base, heads := raw(t, func(_ int, c net.Conn, _ string) { io.WriteString(c, ok) })
		req.URL = mustURL(t, base+"/a/../b?c=%41&d=[1-2]")
		c, _ := newClient(t, Options{UserAgent: "test/1"})
		_, log, err := c.Do(t.Context(), &req)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("bash", "-c", log[0].Curl)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "AUTH="+req.Header.Get("Authorization"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s\n%s", err, log[0].Curl, out)
		}
		sent := heads()
		lines := func(s string) string {
			l := strings.Split(strings.ReplaceAll(s, ": \r\n", ":\r\n"), "\r\n")
			slices.Sort(l[1:])
			return strings.Join(l, "\n")
		}
		equal(t, log[0].Curl, lines(sent[1]), lines(sent[0]))
	}
}

// FuzzCurl checks that a shell interprets no part of a request.
func FuzzCurl(f *testing.F) {
	f.Add("GET", "a=b", "X-A", "v", "")
	f.Add("P'T", "$(id)", "!`$", "'\\''", "'\"\\\n")
	f.Add("PUT", "`id`&x=~", "A", "\t$HOME\\", "@x")
	f.Add("POST", "[a]{b}", "#", "a b", "é…")
	if _, err := exec.LookPath("bash"); err != nil {
		f.Skip(err)
	}
	f.Fuzz(func(t *testing.T, method, query, name, value, body string) {
		u := mustURL(t, "http://h/a")
		u.RawQuery = query
		req := &Request{Method: method, URL: u, Header: http.Header{name: {value}, "Accept": {"a"}, "User-Agent": {"b"}, "Content-Type": {"c"}}, Body: []byte(body)}
		if check(req) != nil || hideURL(query) != query || hideURL(value) != value || isSecret(name, nil) || http.CanonicalHeaderKey(name) == "Content-Length" {
			return
		}
		got := words(t, curl(req, nil, newSecrets(Options{}).redactor().request(req)))
		if got[0] != "curl" || got[len(got)-1] != target(u) {
			t.Fatalf("%q", got)
		}
		if method != "GET" && method != "HEAD" && !slices.Contains(got, method) {
			t.Errorf("no method: %q", got)
		}
		if strings.Trim(value, " \t") != "" && !slices.Contains(got, name+": "+value) {
			t.Errorf("no header: %q", got)
		}
		if text, ok := printable([]byte(body), maxInline); ok && text == body && hideURL(body) == body && !strings.Contains(body, "oken") && !slices.Contains(got, body) && body != "" {
			t.Errorf("no body: %q", got)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Error(err)
		}
	})
}
