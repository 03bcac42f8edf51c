package match

import (
	"bytes"
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
	d := decoder{b: b}
	v, end := d.value(0)
	if !d.bad && skipSpace(b, end) == len(b) {
		return v, nil
	}
	return nil, checkJSON(b)
}

// ignored validates JSON without a value.
type ignored struct{}

func (ignored) UnmarshalJSON([]byte) error { return nil }

// checkJSON returns the error of a text that is not JSON.
func checkJSON(b []byte) error {
	err := json.Unmarshal(b, &ignored{})
	switch {
	case err == nil:
		return errors.New("not decoded") // never: decoder accepts what package json does
	case skipSpace(b, 0) == len(b):
		return errors.New("empty body")
	case strings.HasSuffix(err.Error(), "after top-level value"):
		return errors.New("more than one JSON value")
	case strings.HasPrefix(err.Error(), "unexpected end"):
		return errors.New("unexpected EOF")
	}
	return err
}

// decoder decodes a JSON text in one pass. At what is not JSON, it sets bad and goes to
// the end.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) fail() int {
	d.bad = true
	return len(d.b)
}

// next returns the first byte from position i that is not white space, with its position;
// the byte is 0 at the end of the text.
func (d *decoder) next(i int) (int, byte) {
	if i = skipSpace(d.b, i); i < len(d.b) {
		return i, d.b[i]
	}
	return i, 0
}

// value returns the value at i, and the position of its end.
func (d *decoder) value(i int) (any, int) {
	i, c := d.next(i)
	switch c {
	case '{':
		return d.object(i + 1)
	case '[':
		return d.array(i + 1)
	case '"':
		return d.text(i)
	case 't':
		return true, d.literal(i, "true")
	case 'f':
		return false, d.literal(i, "false")
	case 'n':
		return nil, d.literal(i, "null")
	}
	return d.number(i)
}

// literal returns the end of a word at i.
func (d *decoder) literal(i int, word string) int {
	if !bytes.HasPrefix(d.b[i:], []byte(word)) {
		return d.fail()
	}
	return i + len(word)
}

func (d *decoder) number(i int) (json.Number, int) {
	end := i
	for end < len(d.b) && strings.IndexByte("+-.eE0123456789", d.b[end]) >= 0 {
		end++
	}
	if !json.Valid(d.b[i:end]) {
		return "", d.fail()
	}
	return json.Number(d.b[i:end]), end
}

// object returns the object whose first member is at i. Of members of one name, the
// last one counts.
func (d *decoder) object(i int) (map[string]any, int) {
	o := map[string]any{}
	i, c := d.next(i)
	if c == '}' {
		return o, i + 1
	}
	for c == '"' {
		var name string
		if name, i = d.text(i); d.bad {
			break
		}
		if i, c = d.next(i); c != ':' {
			break
		}
		o[name], i = d.value(i + 1)
		switch i, c = d.next(i); c {
		case '}':
			return o, i + 1
		case ',':
			i, c = d.next(i + 1)
		default:
			c = 0
		}
	}
	return nil, d.fail()
}

// array returns the array whose first element is at i.
func (d *decoder) array(i int) ([]any, int) {
	list := []any{}
	if i, c := d.next(i); c == ']' {
		return list, i + 1
	}
	for !d.bad {
		var v any
		v, i = d.value(i)
		list = append(list, v)
		var c byte
		switch i, c = d.next(i); c {
		case ']':
			return list, i + 1
		case ',':
			i++
		default:
			return nil, d.fail()
		}
	}
	return nil, len(d.b)
}

// text returns the string at i. Only one with escapes or that is not ASCII needs
// package json, which also replaces what is not UTF-8.
func (d *decoder) text(i int) (string, int) {
	plain := true
	for end := i + 1; end < len(d.b); end++ {
		switch c := d.b[end]; {
		case c == '"' && plain:
			return string(d.b[i+1 : end]), end + 1
		case c == '"':
			var s string
			if json.Unmarshal(d.b[i:end+1], &s) != nil {
				return "", d.fail()
			}
			return s, end + 1
		case c == '\\':
			plain = false
			end++
		case c < ' ':
			return "", d.fail()
		case c >= 0x80:
			plain = false
		}
	}
	return "", d.fail()
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
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := textEnd(b, i+1)
			memory += end - i
			i = end
		case '{':
			n++
			memory += objectMemory
		case '[':
			n++
			memory += arrayMemory
		case '}', ']':
			n--
		case ',':
			memory += valueMemory
		}
		deepest = max(deepest, n)
	}
	return deepest, memory + valueMemory
}

// textEnd returns the position of the quotation mark that ends the text from i, or the
// end.
func textEnd(b []byte, i int) int {
	end := i - 1
	for i < len(b) {
		if end < i {
			quote := bytes.IndexByte(b[i:], '"')
			if quote < 0 {
				break
			}
			end = i + quote
		}
		escape := bytes.IndexByte(b[i:end], '\\')
		if escape < 0 {
			return end
		}
		i += escape + len(`\"`)
	}
	return len(b)
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
