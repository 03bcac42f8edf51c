package datagen

import (
	"archive/tar"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// MaxSize is the maximum size of content in bytes, before compression. Archives,
// compressed and joined content are in memory as a whole.
const MaxSize = 64 << 20

// make generates content. path ends with its name.
func (g *Generator) make(d *release.Data, path []string) (*Content, error) {
	algorithm := digest.Algorithm(cmp.Or(d.Algorithm, digest.Canonical.String()))
	if !slices.Contains(algorithms, algorithm) {
		return nil, fmt.Errorf("unknown digest algorithm %q; want one of %v", d.Algorithm, algorithms)
	}
	c, err := g.plain(d, path)
	if err != nil {
		return nil, err
	}
	if err := checkSize(c.Len()); err != nil {
		return nil, err
	}
	if d.Gzip {
		c = &Content{Bytes: store(c.All())}
	}
	c.MediaType, c.Digest = d.MediaType, c.digest(algorithm)
	return c, nil
}

// plain generates content before compression.
func (g *Generator) plain(d *release.Data, path []string) (*Content, error) {
	kinds := 0
	for _, given := range []bool{d.Random != nil, d.Text != nil, len(d.JSON) > 0, d.Concat != nil, d.Tar != nil} {
		if given {
			kinds++
		}
	}
	if kinds != 1 {
		return nil, errors.New("want exactly one of random, text, json, concat and tar")
	}
	if d.Size != 0 && d.Text == nil && len(d.JSON) == 0 {
		return nil, errors.New("size is only allowed with text and json")
	}
	env := &inner{g: g, d: d, path: path, sized: d.Size != 0}
	if d.Size != 0 {
		return g.filled(d, env)
	}
	if d.Random != nil && *d.Random > maxBytes {
		return g.stream(*d.Random, d)
	}
	var b []byte
	var err error
	switch {
	case d.Random != nil:
		b, err = g.random(*d.Random, d)
	case d.Tar != nil:
		b, err = g.tar(d)
	case d.Concat != nil:
		b, err = concat(d.Concat, env)
	default:
		b, err = render(d, env)
	}
	return &Content{Bytes: b}, err
}

// render generates text or JSON.
func render(d *release.Data, env match.Env) ([]byte, error) {
	if d.Text != nil {
		s, err := d.Text.Expand(env)
		return []byte(s), err
	}
	return ExpandJSON(d.JSON, env)
}

// fillMark stands for ${fill} until its length is known. It is the same in text
// and in JSON.
const fillMark = "<-- ${fill} -->"

// fillPeriod is the number of bytes after which the text for ${fill} repeats; up to that
// many are in memory.
const fillPeriod = 64 << 10

// filled generates text or JSON with ${fill} expanded so that the content has
// the specified size.
func (g *Generator) filled(d *release.Data, env *inner) (*Content, error) {
	size := d.Size
	if err := checkSize(size); err != nil {
		return nil, err
	}
	if d.Gzip {
		size = unstoredSize(d.Size)
		if size < 0 || storedSize(size) != d.Size {
			return nil, fmt.Errorf("no gzip stream is %d bytes long", d.Size)
		}
	}
	b, err := render(d, env)
	if err != nil {
		return nil, err
	}
	if env.fills != 1 || bytes.Count(b, []byte(fillMark)) != 1 {
		return nil, fmt.Errorf("with a size, ${fill} must occur exactly once, not %d times", env.fills)
	}
	before, after, _ := bytes.Cut(b, []byte(fillMark))
	room := size - int64(len(before)+len(after))
	if room < 0 {
		return nil, fmt.Errorf("content without ${fill} is %d bytes larger than the size", -room)
	}
	fill := make([]byte, min(room, fillPeriod))
	g.read(fill, d)
	for i, c := range fill {
		fill[i] = "abcdefghijklmnopqrstuvwxyz234567"[c%32]
	}
	long := match.Filled(before, fill, room, after)
	if room <= fillPeriod {
		return &Content{Bytes: long.Bytes()}, nil
	}
	return &Content{Long: long}, nil
}

func concat(parts []match.Template, env match.Env) ([]byte, error) {
	all := []byte{}
	for _, t := range parts {
		s, err := t.Expand(env)
		if err != nil {
			return nil, err
		}
		all = append(all, s...)
		if err := checkSize(int64(len(all))); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// random returns n random bytes: see read.
func (g *Generator) random(n int64, d *release.Data, in ...string) ([]byte, error) {
	if err := checkSize(n); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	g.read(b, d, in...)
	return b, nil
}

// stream returns random content that is generated each time it is read.
func (g *Generator) stream(n int64, d *release.Data) (*Content, error) {
	if err := checkSize(n); err != nil {
		return nil, err
	}
	key := g.key(d)
	return &Content{Long: match.NewLong(n, func() io.Reader { return io.LimitReader(rand.NewChaCha8(key), n) })}, nil
}

// read fills b with random bytes: see key.
func (g *Generator) read(b []byte, d *release.Data, in ...string) {
	_, _ = rand.NewChaCha8(g.key(d, in...)).Read(b) // never fails
}

// key is derived from the seed, the scope and name of the content and, for parts of
// content, the names in.
func (g *Generator) key(d *release.Data, in ...string) [sha256.Size]byte {
	// The lengths distinguish ("a", "bc") from ("ab", "c").
	var key []byte
	for _, s := range append([]string{g.seed, cmp.Or(d.Scope, g.scope), d.Name}, in...) {
		key = binary.BigEndian.AppendUint64(key, uint64(len(s)))
		key = append(key, s...)
	}
	return sha256.Sum256(key)
}

// tar generates an archive of files with random bytes, sorted by name. Its
// headers are deterministic: no owner, no modification time, no extensions.
func (g *Generator) tar(d *release.Data) ([]byte, error) {
	files := slices.SortedFunc(slices.Values(d.Tar), func(a, b release.File) int { return cmp.Compare(a.Name, b.Name) })
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, f := range files {
		if f.Size > MaxSize-int64(buf.Len()) {
			return nil, fmt.Errorf("file %q: the archive exceeds %d bytes", f.Name, MaxSize)
		}
		b, err := g.random(f.Size, d, f.Name)
		if err != nil {
			return nil, fmt.Errorf("file %q: %w", f.Name, err)
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Size: f.Size, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("file %q: %w", f.Name, err)
		}
		if _, err := w.Write(b); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func checkSize(n int64) error {
	if n < 0 || n > MaxSize {
		return fmt.Errorf("size %d is not between 0 and %d bytes", n, MaxSize)
	}
	return nil
}

const (
	blockMax  = 1<<16 - 1 // bytes in a stored block
	blockHead = 5
	gzipFrame = 10 + 8 // header and trailer
)

// store returns a gzip stream (RFC 1952) of stored blocks (RFC 1951, section
// 3.2.4). The output of compress/gzip, and thus its digest, may differ between
// versions of Go; random bytes are not compressible anyway.
func store(b []byte) []byte {
	out := make([]byte, 0, storedSize(int64(len(b))))
	out = append(out, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255) // no name, no time, unknown system
	sum, size := crc32.ChecksumIEEE(b), uint32(len(b))
	for last := false; !last; {
		n := min(len(b), blockMax)
		last = n == len(b)
		if last {
			out = append(out, 1)
		} else {
			out = append(out, 0)
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(n))
		out = binary.LittleEndian.AppendUint16(out, ^uint16(n))
		out = append(out, b[:n]...)
		b = b[n:]
	}
	out = binary.LittleEndian.AppendUint32(out, sum)
	return binary.LittleEndian.AppendUint32(out, size)
}

// storedSize returns the size of the output of store for n bytes.
func storedSize(n int64) int64 {
	return gzipFrame + n + blockHead*max(1, (n+blockMax-1)/blockMax)
}

// unstoredSize is the inverse of storedSize, for sizes in its range.
func unstoredSize(n int64) int64 {
	n -= gzipFrame
	return n - blockHead*max(1, (n+blockHead+blockMax-1)/(blockHead+blockMax))
}
