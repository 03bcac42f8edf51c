package datagen

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/opencontainers/go-digest"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// golden lists data with their digests for one seed. The digests must not
// change, because seeds in reports reproduce them.
var golden = []struct {
	data   *release.Data
	digest string
}{
	{random("empty", 0), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{random("small", 100), "sha256:5f3115e3142f3b8a41ad829d4a529e6caf430c7929b27ee297a98b863d73b509"},
	{random("big", 4<<20), "sha256:a5d0b5e3fdee4c3d4a4ee5614da5b22f621926142e48cfd328e3084d53ebd218"},
	{&release.Data{Name: "long", Random: new(int64(100)), Algorithm: "sha512"}, "sha512:aaee9b4f92fc02372a42416156e89d1d1f87a309b2ccc0183f4591abc5c0ddc96ea34bb6019d2e4d73092cf5be21f7070e3c5e4d1ad5b28e7963adcf6975c77a"},
	{text("text", "in ${repo}"), "sha256:9c08aa5f8634927d2822517fea704d515e9eadbd25abd40278650fb1d67a7aff"},
	{jsonData("json", `{"z": "${data.small.digest}", "a": ["${data.small.length}", 1.0e2, "<&>"]}`), "sha256:2495c4ae3444cc55bff713c181f59e4099e210648adc2abd24d50db5abf64301"},
	{&release.Data{Name: "concat", Concat: []match.Template{"${data.text.bytes}", "-", "${data.small.bytes}"}}, "sha256:37d5d53447d8ab29d13d30eb86584e306cb5be214f5867c3ca0d37ecd28e6100"},
	{&release.Data{Name: "tar", Tar: []release.File{{Name: "b/c", Size: 600}, {Name: "a", Size: 0}}}, "sha256:2cc682b40123c93108043b83263223b27bf113816f0ff68c9af2bf63fa5b052c"},
	{gzipped(&release.Data{Name: "tgz", Tar: []release.File{{Name: "a", Size: 70000}}}), "sha256:0e677f599844f5eddfdc3eca71dcf438eb99b5fcbc3350d8f3ffe11266a1ddff"},
	{sized(jsonData("sized", `{"fill":"${fill}"}`), 5000), "sha256:93e26e55cc26ba89a7494259278ba56f3be46fc456422b76c0a4f03707bff315"},
}

func TestGolden(t *testing.T) {
	var data []*release.Data
	for _, x := range golden {
		data = append(data, x.data)
	}
	g := New("seed", "case", data)
	g.Env = vars{"repo": "some/repo"}
	for _, x := range golden {
		c, err := g.Content(x.data.Name)
		if err != nil {
			t.Error(err)
		} else if c.Digest.String() != x.digest {
			t.Errorf("%s: got %s, want %s", x.data.Name, c.Digest, x.digest)
		}
	}
}

func TestBytes(t *testing.T) {
	for _, x := range []struct {
		data *release.Data
		want string
	}{
		{text("a", ""), ""},
		{text("a", "<${repo}> $${n} ${n}"), "<some/repo> ${n} 7"},
		{jsonData("a", ` { "z" : "${n}" , "a" : "n=${n}" , "x" : 1.50e+03 , "<" : "\u003c&" } `), `{"z":7,"a":"n=7","x":1.50e+03,"<":"<&"}`},
		{jsonData("a", `[]`), `[]`},
		{&release.Data{Name: "a", Concat: []match.Template{"x\xff", "${n}", ""}}, "x\xff7"},
		{&release.Data{Name: "a", Concat: []match.Template{}}, ""},
		{&release.Data{Name: "a", Tar: []release.File{}}, strings.Repeat("\x00", 1024)},
	} {
		if got := content(t, x.data); string(got.Bytes) != x.want {
			t.Errorf("got %q, want %q", got.Bytes, x.want)
		}
	}
}

func TestDataErrors(t *testing.T) {
	for _, x := range []struct {
		data *release.Data
		want string
	}{
		{&release.Data{}, "exactly one of"},
		{&release.Data{Text: new(match.Template("")), Random: new(int64(1))}, "exactly one of"},
		{&release.Data{Text: new(match.Template("")), Algorithm: "md5"}, `unknown digest algorithm "md5"`},
		{random("", -1), "size -1 is not"},
		{random("", MaxSize+1), "size 67108865 is not"},
		{&release.Data{Tar: []release.File{{Name: "a", Size: MaxSize + 1}}}, `file "a": the archive exceeds`},
		{&release.Data{Tar: []release.File{{Name: "a", Size: -1}}}, `file "a": size -1`},
		{&release.Data{Tar: []release.File{{Name: "a", Size: 1}, {Name: "b", Size: MaxSize}}}, `file "b": the archive exceeds`},
		{&release.Data{Tar: []release.File{{Name: strings.Repeat("a", 300)}}}, `file "aaa`},
		{&release.Data{Tar: []release.File{{Name: "ä"}}}, `file "ä"`},
		{jsonData("", "{"), "unexpected end of JSON"},
		{text("", "${unknown}"), "unknown placeholder ${unknown}"},
		{&release.Data{Concat: []match.Template{"${data.b.bytes}"}}, `unknown content "b"`},
		{sized(random("", 1), 1), "only allowed with text and json"},
		{sized(&release.Data{Concat: []match.Template{"${fill}"}}, 1), "only allowed with text and json"},
		{text("", "${fill}"), "requires a size"},
		{&release.Data{Concat: []match.Template{"${fill}"}}, "requires a size"},
		{sized(text("", "abc"), 3), "occur exactly once, not 0 times"},
		{sized(text("", "${fill}${fill}"), 3), "occur exactly once, not 2 times"},
		{sized(jsonData("", `{"${fill}":1}`), 30), "occur exactly once, not 0 times"},
		{sized(text("", "abc${fill}"), 2), "1 bytes larger"},
		{sized(text("", "${fill}"), -1), "size -1"},
		{sized(text("", "${fill}"), MaxSize+1), "size 67108865"},
		{gzipped(sized(text("", "${fill}"), 22)), "no gzip stream is 22 bytes long"},
		{gzipped(sized(text("", "${fill}"), 18+65540+1)), "no gzip stream is 65559 bytes long"},
	} {
		g := New("seed", "case", []*release.Data{x.data})
		if c, err := g.Content(""); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%+v: got %v, %v; want an error with %q", x.data, c, err, x.want)
		}
	}
}

