package match

import (
	"errors"
	"strings"
	"testing"
)

// TestJSONBounds checks that JSON that would exhaust the memory is rejected.
func TestJSONBounds(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		want      error
	}{
		{"as deep as may be", strings.Repeat("[", maxJSONDepth) + strings.Repeat("]", maxJSONDepth), nil},
		{"deeper", strings.Repeat("[", maxJSONDepth+1) + strings.Repeat("]", maxJSONDepth+1), errDepth},
		{"brackets in strings", `"` + strings.Repeat("[", maxJSONDepth+1) + `"`, nil},
		{"many values", "[" + strings.Repeat("1,", maxJSONValues-10) + "1]", nil},
		{"too many values", "[" + strings.Repeat("1,", maxJSONValues) + "1]", errValues},
		{"too many objects", "[" + strings.Repeat(`{},`, maxJSONValues/2) + "1]", errValues},
		{"commas in strings", `"` + strings.Repeat(`\",`, maxJSONValues) + `"`, nil},
	} {
		if _, err := decodeJSON([]byte(tt.doc)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, not %v", tt.name, err, tt.want)
		}
	}
}
