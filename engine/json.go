package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// maxJSONDepth bounds the nesting of JSON from a registry.
const maxJSONDepth = 200

var errDepth = errors.New("JSON nested too deeply")

// decodeJSON decodes one JSON value with nothing after it.
func decodeJSON(b []byte) (any, error) {
	if depth(b) > maxJSONDepth {
		return nil, errDepth
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

// depth is how deep the brackets in a JSON text are nested.
func depth(b []byte) int {
	deepest, n := 0, 0
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
			deepest = max(deepest, n)
		case c == '}' || c == ']':
			n--
		}
	}
	return deepest
}

// pointer evaluates a JSON pointer (RFC 6901). An index may be negative, to
// count from the end.
func pointer(v any, p string) (any, bool) {
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

// firstGroup returns the first group of a regular expression in a text, or the
// whole match if it has none. A group that took no part in the match is not
// there.
func firstGroup(src, text string) (any, bool) {
	re, err := regexp.Compile(src)
	if err != nil {
		return nil, false
	}
	m := re.FindStringSubmatchIndex(text)
	if m == nil {
		return nil, false
	}
	at := 2 * min(1, re.NumSubexp())
	if m[at] < 0 {
		return nil, false
	}
	return text[m[at]:m[at+1]], true
}
