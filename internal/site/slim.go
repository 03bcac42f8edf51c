package site

import (
	"bytes"
	"slices"

	"github.com/ocispec/ocispec/result"
)

// parseRun decodes a results.json without its cases: they are most of the file, and
// no page shows them.
func parseRun(b []byte) (*result.Run, error) {
	if start, end, ok := indented(b, "cases"); ok {
		// Other indentation than that of ocispec may mislead.
		if r, err := result.Parse(without(b, start, end)); err == nil {
			return r, nil
		}
	}
	if start, end, ok := valueOf(b, "cases"); ok {
		b = without(b, start, end)
	}
	return result.Parse(b)
}

// without returns b with an empty array instead of a value.
func without(b []byte, start, end int) []byte {
	return slices.Concat(b[:start], []byte("[]"), b[end:])
}

// indented returns the extent of an array in the object in b, if b is indented as
// ocispec does it. It is several times as fast as [valueOf].
func indented(b []byte, field string) (start, end int, ok bool) {
	name := []byte("\n  \"" + field + "\": [")
	i := bytes.Index(b, name)
	if i < 0 || !bytes.HasPrefix(b, []byte("{\n  \"")) {
		return 0, 0, false
	}
	start = i + len(name) - 1
	n := bytes.Index(b[start:], []byte("\n  ]"))
	return start, start + n + len("\n  ]"), n >= 0
}

// valueOf returns the extent of the value of a field of the object in b. ok is false
// if there is no such field, or b is malformed so that it cannot be found.
func valueOf(b []byte, field string) (start, end int, ok bool) {
	depth, name, at := 0, false, -1
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			j := endOfString(b, i)
			name = depth == 1 && at < 0 && string(b[i+1:max(i+1, j)]) == field
			i = j
		case ':':
			if name && depth == 1 {
				at = i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if at >= 0 && depth == 1 {
				return at, i + 1, true
			}
		case ',':
			name = false
			if at >= 0 && depth == 1 {
				return 0, 0, false // neither an array nor an object
			}
		}
	}
	return 0, 0, false
}

// endOfString returns the index of the quote that ends the string at i, or the
// length of b.
func endOfString(b []byte, i int) int {
	for j := i + 1; j < len(b); j++ {
		switch b[j] {
		case '"':
			return j
		case '\\':
			j++
		}
	}
	return len(b)
}
