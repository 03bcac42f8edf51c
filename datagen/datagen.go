// Package datagen generates content from descriptions. The same seed produces
// the same bytes on every machine.
//
// Random bytes come from ChaCha8. The encodings of archives and compressed
// content do not depend on library versions, so that a digest in a report can
// be reproduced from the seed alone.
package datagen

import (
	"bytes"
	_ "crypto/sha256" // for go-digest
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
)

// algorithms are the supported digest algorithms.
var algorithms = []digest.Algorithm{digest.SHA256, digest.SHA384, digest.SHA512}

// maxBytes is the size in bytes above which random content is not in memory as a whole,
// and Release frees other content.
const maxBytes = 64 << 10

// Content is generated content. It is shared between callers; neither it nor
// its bytes may be modified.
type Content struct {
	// Bytes are the bytes, or nil if Long has them: those of large random content, and of
	// a large text or JSON document with ${fill}.
	Bytes     []byte
	Long      *match.Long
	MediaType string
	Digest    digest.Digest
}

// Descriptor returns the descriptor of the content.
func (c *Content) Descriptor() ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: c.MediaType, Digest: c.Digest, Size: c.Len()}
}

// Len returns the length in bytes.
func (c *Content) Len() int64 {
	if c.Long != nil {
		return c.Long.Len()
	}
	return int64(len(c.Bytes))
}

// AsLong returns Long or, if it is nil, Bytes as such.
func (c *Content) AsLong() *match.Long {
	if c.Long != nil {
		return c.Long
	}
	return match.NewLong(c.Len(), func() io.Reader { return bytes.NewReader(c.Bytes) }, c.Digest)
}

// All returns the bytes, also those of Long.
func (c *Content) All() []byte {
	if c.Long != nil {
		return c.Long.Bytes()
	}
	return c.Bytes
}

func (c *Content) digest(a digest.Algorithm) digest.Digest {
	if c.Long != nil {
		return c.Long.Digest(a)
	}
	return a.FromBytes(c.Bytes)
}

// Digests yields the sha256, sha384 and sha512 digests of the content, starting
// with the content's own algorithm. It computes each when it is needed.
func (c *Content) Digests() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(c.Digest.String()) {
			return
		}
		for _, a := range algorithms {
			if a != c.Digest.Algorithm() && !yield(c.digest(a).String()) {
				return
			}
		}
	}
}

// Of returns the content with the bytes that are the value of a placeholder, a []byte or
// a *match.Long, and their sha256 digest.
func Of(value any) *Content {
	c := &Content{}
	if long, ok := value.(*match.Long); ok {
		c.Long = long
	} else {
		c.Bytes, _ = value.([]byte)
	}
	c.Digest = c.digest(digest.SHA256)
	return c
}

// Other returns a digest with the same algorithm that is not the digest of the
// content. It is deterministic.
func (c *Content) Other() digest.Digest {
	return c.Digest.Algorithm().FromString("not " + c.Digest.String())
}

// Generator generates the content of one case. It is a [match.Env] that
// resolves placeholders for content, and delegates others to Env. It is safe
// for concurrent use.
type Generator struct {
	// Env resolves placeholders in content that do not refer to other content,
	// such as ${repo}. If it is nil, they are an error. It must be set before
	// first use. It may call the generator, which does not hold locks
	// meanwhile, for content that does not use that placeholder itself.
	Env match.Env

	seed, scope string
	data        map[string]*release.Data

	mu       sync.Mutex
	made     map[string]*Content
	released map[string]string // digests of released content
}

// New returns a generator for data. Content without a scope has the given
// scope, the id of the case.
func New(seed, scope string, data []*release.Data) *Generator {
	g := &Generator{seed: seed, scope: scope, data: map[string]*release.Data{}, made: map[string]*Content{}, released: map[string]string{}}
	for _, d := range data {
		g.data[d.Name] = d
	}
	return g
}

// Content returns the content with a name. It is generated once. An error is
// not cached, because Env may not have all values yet.
func (g *Generator) Content(name string) (*Content, error) {
	return g.content(name, nil)
}

