package datagen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/ocispec/ocispec/engine/release/match"
)

// ExpandJSON substitutes the placeholders in the strings of a JSON text, except
// in member names. A string that consists of a single placeholder is replaced
// by the value: a number for an int64, otherwise a string.
//
// The result is compact and does not escape <, > and &. The order of members
// and the notation of numbers are preserved.
func ExpandJSON(src json.RawMessage, env match.Env) ([]byte, error) {
	var in bytes.Buffer
	if err := json.Compact(&in, src); err != nil {
		return nil, err
	}
	b := in.Bytes()
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '"')
		if i < 0 {
			return append(out, b...), nil
		}
		out = append(out, b[:i]...)
		b = b[i:]
		n := literalLen(b)
		var s string
		if err := json.Unmarshal(b[:n], &s); err != nil {
			return nil, err
		}
		b = b[n:]
		var v any = s
		// In compact JSON, a member name is directly followed by a colon.
		if len(b) == 0 || b[0] != ':' {
			var err error
			if v, err = match.Template(s).Value(env); err != nil {
				return nil, err
			}
		}
		var err error
		if out, err = appendValue(out, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// literalLen returns the length of the string literal at the start of b, which
// must be valid JSON.
func literalLen(b []byte) int {
	for i := 1; ; i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// appendValue appends the value of a placeholder as JSON.
func appendValue(out []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case int64:
		return strconv.AppendInt(out, v, 10), nil
	case string:
		return appendString(out, v)
	case []byte:
		return appendString(out, string(v))
	case match.OneOf:
		return appendString(out, v.First())
	}
	return nil, fmt.Errorf("cannot encode a value of type %T as JSON", v)
}

// appendString appends a string with the minimal escapes required by RFC 8259,
// in the notation of RFC 8785.
func appendString(out []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, errors.New("cannot encode bytes that are not UTF-8 as JSON; use base64")
	}
	out = append(slices.Grow(out, len(s)+2), '"')
	done := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			out = appendEscape(append(out, s[done:i]...), c)
			done = i + 1
		}
	}
	return append(append(out, s[done:]...), '"'), nil
}

// appendEscape appends the escape of a character that a JSON string must not
// contain as it is.
func appendEscape(out []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(out, '\\', c)
	case '\b':
		return append(out, `\b`...)
	case '\f':
		return append(out, `\f`...)
	case '\n':
		return append(out, `\n`...)
	case '\r':
		return append(out, `\r`...)
	case '\t':
		return append(out, `\t`...)
	}
	return append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
