package match

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// operand returns the operand of a comparison.
func (s *state) operand(m *Matcher) (any, error) {
	if m.Value == nil {
		return m.Text.Value(s.env)
	}
	return decode(m.Value)
}

// decode decodes a constant. Numbers and strings without escapes, which most are,
// need no decoder.
func decode(raw []byte) (any, error) {
	if len(raw) > 0 && (raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9') && json.Valid(raw) {
		return json.Number(raw), nil
	}
	if n := len(raw); n >= 2 && raw[0] == '"' && raw[n-1] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : n-1]), nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func (s *state) compare(m *Matcher, v any) bool {
	w, err := s.operand(m)
	if err != nil {
		return s.fail(m.String()+" ("+err.Error()+")", v)
	}
	if m.Op == Equal || m.Op == NotEqual {
		if s.equal(w, v) != (m.Op == Equal) || m.Op == NotEqual && !s.sameKind(w, v) {
			return s.fail(s.describe(m), v)
		}
		return true
	}
	c, ok := order(v, w)
	if ok {
		switch m.Op {
		case Less:
			ok = c < 0
		case AtMost:
			ok = c <= 0
		case Greater:
			ok = c > 0
		case AtLeast:
			ok = c >= 0
		default:
			ok = false
		}
	}
	if !ok {
		return s.fail(s.describe(m), v)
	}
	return true
}

func (s *state) equal(want, got any) bool {
	if one, ok := want.(OneOf); ok {
		for w := range one {
			if s.equal(w, got) {
				return true
			}
		}
		return false
	}
	if wl, ok := want.(*Long); ok {
		return equalLong(wl, got)
	}
	if ws, ok := want.(string); ok {
		if gs, ok := got.(string); ok {
			return ws == gs
		}
	}
	if wb, ok := bytesOf(want); ok {
		if gl, ok := got.(*Long); ok {
			return gl.Equal(wb)
		}
		gb, ok := bytesOf(got)
		return ok && bytes.Equal(wb, gb)
	}
	if s.text {
		return fmt.Sprint(want) == got
	}
	switch want.(type) {
	case nil, bool:
		return want == got
	}
	c, ok := compareNumbers(want, got)
	return ok && c == 0
}

func equalLong(want *Long, got any) bool {
	if gl, ok := got.(*Long); ok {
		return want.Same(gl)
	}
	gb, ok := bytesOf(got)
	return ok && want.Equal(gb)
}

// sameKind reports whether two values are both strings, both numbers or both
// booleans: as in CUE, !="a" requires a string, but !=null allows any type.
func (s *state) sameKind(want, got any) bool {
	switch want.(type) {
	case OneOf, *Long:
		want = ""
	}
	if _, ok := bytesOf(want); ok || s.text {
		return kindOf(got) == "string"
	}
	switch want.(type) {
	case nil:
		return true
	case bool:
		_, ok := got.(bool)
		return ok
	}
	return isNumber(got)
}

func bytesOf(v any) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case string:
		return []byte(v), true
	}
	return nil, false
}

// compareNumbers compares two values by value if both are numbers.
func compareNumbers(a, b any) (int, bool) {
	if x, ok := whole(a); ok {
		if y, ok := whole(b); ok {
			return cmp.Compare(x, y), true
		}
	}
	x, y := number(a), number(b)
	if x == nil || y == nil {
		return 0, false
	}
	return x.Cmp(y), true
}

func isNumber(v any) bool {
	_, ok := whole(v)
	return ok || number(v) != nil
}

// whole returns a number that is an int64.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case json.Number:
		n, err := strconv.ParseInt(string(v), 10, 64)
		return n, err == nil && v[0] != '+'
	}
	return 0, false
}

// number returns a number, or nil.
func number(v any) *big.Rat {
	if n, ok := whole(v); ok {
		return new(big.Rat).SetInt64(n)
	}
	if v, ok := v.(json.Number); ok {
		// As a big.Rat, 1e999999999 would exhaust the memory.
		if !decimal.MatchString(string(v)) {
			return nil
		}
		if len(v) > 40 || strings.ContainsAny(string(v), "eE") {
			f, err := v.Float64()
			if err != nil {
				return nil
			}
			return new(big.Rat).SetFloat64(f)
		}
		r, ok := new(big.Rat).SetString(string(v))
		if ok {
			return r
		}
	}
	return nil
}

// decimal matches the numbers allowed in a header. big.Rat would also parse
// 0x1p99999999 and 1/3.
var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// order compares two numbers by value, or two strings by bytes. If want is a
// number, a string is parsed as a number, because header values are strings.
func order(got, want any) (int, bool) {
	if isNumber(want) {
		if str, ok := got.(string); ok {
			got = json.Number(str)
		}
		return compareNumbers(got, want)
	}
	a, ok1 := bytesOf(got)
	b, ok2 := bytesOf(want)
	return bytes.Compare(a, b), ok1 && ok2
}
