package engine

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/result"
)

// TestLocations checks how Location headers are resolved.
func TestLocations(t *testing.T) {
	other := serve(t, map[string]any{"PUT /there/x": 201, "PUT /there/y": 201})
	for _, tt := range []struct{ location, want string }{
		{"/up/1", "PUT /up/1?digest=a%3Ab"},
		{"1", "PUT /start/1?digest=a%3Ab"},
		{"/up/1?state=%41b&c", "PUT /up/1?state=%41b&c&digest=a%3Ab"},
		{"?x=1", "PUT /start/?x=1&digest=a%3Ab"},
		{"OTHER/there/x?q", "there PUT /there/x?q&digest=a%3Ab"},
		{"OTHER", "there PUT /?digest=a%3Ab"},
		{"", ""},
		{"javascript:alert(1)", ""},
		{"http://user:pass@127.0.0.1/x", ""},
		{"http://127.0.0.1:99999/x", ""},
		{"http://[::1", ""},
		{"/a b", ""},
		{"/\u00e9", ""},
		{"%zz", ""},
		{"/" + strings.Repeat("x", 20<<10), ""},
	} {
		t.Run(tt.location[:min(len(tt.location), 30)], func(t *testing.T) {
			s := serve(t, nil)
			s.replies = map[string]any{"POST /start/": func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Location"] = []string{strings.Replace(tt.location, "OTHER", other.URL, 1)}
				w.WriteHeader(http.StatusAccepted)
			}, "PUT /up/1": 201, "PUT /start/1": 201}
			if strings.HasPrefix(tt.want, "there") {
				u, _ := url.Parse(other.URL)
				s.hosts = []string{u.Host}
			}
			rel := releaseOf(testCase("a",
				step("POST /start/", id("start"), expect("must.start", is(202))),
				step("PUT ${start.header.Location}", query("digest", "a:b"), expect("must.put", is(201)))))
			before := len(other.lines())
			out := run(t, rel, s, Options{})
			got := strings.Join(s.lines()[1:], ", ")
			if l := other.lines()[before:]; len(l) > 0 {
				got = "there " + strings.Join(l, ", ")
			}
			if got != tt.want {
				t.Errorf("sent %q, want %q", got, tt.want)
			}
			if st := out.Cases[0].Steps[1]; tt.want == "" && (st.Checks[0].Outcome != result.Blocked || st.Message == "" || len(st.Message) > 600) {
				t.Errorf("%s: %s", st.Checks[0].Outcome, st.Message)
			}
		})
	}
}

// TestRelativeToFinalURL checks that a relative reference resolves against the
// URL after redirects.
func TestRelativeToFinalURL(t *testing.T) {
	s := serve(t, map[string]any{"POST /a": "307\nLocation: /b/c", "POST /b/c": "202\nLocation: d", "PUT /b/d": 201, "PUT /root": 201})
	rel := releaseOf(testCase("a",
		step("POST /a", id("start"), expect("must.start", is(202))),
		step("PUT ${start.header.Location}", expect("must.put", is(201))),
		step("PUT /root?x=${start.header.Location}", expect("must.put", is(201)))))
	if out := run(t, rel, s, Options{}); out.Outcome != result.Pass {
		t.Error(show(out))
	}
}

// TestUnusableValues sends values from a response in places where they are not
// valid.
func TestUnusableValues(t *testing.T) {
	s := serve(t, map[string]any{"GET /v": "200\n\n{\"v\": \"a\\nb\", \"n\": null}"})
	rel := releaseOf(testCase("a",
		step("GET /v", id("v"), capture(release.Capture{Name: "v", Pointer: "/v"}), capture(release.Capture{Name: "n", Pointer: "/n"})),
		step("GET /x", header("X", "${v.capture.v}"), expect("must.x", is(200))),
		step("GET /x/${repo}/${v.capture.v}", expect("must.x", is(200))),
		step("GET /x/${v.capture.n}", expect("must.x", is(200))),
		step("GET /x", query("q", "${v.capture.v}"), expect("must.x", is(404)))))
	out := run(t, rel, s, Options{})
	same(t, show(out), `
		a: blocked
		  v:
		  2 by a/v: must.x blocked;
		  3 by a/v: must.x blocked;
		  4 by a/v: must.x blocked;
		  5: must.x pass;
		= blocked`)
	if got := s.lines()[1]; got != "GET /x?q=a%0Ab" {
		t.Errorf("sent %s", got)
	}
}

