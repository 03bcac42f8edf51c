package engine

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocispec/ocispec/datagen"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

// TestExpectedBody has a step that expects generated content, a part of it, or its
// digest, and bodies that are it or not. A finding has the length and the digest of what
// was received.
func TestExpectedBody(t *testing.T) {
	const size = 1 << 20
	rest := func(c *release.Case) {
		c.Data = append(c.Data, &release.Data{Name: "blob", Concat: []match.Template{"${data.head.bytes}", "${data.part.bytes}"}})
	}
	parts := []any{random("head", size/4), random("part", size), casePart(rest)}
	checks := []stepPart{
		expect("must.body", is(200), content(&match.Matcher{Op: match.Or, Kids: []*match.Matcher{eq("${data.blob.bytes}"), eq("${data.part.bytes}")}})),
		expect("must.digest", is(200), func(r *match.Response) { r.Digest = eq("${data.blob.digest}") }),
		expect("must.length", is(200), func(r *match.Response) { r.Length = num(fmt.Sprint(size / 4 * 5)) }),
	}
	rel := releaseOf(testCase("a", append(parts, step("GET /blob", append(checks, noGate())...))...))
	whole, err := Content(rel, target(serve(t, nil)), "seed", "a", "blob")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		body   []byte
		failed string
	}{
		{"equal", whole, ""},
		{"a part", whole[size/4:], "must.digest, must.length"},
		{"truncated", whole[:len(whole)-1], "must.body, must.digest, must.length"},
		{"longer", append(slices.Clone(whole), 'x'), "must.body, must.digest, must.length"},
		{"flipped", append(slices.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1), "must.body, must.digest"},
		{"other", slices.Repeat([]byte{'x'}, len(whole)), "must.body, must.digest"},
		{"small", []byte("x"), "must.body, must.digest, must.length"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, map[string]any{"GET /blob": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(tt.body) }})
			out := run(t, rel, s, Options{})
			var failed []string
			for _, c := range out.Cases[0].Steps[0].Checks {
				if c.Outcome == result.Fail || c.Outcome == result.Blocked {
					failed = append(failed, c.Requirement)
				}
			}
			if got := strings.Join(failed, ", "); got != tt.failed {
				t.Errorf("failed %q, want %q", got, tt.failed)
			}
			actual := match.Show(tt.body)
			for _, f := range out.Findings {
				if f.Requirement == "must.body" && f.Example.Actual != "body "+actual {
					t.Errorf("actual %q, want %q", f.Example.Actual, actual)
				}
			}
			b := out.Cases[0].Steps[0].Exchanges[0].Response.Body
			if b.Size != int64(len(tt.body)) || len(tt.body) > 1 && b.Digest != digest.FromBytes(tt.body).String() {
				t.Errorf("recorded %d bytes, %s", b.Size, b.Digest)
			}
		})
	}
}

