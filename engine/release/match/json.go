package match

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// maxJSONDepth bounds the nesting of JSON from a registry, and maxJSONValues
// the number of values, because decoded values take about a hundred times the
// memory of their encoding. An index of 4 MB has less than 200,000 values.
const (
	maxJSONDepth  = 200
	maxJSONValues = 250_000
)

var (
	errDepth  = errors.New("JSON nested too deeply")
	errValues = errors.New("JSON with too many values")
)

// decodeJSON decodes a single JSON value. Trailing data is an error.
func decodeJSON(b []byte) (any, error) {
	switch depth, values := measure(b); {
	case depth > maxJSONDepth:
		return nil, errDepth
	case values > maxJSONValues:
		return nil, errValues
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		if err == io.EOF {
			return nil, errors.New("empty body")
		}
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// measure returns the nesting depth of a JSON text, and an upper bound for the
// number of its values.
func measure(b []byte) (deepest, values int) {
	n := 0
	inString := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			n++
			values++
			deepest = max(deepest, n)
		case c == '}' || c == ']':
			n--
		case c == ',':
			values++
		}
	}
	return deepest, values + 1
}

// Pointer evaluates a JSON pointer (RFC 6901). Negative array indexes count
// from the end.
func Pointer(v any, p string) (any, bool) {
	if p == "" {
		return v, true
	}
	for key := range strings.SplitSeq(strings.TrimPrefix(p, "/"), "/") {
		key = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
		switch x := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = x[key]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(key)
			if i < 0 {
				i += len(x)
			}
			if err != nil || i < 0 || i >= len(x) {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}