func TestSizeIsExact(t *testing.T) {
	for _, size := range []int64{2, 3, 255, 4096, 4194304} {
		c := content(t, sized(jsonData("a", `["${fill}"]`), size+2))
		if int64(len(c.All())) != size+2 || !json.Valid(c.All()) {
			t.Errorf("JSON has %d bytes, want %d", len(c.All()), size+2)
		}
		c = content(t, sized(text("a", "é${fill}"), size))
		if int64(len(c.All())) != size {
			t.Errorf("text has %d bytes, want %d", len(c.All()), size)
		}
	}
}

func TestSizeIsExactCompressed(t *testing.T) {
	for _, raw := range []int64{0, 1, 65534, 65535, 65536, 2*65535 - 1, 2 * 65535, 2*65535 + 1, 4 << 20} {
		size := storedSize(raw)
		if got := unstoredSize(size); got != raw {
			t.Errorf("unstoredSize(%d) = %d, want %d", size, got, raw)
		}
		c := content(t, gzipped(sized(text("a", "${fill}"), size)))
		if int64(len(c.Bytes)) != size {
			t.Errorf("got %d bytes, want %d", len(c.Bytes), size)
		}
		if got := gunzip(t, c.Bytes); int64(len(got)) != raw {
			t.Errorf("got %d bytes of plain text, want %d", len(got), raw)
		}
	}
}

// TestRandomLong has random content that is not in memory: it continues that which is,
// each time it is read, also in parts and as part of other content.
func TestRandomLong(t *testing.T) {
	short, long := content(t, random("a", maxBytes)), content(t, random("a", 3*maxBytes+5))
	if short.Long != nil || long.Long == nil || long.Len() != 3*maxBytes+5 {
		t.Fatalf("%v, %v of %d bytes", short.Long, long.Long, long.Len())
	}
	all := long.All()
	if !bytes.HasPrefix(all, short.Bytes) || long.Digest != digest.FromBytes(all) {
		t.Errorf("the content has digest %s", digest.FromBytes(all))
	}
	if err := iotest.TestReader(long.Long.Open(), all); err != nil {
		t.Error(err)
	}
	if b, err := io.ReadAll(iotest.OneByteReader(long.Long.Open())); err != nil || !bytes.Equal(b, all) {
		t.Errorf("%d bytes, one after the other: %v", len(b), err)
	}
	if c := content(t, gzipped(random("a", 3*maxBytes+5))); !bytes.Equal(gunzip(t, c.Bytes), all) {
		t.Error("the compressed content is another")
	}
	g := New("seed", "case", []*release.Data{random("a", 3*maxBytes+5), {Name: "twice", Concat: []match.Template{"${data.a.bytes}", "${data.a.bytes}"}}})
	if c, err := g.Content("twice"); err != nil || !bytes.Equal(c.Bytes, bytes.Repeat(all, 2)) {
		t.Errorf("joined: %v", err)
	}
}

func TestFillDependsOnName(t *testing.T) {
	a, b := content(t, sized(text("a", "${fill}"), 40)), content(t, sized(text("b", "${fill}"), 40))
	if a.Digest == b.Digest {
		t.Error("the same fill for two names")
	}
}

func gunzip(t *testing.T, b []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if r.Name != "" || !r.ModTime.IsZero() {
		t.Errorf("gzip header %+v", r.Header)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestTarGzip(t *testing.T) {
	c := content(t, gzipped(&release.Data{Name: "a", Tar: []release.File{{Name: "z", Size: 70000}, {Name: "a/b", Size: 3}, {Name: "a", Size: 3}}}))
	r := tar.NewReader(bytes.NewReader(gunzip(t, c.Bytes)))
	var names []string
	seen := map[string]bool{}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil || int64(len(b)) != h.Size || seen[string(b)] {
			t.Errorf("%s: %d bytes, %v, or the bytes of another", h.Name, len(b), err)
		}
		seen[string(b)] = true
		names = append(names, h.Name)
		if h.Mode != 0o644 || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.ModTime.Unix() != 0 || h.Format != tar.FormatUSTAR {
			t.Errorf("header %+v", h)
		}
	}
	if got := strings.Join(names, " "); got != "a a/b z" {
		t.Errorf("files %q", got)
	}
}
