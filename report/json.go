package report

import (
	"bufio"
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
func JSON(w io.Writer, r *result.Run) error { return writeJSON(w, complete(r), "  ") }

// writeJSON writes a value with the given indentation, with characters escaped that a
// terminal may interpret.
func writeJSON(w io.Writer, v any, indent string) error {
	out := &escaper{bufio.NewWriter(w)}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return err
	}
	return out.Flush()
}

// escaper replaces characters that are not printable by \u escapes. In JSON, these
// occur only in strings, except for line feeds. A write must not end within a character.
type escaper struct{ *bufio.Writer }

func (e *escaper) Write(b []byte) (int, error) {
	size := len(b)
	for len(b) > 0 {
		n := 0
		for n < len(b) && (' ' <= b[n] && b[n] <= '~' || b[n] == '\n') {
			n++
		}
		_, _ = e.Writer.Write(b[:n]) // Flush returns the error
		if b = b[n:]; len(b) == 0 {
			break
		}
		r, n := utf8.DecodeRune(b)
		switch {
		case unicode.IsPrint(r):
			_, _ = e.Writer.Write(b[:n])
		case r < 0x10000:
			fmt.Fprintf(e.Writer, `\u%04x`, r)
		default:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(e.Writer, `\u%04x\u%04x`, hi, lo)
		}
		b = b[n:]
	}
	return size, nil
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
