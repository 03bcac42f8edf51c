package faultproxy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// maxDepth bounds the nesting depth of JSON that is edited.
const maxDepth = 200

// object is a JSON object that keeps the order of its members.
type object []member

type member struct {
	name  string
	value any
}

// parse decodes JSON into object, []any, string, json.Number, bool and nil.
func parse(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			o = append(o, member{name.(string), v})
		}
		_, err := d.Token()
		return o, err
	case json.Delim('['):
		a := []any{}
		for d.More() {
			v, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			a = append(a, v)
		}
		_, err := d.Token()
		return a, err
	}
	return t, nil
}

// MarshalJSON implements json.Marshaler. It keeps the order of members.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, encode(m.name)...), ':')
		b = append(b, encode(m.value)...)
	}
	return append(b, '}'), nil
}

// encode returns the JSON encoding of a value that parse returned.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil // does not happen for values of parse
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// reformat reformats JSON: see BodyEdit.Format. If b is not JSON it returns b
// unchanged.
func reformat(format string, b []byte) []byte {
	v, err := parse(b)
	if err != nil {
		return b
	}
	if format == "reversed" {
		v = reversed(v)
	}
	b = encode(v)
	if format == "indent" {
		var out bytes.Buffer
		if json.Indent(&out, b, "", "    ") == nil {
			return out.Bytes()
		}
	}
	return b
}

// reversed returns v with the members of all objects in reverse order.
func reversed(v any) any {
	switch x := v.(type) {
	case object:
		o := make(object, 0, len(x))
		for _, m := range slices.Backward(x) {
			o = append(o, member{m.name, reversed(m.value)})
		}
		return o
	case []any:
		a := make([]any, len(x))
		for i := range x {
			a[i] = reversed(x[i])
		}
		return a
	}
	return v
}

// ordered converts a value decoded by encoding/json to the types of parse.
func ordered(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return nil // does not happen for values decoded from JSON
	}
	out, err := parse(b)
	if err != nil {
		return nil
	}
	return out
}
