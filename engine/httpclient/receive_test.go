package httpclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// noise is a body of n random bytes.
type noise int64

func (n noise) Len() int64 { return int64(n) }

func (n noise) Open() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{}), int64(n)) }

func (n noise) SHA256() string { return payload{bytes: n.bytes()}.digest() }

func (n noise) bytes() []byte {
	b, _ := io.ReadAll(n.Open())
	return b
}

// ask sends a request to a server and returns the response and its record.
func ask(t *testing.T, where string, limits Limits, req Request) (*Response, any, error) {
	t.Helper()
	u, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	limits.Retries = -1
	c := New(Options{Limits: limits})
	defer c.Close()
	req.Method, req.URL = http.MethodGet, u
	resp, hops, err := c.Do(t.Context(), &req)
	if len(hops) != 1 || hops[0].Response == nil || resp == nil {
		t.Fatalf("%+v, %v", hops, err)
	}
	resp.Elapsed, hops[0].Response.Elapsed = 0, 0
	delete(resp.Header, "Date")
	delete(hops[0].Response.Header, "Date")
	return resp, hops, err
}

// TestExpect has responses that are what is expected, and others: these are the same as
// without an expectation.
func TestExpect(t *testing.T) {
	t.Parallel()
	const size = noise(1<<20 + 17)
	whole := size.bytes()
	flipped := func(i int) []byte {
		b := slices.Clone(whole)
		b[i] ^= 1
		return b
	}
	for _, tt := range []struct {
		name  string
		body  []byte
		lost  int // bytes at the end that are stated but not sent
		equal bool
	}{
		{"equal", whole, 0, true},
		{"flipped at the begin", flipped(0), 0, false},
		{"flipped in the first bytes", flipped(LargeBody), 0, false},
		{"flipped after the first bytes", flipped(LargeBody + 1), 0, false},
		{"flipped in the middle", flipped(len(whole) / 2), 0, false},
		{"flipped at the end", flipped(len(whole) - 1), 0, false},
		{"without its end", whole[:len(whole)-1], 0, false},
		{"its first bytes", whole[:LargeBody+2], 0, false},
		{"not large", whole[:LargeBody], 0, false},
		{"a byte more", append(slices.Clone(whole), 0), 0, false},
		{"twice", append(slices.Clone(whole), whole...), 0, false},
		{"after another byte", append([]byte{0}, whole...), 0, false},
		{"without its begin", whole[1:], 0, false},
		{"a range", whole[100:500_000], 0, false},
		{"above the limit", append(slices.Clone(whole), make([]byte, 3<<20)...), 0, false},
		{"cut off", whole, 1, false},
		{"cut off early", whole[:LargeBody+9], 1000, false},
		{"cut off after another end", flipped(len(whole) - 1), 1, false},
		{"empty", nil, 0, false},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, chunked %v", tt.name, chunked), func(t *testing.T) {
				t.Parallel()
				where := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					if !chunked {
						w.Header().Set("Content-Length", fmt.Sprint(len(tt.body)+tt.lost))
					}
					for b := range slices.Chunk(tt.body, 100_000) {
						_, _ = w.Write(b)
						_ = http.NewResponseController(w).Flush()
					}
					if chunked && tt.lost > 0 {
						panic(http.ErrAbortHandler)
					}
				})
				limits := Limits{Body: 3 << 20}
				want, record, wantErr := ask(t, where, limits, Request{})
				held := 0
				got, gotRecord, err := ask(t, where, limits, Request{
					Expect: func([]byte) Stream { return size },
					Large:  func(context.Context) error { held++; return nil },
				})
				if (got.Stream != nil) != tt.equal || got.Stream != nil && (got.Body != nil || held > 0) {
					t.Errorf("a stream: %v, %d bytes in memory, %d times large", got.Stream != nil, len(got.Body), held)
				}
				if large := len(tt.body) > LargeBody && !tt.equal; (held == 1) != large {
					t.Errorf("%d times large", held)
				}
				if got.Stream != nil {
					got.Body, got.Stream = whole, nil
				}
				if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotRecord, record) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
					t.Errorf("got %v\n%+v\n%v\nwant %v\n%+v\n%v", gotRecord, len(got.Body), err, record, len(want.Body), wantErr)
				}
			})
		}
	}
}

