package datagen

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// vars is an Env of fixed values.
type vars map[string]any

func (v vars) Lookup(name string) (any, error) {
	if x, ok := v[name]; ok {
		return x, nil
	}
	return nil, fmt.Errorf("unknown placeholder ${%s}", name)
}

func random(name string, n int64) *release.Data { return &release.Data{Name: name, Random: &n} }

func text(name, s string) *release.Data {
	return &release.Data{Name: name, Text: new(match.Template(s))}
}

func jsonData(name, s string) *release.Data { return &release.Data{Name: name, JSON: []byte(s)} }

func sized(d *release.Data, size int64) *release.Data {
	d.Size = size
	return d
}

func gzipped(d *release.Data) *release.Data {
	d.Gzip = true
	return d
}

// content generates the last element of data.
func content(t testing.TB, data ...*release.Data) *Content {
	t.Helper()
	g := New("seed", "case", data)
	g.Env = vars{"repo": "some/repo", "n": int64(7)}
	c, err := g.Content(data[len(data)-1].Name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSeedScopeAndNameSeparate(t *testing.T) {
	seen := map[string]string{}
	for _, k := range [][3]string{
		{"s", "c", "n"}, {"sc", "", "n"}, {"", "sc", "n"}, {"s", "", "cn"}, {"s", "cn", ""},
		{"s2", "c", "n"}, {"s", "c2", "n"}, {"s", "c", "n2"}, {"s", "n", "c"},
	} {
		for again := range 2 {
			c, err := New(k[0], k[1], []*release.Data{random(k[2], 32)}).Content(k[2])
			if err != nil {
				t.Fatal(err)
			}
			if was, ok := seen[string(c.Bytes)]; ok != (again == 1) {
				t.Errorf("%q has the bytes of %q", k, was)
			}
			seen[string(c.Bytes)] = fmt.Sprintf("%q", k)
		}
	}
}

func TestScopeIsShared(t *testing.T) {
	in := func(caseID string) digest.Digest {
		d := random("a", 100)
		d.Scope = "set"
		c, err := New("seed", caseID, []*release.Data{d}).Content("a")
		if err != nil {
			t.Fatal(err)
		}
		return c.Digest
	}
	if in("one") != in("two") {
		t.Error("content of the same scope differs between cases")
	}
}

func TestLookup(t *testing.T) {
	g := New("seed", "case", []*release.Data{text("a.b", "hi\xff"), text("empty", "")})
	g.Env = vars{"repo": "some/repo", "data": "other"}
	c, err := g.Content("a.b")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"data.a.b.bytes":    []byte("hi\xff"),
		"data.a.b.digest":   digest.FromString("hi\xff").String(),
		"data.a.b.digests":  []string{c.Digest.String(), digest.SHA384.FromString("hi\xff").String(), digest.SHA512.FromString("hi\xff").String()},
		"data.a.b.other":    c.Other().String(),
		"data.a.b.length":   int64(3),
		"data.a.b.last":     int64(2),
		"data.a.b.base64":   base64.StdEncoding.EncodeToString([]byte("hi\xff")),
		"data.empty.length": int64(0),
		"data.empty.last":   int64(-1),
		"repo":              "some/repo",
		"data":              "other",
	} {
		got, err := g.Lookup(name)
		if one, ok := got.(match.OneOf); ok {
			got = slices.Collect(iter.Seq[string](one))
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"data.c.digest":    `unknown content "c"`,
		"data.a.b":         `unknown field "b"`,
		"data.a.b.colour":  `unknown field "colour"`,
		"data.a":           "invalid placeholder",
		"fill":             "unknown placeholder",
		"data.":            "invalid placeholder",
		"data..digest":     `unknown content ""`,
		"data.a.b.":        `unknown field ""`,
		"data.a.b.Digests": `unknown field "Digests"`,
	} {
		if got, err := g.Lookup(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v; want an error with %q", name, got, err, want)
		}
	}
}

func TestAlgorithms(t *testing.T) {
	for _, a := range []digest.Algorithm{"", digest.SHA256, digest.SHA384, digest.SHA512} {
		d := text("a", "abc")
		d.Algorithm, d.MediaType = a.String(), "text/plain"
		c := content(t, d)
		if a == "" {
			a = digest.SHA256
		}
		if c.Digest != a.FromString("abc") {
			t.Errorf("%s: digest %s", a, c.Digest)
		}
		ds := slices.Collect(c.Digests())
		want := []string{c.Digest.String()}
		for _, b := range algorithms {
			if b != a {
				want = append(want, b.FromString("abc").String())
			}
		}
		if !slices.Equal(ds, want) {
			t.Errorf("%s: digests %v", a, ds)
		}
		o := c.Other()
		if o == c.Digest || o.Validate() != nil || o.Algorithm() != a || o != c.Other() {
			t.Errorf("%s: other %s", a, o)
		}
		if desc := c.Descriptor(); desc.Digest != c.Digest || desc.Size != 3 || desc.MediaType != "text/plain" {
			t.Errorf("%s: descriptor %+v", a, desc)
		}
	}
}

func TestCycles(t *testing.T) {
	data := []*release.Data{
		jsonData("a", `{"b":"${data.b.digest}"}`),
		text("b", "${data.c.length}"),
		{Name: "c", Concat: []match.Template{"${data.b.bytes}"}},
		text("self", "${data.self.other}"),
	}
	g := New("", "", data)
	for name, want := range map[string]string{
		"a":    "refers to itself: b → c → b",
		"c":    "refers to itself: c → b → c",
		"self": "refers to itself: self → self",
	} {
		if _, err := g.Content(name); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v; want an error that ends with %q", name, err, want)
		}
	}
}

// TestErrorsAreNotCached has a value that becomes available after the first
// request for it.
func TestErrorsAreNotCached(t *testing.T) {
	g := New("", "", []*release.Data{text("a", "${later}")})
	if _, err := g.Content("a"); err == nil {
		t.Fatal("no error without Env")
	}
	env := vars{}
	g.Env = env
	if _, err := g.Content("a"); err == nil {
		t.Fatal("no error without the value")
	}
	env["later"] = "x"
	if c, err := g.Content("a"); err != nil || string(c.Bytes) != "x" {
		t.Fatal(c, err)
	}
}

func TestConcurrent(t *testing.T) {
	g := New("seed", "case", []*release.Data{
		random("a", 1000),
		jsonData("b", `["${data.a.digest}","${repo}"]`),
		{Name: "c", Concat: []match.Template{"${data.b.bytes}${data.a.bytes}"}},
	})
	// A caller may hold a lock that Env acquires.
	env := &lockedEnv{vars: vars{"repo": "r"}}
	g.Env = env
	var wg sync.WaitGroup
	got := make([]*Content, 64)
	for i := range got {
		wg.Go(func() {
			name := string("abc"[i%3])
			if _, err := env.locked(g, "data.a.digest"); err != nil {
				t.Error(err)
			}
			got[i], _ = g.Content(name)
		})
	}
	wg.Wait()
	for i, c := range got {
		if c == nil || c != got[i%3] {
			t.Errorf("%d: content was made more than once", i)
		}
	}
}

// lockedEnv is an Env with a lock.
type lockedEnv struct {
	mu sync.Mutex
	vars
}

func (e *lockedEnv) Lookup(name string) (any, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.vars.Lookup(name)
}

// locked calls the generator while holding the lock.
func (e *lockedEnv) locked(g *Generator, name string) (any, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return g.Lookup(name)
}

func TestSameBytesForDependents(t *testing.T) {
	c := content(t, random("a", 10), &release.Data{Name: "b", Concat: []match.Template{"${data.a.bytes}", "${data.a.bytes}"}})
	if !bytes.Equal(c.Bytes[:10], c.Bytes[10:]) || len(c.Bytes) != 20 {
		t.Errorf("got %x", c.Bytes)
	}
}
