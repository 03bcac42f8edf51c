package match

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kindOf returns the name of the JSON type of a value.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case string, []byte, *Long:
		return "string"
	case int, int64:
		return "int"
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return "number"
		}
		return "int"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	}
	return "nothing"
}

// shown is the maximum length of a quoted value in a mismatch, in bytes.
const shown = 160

// Show formats a value received from a registry, truncated. A []byte that is
// long or not UTF-8 is shown as its length and digest.
func Show(v any) string {
	switch v := v.(type) {
	case missingValue:
		return "nothing"
	case []byte:
		if len(v) > shown || !utf8.Valid(v) {
			return fmt.Sprintf("%d bytes with sha256:%x", len(v), sha256.Sum256(v))
		}
		return strconv.Quote(string(v))
	case *Long:
		return fmt.Sprintf("%d bytes with %s", v.Len(), v.SHA256())
	case string:
		if len(v) > shown {
			v = v[:shown+1] // do not quote a 4 MB string
		}
		return Cut(strconv.Quote(v))
	case OneOf:
		return strings.Join(slices.Collect(iter.Seq[string](v)), " or ")
	}
	b, err := json.Marshal(beginning(v))
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	return Cut(string(b))
}

// beginning returns the part of a value from JSON that the first bytes of its encoding
// come from: the whole of a large value would take as much memory again.
func beginning(v any) any {
	switch v := v.(type) {
	case string:
		return v[:min(len(v), shown+utf8.UTFMax)]
	case json.Number:
		return v[:min(len(v), shown+1)]
	case []any:
		list := make([]any, 0, min(len(v), shown))
		for _, x := range v[:min(len(v), shown)] {
			list = append(list, beginning(x))
		}
		return list
	case map[string]any:
		o := map[string]any{}
		names := slices.Sorted(maps.Keys(v))
		for _, name := range names[:min(len(names), shown)] {
			o[name] = beginning(v[name])
		}
		return o
	}
	return v
}

// Cut truncates a string at a rune boundary to at most 160 bytes, and appends
// "…" if it was longer.
func Cut(s string) string {
	if len(s) <= shown {
		return s
	}
	n := shown
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
