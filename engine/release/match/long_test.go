package match

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/opencontainers/go-digest"
)

// TestLong compares long byte strings with the same in memory.
func TestLong(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 1, 9, 10, 11, 25, 40, 100_003} {
		l := NewLong([]byte("head"), []byte("0123456789"), n, []byte("tail"))
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
	long := NewLong([]byte("<"), []byte("0123456789"), 1000, []byte(">"))
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