// TestExpectedBodyLater has large bodies that are as expected, next to such that are not,
// and later steps that need them.
func TestExpectedBodyLater(t *testing.T) {
	doc := func(c *release.Case) {
		c.Data = append(c.Data, &release.Data{Name: "doc", Scope: "set", JSON: []byte(`{"name": "n", "fill": "${fill}"}`), Size: 9 << 20, MediaType: "application/json"})
	}
	equal := content(eq("${data.doc.bytes}"))
	rel := releaseOf(testCase("a", casePart(doc),
		step("GET /doc", id("first"), pages(2), expect("must.pages", is(200)), expect("must.some", equal), noGate(), capture(release.Capture{Name: "name", Pointer: "/name"})),
		step("GET /doc", id("second"), expect("must.same", content(eq("${first.body}"))), expect("must.json", content(object("name", eq("${first.capture.name}"))))),
		step("POST /x", header("Sum", "${first.length} ${first.digest} ${second.digests}"), sends("${second.body}"), when("first", equal), expect("must.post", is(202)))))
	s := serve(t, nil)
	whole, err := Content(rel, target(s), "seed", "a", "doc")
	if err != nil {
		t.Fatal(err)
	}
	sum := digest.FromBytes(whole).String()
	for _, parallel := range []int{1, 8} {
		s := serve(t, map[string]any{
			"GET /doc": func(w http.ResponseWriter, r *http.Request) {
				if r.URL.RawQuery == "" {
					w.Header().Set("Link", `</doc?next>; rel="next"`)
				}
				_, _ = w.Write(append(slices.Clone(whole), r.URL.RawQuery...))
			},
			"POST /x": 202,
		})
		out := run(t, rel, s, Options{Parallel: parallel})
		want := fmt.Sprintf("Sum: %d %s %s", len(whole), sum, sum)
		if posted := s.requests()[3]; !strings.Contains(posted.Header, want) || posted.Body != string(whole) {
			t.Errorf("posted %d bytes with\n%s", len(posted.Body), posted.Header)
		}
		same(t, show(out), `
			a: fail
			  first: must.pages pass; must.some fail (body wrong);
			  second: must.same pass; must.json pass;
			  3: must.post pass;
			fail must.some ×1 in [a] blocks 0
			= fail
		`)
	}
}

// TestExpectedBodyCounts has a body that is as expected and counts for the budget of the
// case.
func TestExpectedBodyCounts(t *testing.T) {
	get := step("GET /blob", expect("must.body", content(eq("${data.blob.bytes}"))))
	rel := releaseOf(testCase("a", random("blob", 1<<20), get, step("GET /blob", id("again"), expect("must.body", is(200)))))
	b, err := Content(rel, target(serve(t, nil)), "seed", "a", "blob")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, map[string]any{"GET /blob": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) }})
	out := run(t, rel, s, Options{Budget: Budget{Case: 1<<20 - 1}})
	if got := out.Cases[0].Steps; got[0].Checks[0].Outcome != result.Pass || !strings.Contains(got[1].Message, "the setting budget.case") {
		t.Error(show(out))
	}
}

// TestExpectedBodyFound finds the content that a response begins with.
func TestExpectedBodyFound(t *testing.T) {
	s := step("GET /blob", unsupported(content(eq("${data.whole.bytes}"))), gate(content(eq("${data.none.bytes}"))),
		expect("must.part", is(206), content(eq("${data.part.bytes}"))), expectWhen(200, "must.digest", func(r *match.Response) { r.Digest = eq("${data.other.digest}") }),
		expect("must.json", content(object("digest", eq("${data.unused.digest}")))))
	run := &caseRun{data: datagen.New("seed", "a", testCase("a", random("whole", 3000), random("part", 2000), random("other", 70_000)).Data)}
	for _, name := range []string{"whole", "part", "other"} {
		c, err := run.data.Content(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := run.expected(s)(c.All()[:1000]); got == nil || got.SHA256() != c.Digest.String() || got.Len() != c.Len() {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := run.expected(s)(make([]byte, 1000)); got != nil {
		t.Errorf("zeros: %v", got)
	}
	if got := bodies(s); slices.Contains(got, "unused") {
		t.Errorf("bodies %q", got)
	}
}

// TestExpectedBodyMemory sends and receives large content in much less memory than it has
// bytes. It is not parallel to others.
func TestExpectedBodyMemory(t *testing.T) {
	const size = 16 << 20
	rel := releaseOf(testCase("a", random("blob", size),
		step("PUT /blob", sends("${data.blob.bytes}"), expect("must.put", is(201))),
		step("GET /blob", expect("must.body", content(eq("${data.blob.bytes}"))))))
	b, err := Content(rel, Target{}, "seed", "a", "blob")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(201)
			return
		}
		_, _ = w.Write(b)
	}))
	defer s.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out := run(t, rel, &server{Server: s}, Options{})
	runtime.ReadMemStats(&after)
	if out.Outcome != result.Pass {
		t.Error(show(out))
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d KiB allocated", n>>10)
	}
}