// TestExpectNone has a request for a body that is not known, or too large.
func TestExpectNone(t *testing.T) {
	t.Parallel()
	const size, limit = noise(LargeBody + 100), LargeBody + 50
	where := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, size.Open()) })
	var begins []byte
	for _, want := range []Stream{nil, size, noise(5), noise(limit + 1)} {
		got, _, err := ask(t, where, Limits{Body: limit}, Request{Expect: func(b []byte) Stream {
			begins = slices.Clone(b)
			return want
		}})
		if err != nil || got.Stream != nil || !got.Limited || len(got.Body) != limit || !bytes.Equal(begins, size.bytes()[:LargeBody+1]) {
			t.Errorf("%v: %d bytes, limited %v, %v", want, len(got.Body), got.Limited, err)
		}
	}
}

// TestExpectUnread has no memory for a body that is not the expected one: only its first
// bytes are known.
func TestExpectUnread(t *testing.T) {
	t.Parallel()
	const size = noise(1 << 20)
	where := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, (size + 1).Open()) })
	got, _, err := ask(t, where, Limits{}, Request{
		Expect: func([]byte) Stream { return size },
		Large:  func(context.Context) error { return errors.New("no memory") },
	})
	if err != nil || !got.Limited || got.Problem != "the body is read only up to 262145 bytes: no memory" {
		t.Errorf("limited %v: %q, %v", got.Limited, got.Problem, err)
	}
	if !bytes.Equal(got.Body, size.bytes()[:LargeBody+1]) {
		t.Errorf("%d bytes", len(got.Body))
	}
}

// TestReceiver reads in steps of one byte, with data at the end, and up to an error.
func TestReceiver(t *testing.T) {
	t.Parallel()
	const size = noise(LargeBody + 1000)
	whole := size.bytes()
	broken := errors.New("broken")
	for _, tt := range []struct {
		name  string
		from  io.Reader
		equal bool
		body  []byte
		err   error
	}{
		{"bytewise", iotest.OneByteReader(size.Open()), true, nil, nil},
		{"data and end", iotest.DataErrReader(size.Open()), true, nil, nil},
		{"more data and end", iotest.DataErrReader((size + 1).Open()), false, (size + 1).bytes(), nil},
		{"one more byte and end", io.MultiReader(size.Open(), iotest.DataErrReader(strings.NewReader("x"))), false, append(slices.Clone(whole), 'x'), nil},
		{"an error at the end", io.MultiReader(size.Open(), iotest.ErrReader(broken)), false, whole, broken},
		{"an error before it", io.MultiReader((size - 1).Open(), iotest.ErrReader(broken)), false, whole[:size-1], broken},
		{"an error with data", iotest.DataErrReader(io.MultiReader((size + 1).Open(), iotest.ErrReader(broken))), false, (size + 1).bytes(), broken},
	} {
		r := receiver{from: tt.from, stated: -1, expect: func([]byte) Stream { return size }, large: func() error { return nil }}
		b, stream, err := r.read()
		if (stream != nil) != tt.equal || !bytes.Equal(b, tt.body) || !errors.Is(err, tt.err) {
			t.Errorf("%s: equal %v, %d bytes, %v", tt.name, stream != nil, len(b), err)
		}
	}
}

// TestExpectMemory receives an expected body in much less memory than it has bytes. It is
// not parallel to others.
func TestExpectMemory(t *testing.T) {
	const size = noise(64 << 20)
	where := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, size.Open()) })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := Request{Expect: func([]byte) Stream { return known{size} }}
	got, _, err := ask(t, where, Limits{Body: int64(size)}, r)
	runtime.ReadMemStats(&after)
	if err != nil || got.Stream == nil || got.Size() != int64(size) {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d KiB allocated", n>>10)
	}
}

// known is a body with a known digest.
type known struct{ noise }

func (known) SHA256() string { return "sha256:0" }

// BenchmarkReceive reads a body that is expected, and one that is not.
func BenchmarkReceive(b *testing.B) {
	const size = noise(16 << 20)
	whole := size.bytes()
	for _, want := range []Stream{nil, size} {
		b.Run(fmt.Sprintf("expected %v", want != nil), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				r := receiver{from: bytes.NewReader(whole), stated: int64(size), expect: func([]byte) Stream { return want }, large: func() error { return nil }}
				if _, stream, err := r.read(); err != nil || stream != want {
					b.Fatal(err)
				}
			}
		})
	}
}
