package match

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestJSONBounds checks that JSON that would exhaust the memory is not decoded, and that
// this is a limit of ocispec.
func TestJSONBounds(t *testing.T) {
	const values, objects = maxJSONMemory / valueMemory, maxJSONMemory/(objectMemory+valueMemory) + 1
	for _, tt := range []struct {
		name, doc string
		want      error
	}{
		{"as deep as may be", strings.Repeat("[", maxJSONDepth) + strings.Repeat("]", maxJSONDepth), nil},
		{"deeper", strings.Repeat("[", maxJSONDepth+1) + strings.Repeat("]", maxJSONDepth+1), errDepth},
		{"brackets in strings", `"` + strings.Repeat("[", maxJSONDepth+1) + `"`, nil},
		{"many values", "[" + strings.Repeat("1,", values-10) + "1]", nil},
		{"too many values", "[" + strings.Repeat("1,", values) + "1]", errMemory},
		{"too many objects", "[" + strings.Repeat(`{},`, objects) + "1]", errMemory},
		{"commas in strings", `"` + strings.Repeat(`\",`, values) + `"`, nil},
		{"a tag list of 3 MB", `{"tags":[` + strings.Repeat(`"v1",`, 3<<20/5) + `"v2"]}`, nil},
	} {
		r := &Received{Body: []byte(tt.doc)}
		if _, err := r.JSON(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, not %v", tt.name, err, tt.want)
		}
		if _, wrong := r.doc(); (wrong != nil) != (tt.want != nil) || wrong != nil && !wrong.Limit {
			t.Errorf("%s: %v", tt.name, wrong)
		}
	}
}

// TestStored reads a body that is stored elsewhere.
func TestStored(t *testing.T) {
	r := &Received{Body: []byte(`{"a":1}`)}
	stored, reads := r.Body, 0
	r.Store(func() ([]byte, error) { reads++; return stored, nil })
	for range 2 {
		if v, err := r.JSON(); err != nil || v.(map[string]any)["a"] != json.Number("1") {
			t.Errorf("%v, %v", v, err)
		}
	}
	if reads != 2 || r.Memory() != 0 {
		t.Errorf("read %d times, %d bytes", reads, r.Memory())
	}
	r.Store(func() ([]byte, error) { return nil, errors.New("no space") })
	if _, wrong := r.doc(); wrong == nil || !wrong.Limit {
		t.Errorf("a body that cannot be read gives %v", wrong)
	}
}

// FuzzDecode compares decoded JSON with that of package json.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"", " ", "null", "true", "false", "1", "-1.5e+3", `"a"`, `"\u0041\ud83d\ude00\n"`, "\"\xff\"", "[]", "[ ]", "{}", "{ }",
		`[1, "a" ,{"b" : [null,true,false]}, {}]`, `{"a":1,"a":2}`, `{"\u0061":"ü"}`, "{} {}", "[1,]", `{"a"}`, "[", `"`, "{}x", "nul",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decodeJSON(b)
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		var want any
		wantErr := d.Decode(&want)
		if wantErr == nil {
			if _, more := d.Token(); more != io.EOF {
				wantErr = errors.New("more than one JSON value")
			}
		}
		if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%q gives %#v (%v), want %#v (%v)", b, got, err, want, wantErr)
		}
	})
}

// TestMeasureLinear measures long texts: the time does not grow with the square of their
// length, whatever is in them.
func TestMeasureLinear(t *testing.T) {
	for name, s := range map[string]string{
		"escapes":        `"` + strings.Repeat(`\u0041`, 1<<20) + `"`,
		"escaped quotes": `"` + strings.Repeat(`\"`, 1<<21) + `"`,
		"quotes":         "[" + strings.Repeat(`"",`, 1<<20) + `""]`,
		"no end":         strings.Repeat(`"\`, 1<<21),
	} {
		start := time.Now()
		depth, memory := measure([]byte(s))
		if took := time.Since(start); took > 5*time.Second || depth > 1 || memory < len(s)/4 {
			t.Errorf("%s: %d bytes take %v, depth %d, memory %d", name, len(s), took, depth, memory)
		}
	}
}
