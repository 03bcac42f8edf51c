// Package datagen makes content from its description, the same for the same
// seed on every machine.
//
// Random bytes come from ChaCha8, and what is archived or compressed is written
// in a form that does not depend on the version of a library, so that a digest
// in a report can be reproduced from the seed alone.
package datagen

import (
	_ "crypto/sha256" // for go-digest
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
)

// algorithms are those that content can be addressed by.
var algorithms = []digest.Algorithm{digest.SHA256, digest.SHA384, digest.SHA512}

// Content is made content. It is shared: neither it nor its bytes are to be
// changed.
type Content struct {
	Bytes     []byte
	MediaType string
	Digest    digest.Digest
}

// Descriptor returns the descriptor of the content.
func (c *Content) Descriptor() ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: c.MediaType, Digest: c.Digest, Size: int64(len(c.Bytes))}
}

// Digests returns the digest by every algorithm that is known: sha256, sha384
// and sha512, but the content's own first.
func (c *Content) Digests() []digest.Digest {
	ds := []digest.Digest{c.Digest}
	for _, a := range algorithms {
		if a != c.Digest.Algorithm() {
			ds = append(ds, a.FromBytes(c.Bytes))
		}
	}
	return ds
}

// Other returns the digest, by the same algorithm, of other content. It is
// always the same for the same content.
func (c *Content) Other() digest.Digest {
	return c.Digest.Algorithm().FromString("not " + c.Digest.String())
}

// Generator makes the content of one case. It is a [match.Env] that resolves
// the placeholders of content, and leaves any others to Env. It may be used by
// several goroutines.
type Generator struct {
	// Env resolves the placeholders in content that do not name other content,
	// such as ${repo}. Without it they are an error. It is to be set before
	// the first use. It may call the generator, which holds no lock meanwhile,
	// for content that does not itself need that placeholder.
	Env match.Env

	seed, scope string
	data        map[string]*release.Data

	mu   sync.Mutex
	made map[string]*Content
}

// New returns a generator of that data. Content without a scope of its own has
// the given one, which is the id of the case.
func New(seed, scope string, data []*release.Data) *Generator {
	g := &Generator{seed: seed, scope: scope, data: map[string]*release.Data{}, made: map[string]*Content{}}
	for _, d := range data {
		g.data[d.Name] = d
	}
	return g
}

// Content returns the content of that name. It is made once; an error is not
// kept, as it may be due to a value that Env does not have yet.
func (g *Generator) Content(name string) (*Content, error) {
	return g.content(name, nil)
}

// content makes content on behalf of that on the path.
func (g *Generator) content(name string, path []string) (*Content, error) {
	g.mu.Lock()
	c := g.made[name]
	g.mu.Unlock()
	if c != nil {
		return c, nil
	}
	d := g.data[name]
	if d == nil {
		return nil, fmt.Errorf("there is no content %q", name)
	}
	if i := slices.Index(path, name); i >= 0 {
		cycle := append(slices.Clone(path[i:]), name)
		return nil, fmt.Errorf("content needs itself: %s", strings.Join(cycle, " → "))
	}
	// No lock is held here, lest Env and the generator wait for each other.
	// At worst the same content is made twice, and the first to finish is kept.
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

// Lookup returns the value of the placeholder data.NAME.FIELD. NAME may have
// dots. The FIELDs are:
//
//	bytes    []byte
//	digest   string
//	digests  match.OneOf  as Content.Digests
//	other    string       as Content.Other
//	length   int64
//	last     int64        the position of the last byte
//	base64   string       of the bytes, with padding
//	mediaType string
//
// In text and JSON, ${fill} is as many characters as it takes to reach the
// size, and ${unique} is 16 hexadecimal digits that no other content has, so
// that what has them is not in a registry before. Other names without the prefix
// are looked up in Env.
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
		return nil, fmt.Errorf("placeholder ${%s} is not of the form ${data.NAME.FIELD}", name)
	}
	name, field := rest[:dot], rest[dot+1:]
	if _, ok := fields[field]; !ok {
		return nil, fmt.Errorf("content has no field %q, as in ${data.%s}", field, rest)
	}
	c, err := g.content(name, path)
	if err != nil {
		return nil, err
	}
	return fields[field](c), nil
}

// fields are the values that placeholders take from content.
var fields = map[string]func(*Content) any{
	"bytes":  func(c *Content) any { return c.Bytes },
	"digest": func(c *Content) any { return c.Digest.String() },
	"digests": func(c *Content) any {
		var of match.OneOf
		for _, d := range c.Digests() {
			of = append(of, d.String())
		}
		return of
	},
	"other":     func(c *Content) any { return c.Other().String() },
	"length":    func(c *Content) any { return int64(len(c.Bytes)) },
	"last":      func(c *Content) any { return int64(len(c.Bytes)) - 1 },
	"base64":    func(c *Content) any { return base64.StdEncoding.EncodeToString(c.Bytes) },
	"mediaType": func(c *Content) any { return c.MediaType },
}

// inner resolves the placeholders in one piece of content.
type inner struct {
	g     *Generator
	d     *release.Data
	path  []string
	sized bool   // ${fill} is allowed
	fill  string // what it stands for
	fills int    // how often it occurred
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
		return nil, errors.New("${fill} needs a size to fill up to")
	}
	e.fills++
	return e.fill, nil
}