// content generates content. path lists the content that refers to it, for
// detecting cycles.
func (g *Generator) content(name string, path []string) (*Content, error) {
	g.mu.Lock()
	c := g.made[name]
	g.mu.Unlock()
	if c != nil {
		return c, nil
	}
	d := g.data[name]
	if d == nil {
		return nil, fmt.Errorf("unknown content %q", name)
	}
	if i := slices.Index(path, name); i >= 0 {
		cycle := append(slices.Clone(path[i:]), name)
		return nil, fmt.Errorf("content refers to itself: %s", strings.Join(cycle, " → "))
	}
	// No lock is held here, to avoid a deadlock with Env. The same content may be
	// generated twice; the first result is kept.
	c, err := g.make(d, append(slices.Clone(path), name))
	if err != nil {
		return nil, fmt.Errorf("content %q: %w", name, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if first := g.made[name]; first != nil {
		return first, nil
	}
	g.made[name] = c
	return c, nil
}

// Release frees the memory of large content. Its digest is kept; if more of it is
// needed, it is generated again.
func (g *Generator) Release(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.made[name]; c != nil && len(c.Bytes) > maxBytes {
		g.released[name] = c.Digest.String()
		delete(g.made, name)
	}
}

// digest returns the digest of content that was released.
func (g *Generator) digest(name string) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	d, ok := g.released[name]
	return d, ok
}

// Lookup returns the value of the placeholder data.NAME.FIELD. NAME may contain
// dots. The fields are:
//
//	bytes     []byte or *match.Long
//	digest    string
//	digests   match.OneOf  see Content.Digests
//	canonical string       the digest under digest.Canonical
//	other     string       see Content.Other
//	length    int64        in bytes
//	last      int64        the offset of the last byte
//	base64    string       of the bytes, with padding
//	mediaType string
//
// In text and JSON, ${fill} expands to as many characters as necessary to reach
// the size, and ${unique} to 16 hexadecimal digits that are different for each
// content, so that the registry does not have the content yet. Names without
// the prefix "data." are resolved by Env.
func (g *Generator) Lookup(name string) (any, error) { return g.lookup(name, nil) }

func (g *Generator) lookup(name string, path []string) (any, error) {
	rest, ok := strings.CutPrefix(name, "data.")
	if !ok {
		if g.Env == nil {
			return nil, fmt.Errorf("unknown placeholder ${%s}", name)
		}
		return g.Env.Lookup(name)
	}
	dot := strings.LastIndexByte(rest, '.')
	if dot < 0 {
		return nil, fmt.Errorf("invalid placeholder ${%s}; want ${data.NAME.FIELD}", name)
	}
	name, field := rest[:dot], rest[dot+1:]
	if _, ok := fields[field]; !ok {
		return nil, fmt.Errorf("unknown field %q in placeholder ${data.%s}; want one of "+strings.Join(release.DataFields, ", "), field, rest)
	}
	switch field {
	case "digest":
		if d, ok := g.digest(name); ok {
			return d, nil
		}
	case "length", "last":
		if n, ok := g.size(name, 0); ok && field == "length" {
			return n, nil
		} else if ok {
			return n - 1, nil
		}
	}
	c, err := g.content(name, path)
	if err != nil {
		return nil, err
	}
	return fields[field](c), nil
}

// maxJoined bounds how deep content that is joined from other content is followed.
const maxJoined = 8

// size returns the length of random content in bytes without generating it, and of
// content that is joined from such, at most maxJoined times over.
func (g *Generator) size(name string, joined int) (n int64, ok bool) {
	d := g.data[name]
	switch {
	case d == nil || joined > maxJoined || d.Gzip || d.Random == nil && d.Concat == nil:
		return 0, false
	case d.Random != nil:
		return *d.Random, true
	}
	for _, t := range d.Concat {
		part, is := strings.CutPrefix(string(t), "${data.")
		part, bytes := strings.CutSuffix(part, ".bytes}")
		size, known := g.size(part, joined+1)
		if !is || !bytes || !known {
			return 0, false
		}
		n += size
	}
	return n, true
}

// fields maps the fields of placeholders to their values.
var fields = map[string]func(*Content) any{
	"bytes":     (*Content).value,
	"digest":    func(c *Content) any { return c.Digest.String() },
	"digests":   func(c *Content) any { return match.OneOf(c.Digests()) },
	"canonical": func(c *Content) any { return c.digest(digest.Canonical).String() },
	"other":     func(c *Content) any { return c.Other().String() },
	"length":    func(c *Content) any { return c.Len() },
	"last":      func(c *Content) any { return c.Len() - 1 },
	"base64":    func(c *Content) any { return base64.StdEncoding.EncodeToString(c.All()) },
	"mediaType": func(c *Content) any { return c.MediaType },
}

// value returns the bytes as a value of a placeholder.
func (c *Content) value() any {
	if c.Long != nil {
		return c.Long
	}
	return c.Bytes
}

// inner resolves the placeholders within a piece of content.
type inner struct {
	g     *Generator
	d     *release.Data
	path  []string
	sized bool // ${fill} is allowed
	fills int  // number of occurrences of ${fill}
}

func (e *inner) Lookup(name string) (any, error) {
	switch name {
	case "unique":
		b, err := e.g.random(8, e.d, "unique")
		return hex.EncodeToString(b), err
	case "fill":
	default:
		return e.g.lookup(name, e.path)
	}
	if !e.sized {
		return nil, errors.New("${fill} requires a size")
	}
	e.fills++
	return fillMark, nil
}