// doer is a Doer without a network.
type doer func(*httpclient.Request) (*httpclient.Response, error)

func (d doer) Requests() int { return 0 }

func (d doer) Do(_ context.Context, r *httpclient.Request) (*httpclient.Response, []result.Exchange, error) {
	resp, err := d(r)
	return resp, nil, err
}

func TestErrorKinds(t *testing.T) {
	for kind, want := range map[httpclient.Kind]result.Outcome{
		httpclient.Invalid: result.Error, httpclient.Network: result.Inconclusive, httpclient.Login: result.Inconclusive, httpclient.Timeout: result.Inconclusive,
		httpclient.TLS: result.Inconclusive, httpclient.Protocol: result.Fail, httpclient.Redirect: result.Fail,
		httpclient.TooMany: result.Inconclusive, httpclient.Canceled: result.Inconclusive, 0: result.Inconclusive,
	} {
		rel := releaseOf(testCase("a", step("GET /x", expect("must.x", is(200)))))
		u, _ := url.Parse("http://127.0.0.1")
		out, err := Run(context.Background(), rel, Target{URL: u}, doer(func(*httpclient.Request) (*httpclient.Response, error) {
			return nil, &httpclient.Error{Kind: kind, Message: "so it is"}
		}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if k := out.Cases[0].Steps[0].Checks[0]; k.Outcome != want || k.Message != "so it is" || out.Outcome != want {
			t.Errorf("%v: %s %q, run %s", kind, k.Outcome, k.Message, out.Outcome)
		}
	}
}

func TestSlug(t *testing.T) {
	long := strings.Repeat("x", 80)
	seen := map[string]string{}
	for _, id := range []string{"a", "a-b", "a/b", "a.b", "A-b", "-a-b", long, long + "y", "é", "", "/"} {
		got := slug(id)
		if other, ok := seen[got]; ok || len(got) > 50 || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.HasPrefix(got, "-") || strings.HasSuffix(got, "-") {
			t.Errorf("slug of %q is %q (of %q too)", id, got, other)
		}
		seen[got] = id
	}
}

// TestElsewhere checks that a Location on another host gets no request but GET and
// HEAD: the outcome is inconclusive, and names the flag.
func TestElsewhere(t *testing.T) {
	other := serve(t, map[string]any{"GET /there": 200})
	s := serve(t, map[string]any{"POST /start/": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", other.URL+"/there")
		w.WriteHeader(http.StatusAccepted)
	}})
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		rel := releaseOf(testCase("a",
			step("POST /start/", id("start"), expect("must.start", is(202))),
			step(method+" ${start.header.Location}", expect("must.put", is(200)))))
		before := len(other.lines())
		out := run(t, rel, s, Options{})
		st := out.Cases[0].Steps[1]
		want, sent := result.Inconclusive, 0
		if method == "GET" {
			want, sent = result.Pass, 1
		}
		if got := len(other.lines()) - before; got != sent || st.Checks[0].Outcome != want {
			t.Errorf("%s: sent %d requests, %s: %s", method, got, st.Checks[0].Outcome, st.Message)
		}
		if want != result.Pass && !strings.Contains(st.Message, "--allow-host") {
			t.Errorf("%s: %s", method, st.Message)
		}
	}
}

// TestMaxRequests checks that a run ends after a number of requests, and still
// cleans up.
func TestMaxRequests(t *testing.T) {
	s := serve(t, map[string]any{"POST /1": 201, "POST /2": 201, "POST /3": 201, "DELETE /1": 202, "DELETE /2": 202, "DELETE /3": 202})
	var cases []*release.Case
	for _, n := range []string{"1", "2", "3"} {
		c := testCase(n, step("POST /"+n, id("push "+n), expect("must.push", is(201))))
		c.Cleanup = []*release.Step{step("DELETE /" + n)}
		cases = append(cases, c)
	}
	out := run(t, releaseOf(cases...), s, Options{MaxRequests: 2})
	var got []string
	for _, c := range out.Cases {
		got = append(got, string(c.Outcome)+" "+c.Message)
	}
	lines := strings.Join(s.lines(), ", ")
	if n := strings.Count(lines, "POST"); n != strings.Count(lines, "DELETE") || n == 0 || n > 2 {
		t.Errorf("sent %s", lines)
	}
	if last := out.Cases[2]; last.Outcome != result.Inconclusive || !strings.Contains(fmt.Sprint(last), "limit of 2 requests") {
		t.Errorf("%q", got)
	}
}
