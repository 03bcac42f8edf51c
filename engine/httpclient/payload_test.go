package httpclient

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// stream is a body of n letters.
type stream int64

func (s stream) Len() int64 { return int64(s) }

func (s stream) Open() io.Reader { return strings.NewReader(strings.Repeat("a", int(s))) }

func (s stream) SHA256() string {
	b, _ := io.ReadAll(s.Open())
	return payload{bytes: b}.digest()
}

// TestStream sends a long body, in each way once more after a redirect and after an
// unavailable server, and compares its record with that of the same bytes.
func TestStream(t *testing.T) {
	t.Parallel()
	const size = 100_000
	whole := strings.Repeat("a", size)
	for _, chunked := range []bool{false, true} {
		turn := 0
		where := serve(t, func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil || string(b) != whole || chunked != (r.ContentLength < 0) {
				t.Errorf("%d bytes, length %d, %v", len(b), r.ContentLength, err)
			}
			turn++
			switch turn {
			case 1:
				w.Header().Set("Location", "/there")
				w.WriteHeader(http.StatusTemporaryRedirect)
			case 2:
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		u, err := url.Parse(where)
		if err != nil {
			t.Fatal(err)
		}
		c := New(Options{})
		defer c.Close()
		resp, hops, err := c.Do(t.Context(), &Request{Method: "PUT", URL: u, Stream: stream(size), Chunked: chunked})
		if err != nil || resp.Status != 200 || len(hops) != 3 {
			t.Fatalf("%v, %+v, %d hops", err, resp, len(hops))
		}
		want := recordBody(payload{bytes: []byte(whole)}, "", &redactor{})
		for _, x := range hops {
			equal(t, "size", x.Request.Body.Size, want.Size)
			equal(t, "text", x.Request.Body.Text, want.Text)
			equal(t, "digest", x.Request.Body.Digest, want.Digest)
			if !strings.Contains(x.Curl, "@body-"+strings.TrimPrefix(want.Digest, "sha256:")[:12]) {
				t.Errorf("the command line is %s", x.Curl)
			}
		}
	}
}
