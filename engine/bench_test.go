package engine

import (
	"bytes"
	"fmt"
	"net/http"
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
