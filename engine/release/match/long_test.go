package match

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/opencontainers/go-digest"
)

// TestLong compares long byte strings with the same in memory.
func TestLong(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 1, 9, 10, 11, 25, 40, 100_003} {
		l := Filled([]byte("head"), []byte("0123456789"), n, []byte("tail"))
		want := "head" + strings.Repeat("0123456789", int(n)/10+1)[:n] + "tail"
		if got := string(l.Bytes()); got != want || l.Len() != int64(len(want)) {
			t.Fatalf("%d: %q of %d bytes, want %q", n, got, l.Len(), want)
		}
		if err := iotest.TestReader(l.Open(), []byte(want)); err != nil {
			t.Errorf("%d: %v", n, err)
		}
		var copied bytes.Buffer
		if _, err := io.Copy(&copied, l.Open()); err != nil || copied.String() != want {
			t.Errorf("%d: copied %q, %v", n, copied.String(), err)
		}
		if got := l.Digest(digest.SHA512); got != digest.SHA512.FromString(want) {
			t.Errorf("%d: digest %s", n, got)
		}
		if !l.Equal([]byte(want)) {
			t.Errorf("%d: not equal", n)
		}
		for i := range min(len(want), 60) {
			other := []byte(want)
			other[i] ^= 1
			if l.Equal(other) {
				t.Errorf("%d: equal to one with another byte at %d", n, i)
			}
		}
		if l.Equal([]byte(want[:len(want)-1])) || l.Equal([]byte(want+"x")) {
			t.Errorf("%d: equal to one of another length", n)
		}
	}
}

// TestMatchLong matches a body and a part of one with a long byte string.
func TestMatchLong(t *testing.T) {
	t.Parallel()
	long := Filled([]byte("<"), []byte("0123456789"), 1000, []byte(">"))
	e := env{"long": long}
	same := &Matcher{Op: Equal, Text: "${long}"}
	if wrong := same.Match(e, long.Bytes()); len(wrong) > 0 {
		t.Errorf("the same: %v", wrong)
	}
	wrong := same.Match(e, []byte("other"))
	if len(wrong) != 1 || !strings.Contains(wrong[0].Want, "1002 bytes with sha256:") {
		t.Errorf("another: %v", wrong)
	}
	if wrong := (&Matcher{Op: NotEqual, Text: "${long}"}).Match(e, []byte("other")); len(wrong) > 0 {
		t.Errorf("another with !=: %v", wrong)
	}
	if wrong := (&Matcher{Op: Equal, Text: "a${long}"}).Match(e, append([]byte("a"), long.Bytes()...)); len(wrong) > 0 {
		t.Errorf("in a longer text: %v", wrong)
	}
}

// TestReceivedLong matches a long body, and the same in memory, with the same mismatches.
// It is taken into memory only where a constraint needs that.
func TestReceivedLong(t *testing.T) {
	t.Parallel()
	long := Filled([]byte(`{"fill":"`), []byte("0123456789"), 1000, []byte(`"}`))
	other := Filled([]byte(`{"fill":"`), []byte("1234567890"), 1000, []byte(`"}`))
	e := env{"long": long, "bytes": long.Bytes(), "other": other, "short": []byte("short"), "digest": long.SHA256(),
		"sha512": long.Digest(digest.SHA512).String(), "any": OneOf(slices.Values([]string{"x", string(long.Bytes())}))}
	op := func(op Op, text Template) *Matcher { return &Matcher{Op: op, Text: text} }
	for _, tt := range []struct {
		want  Response
		bytes bool // are needed
	}{
		{Response{Body: op(Equal, "${long}")}, false},
		{Response{Body: op(Equal, "${bytes}")}, false},
		{Response{Body: op(Equal, "${other}")}, false},
		{Response{Body: op(Equal, "${short}")}, false},
		{Response{Body: op(Equal, "${none}")}, false},
		{Response{Body: op(Equal, "${any}")}, false},
		{Response{Body: op(Equal, "")}, false},
		{Response{Body: op(NotEqual, "${long}")}, false},
		{Response{Body: op(NotEqual, "${other}")}, false},
		{Response{Body: op(NotEqual, "${bytes}"), BodyOptional: true}, false},
		{Response{Body: &Matcher{Op: Or, Kids: []*Matcher{op(Equal, "${other}"), op(Equal, "${long}")}}}, false},
		{Response{Body: &Matcher{Op: And, Kids: []*Matcher{op(Kind, "string"), op(Equal, "${other}")}}}, false},
		{Response{Body: &Matcher{Op: Or, Kids: []*Matcher{op(Equal, "${other}"), op(Regexp, "^0")}}}, true},
		{Response{Body: op(Regexp, "9\"}$")}, true},
		{Response{Body: op(NoRegexp, "9\"}$")}, true},
		{Response{Body: op(Less, "a")}, true},
		{Response{Body: op(URL, "")}, true},
		{Response{Body: &Matcher{Op: Object, Fields: []Field{{Name: "fill", Match: op(Kind, "int")}}}}, true},
		{Response{Length: &Matcher{Op: Equal, Value: []byte("1011")}}, false},
		{Response{Length: &Matcher{Op: Less, Value: []byte("1011")}}, false},
		{Response{Digest: op(Equal, "${digest}")}, false},
		{Response{Digest: op(Equal, "${sha512}")}, false},
		{Response{Digest: op(Equal, "${short}")}, false},
	} {
		want := tt.want.Match(e, &Received{Body: long.Bytes()})
		held := 0
		got := &Received{Long: long, Hold: func(n int) { held += n }}
		if wrong := tt.want.Match(e, got); !slices.Equal(wrong, want) {
			t.Errorf("%+v: %v, want %v", tt.want.Body, wrong, want)
		}
		if size := int(long.Len()); held%size != 0 || (held > 0) != tt.bytes {
			t.Errorf("%+v: %d bytes in memory", tt.want.Body, held)
		}
		if wrong := tt.want.Match(e, &Received{Long: long, Problem: "cut off"}); len(wrong) != 1 || wrong[0].Got != "cut off" {
			t.Errorf("%+v, cut off: %v", tt.want.Body, wrong)
		}
	}
}

// TestLongKnown does not read what is known.
func TestLongKnown(t *testing.T) {
	t.Parallel()
	reads := 0
	open := func() io.Reader {
		reads++
		return strings.NewReader("content")
	}
	l := NewLong(7, open, digest.FromString("content"))
	if !l.Same(l) || !l.Same(NewLong(7, open, digest.FromString("content"))) || l.Same(NewLong(6, open)) || reads > 0 {
		t.Errorf("read %d times", reads)
	}
	for range 2 {
		if l.Digest(digest.SHA512) != digest.SHA512.FromString("content") || reads > 1 {
			t.Errorf("read %d times", reads)
		}
	}
	for text, want := range map[string]bool{"": true, "con": true, "content": true, "cox": false, "contents": false} {
		if got := l.HasPrefix([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
