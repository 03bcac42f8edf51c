package datagen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/ocispec/ocispec/release/match"
)

// ExpandJSON substitutes the placeholders in the strings of a JSON text, but
// not in the names of members. A string that is one placeholder and nothing
// else becomes its value: an int64 becomes a number and anything else a string.
//
// The result is compact and does not escape <, > and &. Members keep their
// order and numbers their spelling.
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
		// In compact JSON, a colon follows the name of a member at once.
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

// literalLen is the length of the string literal that valid JSON begins with.
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

// appendValue appends a placeholder's value as JSON.
func appendValue(out []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case int64:
		return strconv.AppendInt(out, v, 10), nil
	case string:
		return appendString(out, v)
	case []byte:
		return appendString(out, string(v))
	case match.OneOf:
		if len(v) == 0 {
			return appendString(out, "")
		}
		return appendString(out, v[0])
	}
	return nil, fmt.Errorf("a value of type %T cannot be put in JSON", v)
}

// appendString appends a string with no more escapes than RFC 8259 asks for,
// in the spelling that RFC 8785 gives them.
func appendString(out []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, errors.New("bytes that are not UTF-8 cannot be put in JSON: use base64")
	}
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, `\b`...)
		case '\f':
			out = append(out, `\f`...)
		case '\n':
			out = append(out, `\n`...)
		case '\r':
			out = append(out, `\r`...)
		case '\t':
			out = append(out, `\t`...)
		default:
			if c < ' ' {
				out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			} else {
				out = append(out, c)
			}
		}
	}
	return append(out, '"'), nil
}
