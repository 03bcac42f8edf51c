package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ocispec/ocispec/result"
)

// JSON writes results.json, whose schema is #Results in schemas/results.cue.
// Empty lists and maps are written as such, not as null. Characters that a
// terminal may interpret are escaped, which does not change the values.
func JSON(w io.Writer, r *result.Run) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(complete(r)); err != nil {
		return err
	}
	_, err := w.Write(escape(b.Bytes()))
	return err
}

// escape replaces characters that are not printable by \u escapes. In JSON,
// these occur only in strings, except for line feeds.
func escape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		n := 0
		for n < len(b) && (' ' <= b[n] && b[n] <= '~' || b[n] == '\n') {
			n++
		}
		out, b = append(out, b[:n]...), b[n:]
		if len(b) == 0 {
			break
		}
		r, n := utf8.DecodeRune(b)
		switch {
		case unicode.IsPrint(r):
			out = append(out, b[:n]...)
		case r < 0x10000:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		}
		b = b[n:]
	}
	return out
}

// complete returns a copy of a run with non-nil lists and maps where the schema
// requires them, and without userinfo in the URL of the registry.
func complete(r *result.Run) *result.Run {
	c := *r
	c.Version = result.Version
	c.Registry = withoutUserinfo(c.Registry)
	for _, m := range []*map[result.Outcome]int{&c.Counts.Cases, &c.Counts.Requirements, &c.Counts.Checks, &c.Counts.Findings} {
		fillMap(m)
	}
	fillMap(&c.Requirements)
	fillMap(&c.Rows)
	fillMap(&c.Categories)
	c.Findings = fillList(c.Findings)
	for i := range c.Findings {
		c.Findings[i].Cases = fillList(c.Findings[i].Cases)
	}
	c.Cases = fillList(c.Cases)
	for i := range c.Cases {
		steps := fillList(c.Cases[i].Steps)
		c.Cases[i].Steps = steps
		for j := range steps {
			steps[j].Exchanges = slices.Clone(steps[j].Exchanges)
			for k := range steps[j].Exchanges {
				fillResponse(&steps[j].Exchanges[k])
			}
		}
	}
	return &c
}

func fillResponse(x *result.Exchange) {
	if x.Response == nil || x.Response.Header != nil {
		return
	}
	c := *x.Response
	c.Header = http.Header{}
	x.Response = &c
}

func fillMap[M ~map[K]V, K comparable, V any](m *M) {
	if *m == nil {
		*m = M{}
	}
}

// fillList returns a non-nil copy.
func fillList[S ~[]E, E any](s S) S { return append(S{}, s...) }
