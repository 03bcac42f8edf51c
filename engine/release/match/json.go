package match

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxJSONDepth bounds the nesting of JSON from a registry, and maxJSONMemory the
// memory in bytes that its decoded values take by estimate. An index of 4 MB takes less,
// and so does a tag list of 3 MB, with tags of any size.
const (
	maxJSONDepth  = 200
	maxJSONMemory = 40 << 20 // as Received.JSON says
)

// The memory of decoded values, in bytes, by what a JSON text has for each.
const (
	objectMemory = 320
	arrayMemory  = 48
	valueMemory  = 56
)

var (
	errDepth  = fmt.Errorf("%w: JSON nested deeper than %d levels", errLimit, maxJSONDepth)
	errMemory = fmt.Errorf("%w: JSON with values of more than %d MiB", errLimit, maxJSONMemory>>20)

	// errLimit is the error for what ocispec does not decode, whatever it is.
	errLimit = errors.New("limit of ocispec")
)

// IsLimit reports whether an error is about a limit of ocispec: it says nothing about
// the registry.
func IsLimit(err error) bool { return errors.Is(err, errLimit) }

// decodeJSON decodes a single JSON value, with numbers as json.Number. Trailing data
// is an error. It needs no memory but for the values.
func decodeJSON(b []byte) (any, error) {
	if err := checkJSON(b); err != nil {
		return nil, err
	}
	v, _ := (&decoder{b}).value(0)
	return v, nil
}

// ignored validates JSON without a value.
type ignored struct{}

func (ignored) UnmarshalJSON([]byte) error { return nil }

// checkJSON returns the error of a JSON text.
func checkJSON(b []byte) error {
	if json.Valid(b) {
		return nil
	}
	err := json.Unmarshal(b, &ignored{})
	switch {
	case len(strings.TrimLeft(string(b[:min(len(b), 1<<10)]), " \t\r\n")) == 0 && skipSpace(b, 0) == len(b):
		return errors.New("empty body")
	case strings.HasSuffix(err.Error(), "after top-level value"):
		return errors.New("more than one JSON value")
	case strings.HasPrefix(err.Error(), "unexpected end"):
		return errors.New("unexpected EOF")
	}
	return err
}

// decoder decodes a JSON text that is known to be valid.
type decoder struct{ b []byte }

// value returns the value at i, and the position of its end.
func (d *decoder) value(i int) (any, int) {
	i = skipSpace(d.b, i)
	switch d.b[i] {
	case '{':
		return d.object(i + 1)
	case '[':
		return d.array(i + 1)
	case '"':
		return d.text(i)
	case 't':
		return true, i + len("true")
	case 'f':
		return false, i + len("false")
	case 'n':
		return nil, i + len("null")
	}
	end := i
	for end < len(d.b) && strings.IndexByte("+-.eE0123456789", d.b[end]) >= 0 {
		end++
	}
	return json.Number(d.b[i:end]), end
}

// object returns the object whose first member is at i. Of members of one name, the
// last one counts.
func (d *decoder) object(i int) (map[string]any, int) {
	o := map[string]any{}
	if i = skipSpace(d.b, i); d.b[i] == '}' {
		return o, i + 1
	}
	for {
		name, end := d.text(skipSpace(d.b, i))
		o[name], i = d.value(skipSpace(d.b, end) + len(":"))
		if i = skipSpace(d.b, i) + 1; d.b[i-1] == '}' {
			return o, i
		}
	}
}

// array returns the array whose first element is at i.
func (d *decoder) array(i int) ([]any, int) {
	list := []any{}
	if i = skipSpace(d.b, i); d.b[i] == ']' {
		return list, i + 1
	}
	for {
		var v any
		v, i = d.value(i)
		list = append(list, v)
		if i = skipSpace(d.b, i) + 1; d.b[i-1] == ']' {
			return list, i
		}
	}
}

// text returns the string at i. Only one with escapes or that is not ASCII needs
// package json, which also replaces what is not UTF-8.
func (d *decoder) text(i int) (string, int) {
	plain := true
	end := i + 1
	for ; d.b[end] != '"'; end++ {
		switch c := d.b[end]; {
		case c == '\\':
			plain = false
			end++
		case c >= 0x80:
			plain = false
		}
	}
	end++
	if plain {
		return string(d.b[i+1 : end-1]), end
	}
	var s string
	_ = json.Unmarshal(d.b[i:end], &s) // it is valid
	return s, end
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// measure returns the nesting depth of a JSON text, and the memory that its values
// take by estimate, in bytes.
func measure(b []byte) (deepest, memory int) {
	n := 0
	inString := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
			memory++
		case c == '"':
			inString = !inString
		case inString:
			memory++
		case c == '{':
			n++
			memory += objectMemory
		case c == '[':
			n++
			memory += arrayMemory
		case c == '}' || c == ']':
			n--
		case c == ',':
			memory += valueMemory
		}
		deepest = max(deepest, n)
	}
	return deepest, memory + valueMemory
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
