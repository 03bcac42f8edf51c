package faultproxy

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Strings is one string or several.
type Strings []string

// UnmarshalJSON accepts a string or an array of strings.
func (s *Strings) UnmarshalJSON(b []byte) error {
	return oneOrMore(b, s, func(raw json.RawMessage) (x string, err error) {
		return x, json.Unmarshal(raw, &x)
	})
}

// Ints is one integer or several.
type Ints []int

// UnmarshalJSON accepts an integer or an array of integers.
func (s *Ints) UnmarshalJSON(b []byte) error {
	return oneOrMore(b, s, func(raw json.RawMessage) (x int, err error) {
		return x, json.Unmarshal(raw, &x)
	})
}

// Statuses are status codes or classes of status codes, such as "404" and
// "2xx".
type Statuses []string

// UnmarshalJSON accepts a number, a string, or an array of them.
func (s *Statuses) UnmarshalJSON(b []byte) error {
	return oneOrMore(b, s, func(raw json.RawMessage) (string, error) {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			return "", err
		}
		switch x := v.(type) {
		case string:
			return x, nil
		case float64:
			return strconv.Itoa(int(x)), nil
		}
		return "", fmt.Errorf("invalid status %s; want a number or a string such as \"2xx\"", raw)
	})
}

// Has reports whether a status code is in s. An empty s has all status codes.
func (s Statuses) Has(status int) bool {
	code := strconv.Itoa(status)
	for _, x := range s {
		if x == code || len(x) == 3 && x[1:] == "xx" && x[0] == code[0] {
			return true
		}
	}
	return len(s) == 0
}

func oneOrMore[S ~[]T, T any](b []byte, into *S, parse func(json.RawMessage) (T, error)) error {
	var raws []json.RawMessage
	if len(b) > 0 && b[0] == '[' {
		if err := json.Unmarshal(b, &raws); err != nil {
			return err
		}
	} else {
		raws = []json.RawMessage{b}
	}
	*into = make(S, 0, len(raws))
	for _, raw := range raws {
		x, err := parse(raw)
		if err != nil {
			return err
		}
		*into = append(*into, x)
	}
	return nil
}

// Criteria are conditions on header fields or query parameters, by name.
type Criteria map[string]Criterion

// Criterion is a condition on a field: it is present, it is absent, or one of
// its values matches a regular expression.
type Criterion struct {
	Absent bool
	Regexp string
}

// UnmarshalJSON accepts true (present), false (absent) or a regular expression.
func (c *Criterion) UnmarshalJSON(b []byte) error {
	*c = Criterion{}
	var there bool
	if err := json.Unmarshal(b, &there); err == nil {
		c.Absent = !there
		return nil
	}
	return json.Unmarshal(b, &c.Regexp)
}

// MarshalJSON is the inverse of UnmarshalJSON.
func (c Criterion) MarshalJSON() ([]byte, error) {
	if c.Absent || c.Regexp == "" {
		return json.Marshal(!c.Absent)
	}
	return json.Marshal(c.Regexp)
}
