package engine

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release/match"
)

// BenchmarkIndex matches a 4 MB body with many elements.
func BenchmarkIndex(b *testing.B) {
	var buf bytes.Buffer
	buf.WriteString(`{"items": [`)
	for i := 0; buf.Len() < 4<<20; i++ {
		if i > 0 {
			buf.WriteByte(',')
		}
		fmt.Fprintf(&buf, `{"digest": "sha256:%064d", "size": %d, "annotations": {"name": "item %d"}}`, i, i, i)
	}
	buf.WriteString("]}")
	last := fmt.Sprintf("sha256:%064d", 29000)
	want := &match.Response{
		Status: num("200"),
		Body:   object("items", &match.Matcher{Op: match.List, Rest: &match.Matcher{Op: match.Any}}),
		Lists: []match.ListRule{{
			At: "/items", Unique: true, By: "/digest", Sorted: []string{match.ByBytes},
			Contains: []*match.Matcher{object("digest", eq(last))}, Lacks: []*match.Matcher{object("digest", eq("x"))},
			Each: object("digest", like("^sha256:[0-9a-f]{64}$")),
		}},
	}
	resp := &httpclient.Response{Status: 200, Header: http.Header{}, Body: buf.Bytes()}
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if wrong := want.Match(env, newResponse(resp).got); len(wrong) > 0 {
			b.Fatal(describe(wrong))
		}
	}
}

// BenchmarkExchange runs a case with a POST, a PUT of 1 KiB and a GET, and with checks as
// cases have them; the server is in this process.
func BenchmarkExchange(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/up")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		_, _ = io.WriteString(w, `{"errors": [{"code": "X", "message": "none"}]}`)
	}))
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		b.Fatal(err)
	}
	rel := releaseOf(testCase("a", random("blob", 1<<10),
		step("POST /start", id("start"), expect("must.start", is(201), field("Location", like(".")))),
		step("PUT ${start.header.Location}", id("put"), sends("${data.blob.bytes}"), expect("must.put", is(201), field("Location", like("^/")))),
		step("GET /get", expect("must.get", is(201), content(object("errors", &match.Matcher{Op: match.Any})))),
	))
	client := httpclient.New(httpclient.Options{})
	defer client.Close()
	b.ReportAllocs()
	for b.Loop() {
		res, err := Run(b.Context(), rel, Target{URL: u, Repo: "r"}, client, Options{Seed: "seed"})
		if err != nil || res.Outcome != "pass" {
			b.Fatalf("%v %+v", err, res)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(3*b.N), "ns/exchange")
}
