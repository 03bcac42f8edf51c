package compile

import (
	"cuelang.org/go/cue"

	"github.com/ocispec/ocispec/internal/cueerr"

	"github.com/ocispec/ocispec/internal/spectree"
)

// field is a field of a struct.
type field struct {
	name     string
	optional bool
	value    cue.Value
}

// fields returns the regular fields of a struct; nil if v does not exist.
func (c *compiler) fields(v cue.Value, opts ...cue.Option) []field {
	if !v.Exists() {
		return nil
	}
	it, err := v.Fields(opts...)
	if err != nil {
		c.add(err)
		return nil
	}
	var fs []field
	for it.Next() {
		sel := it.Selector()
		fs = append(fs, field{sel.Unquoted(), sel.ConstraintType() == cue.OptionalConstraint, it.Value()})
	}
	return fs
}

func (c *compiler) list(v cue.Value) []cue.Value {
	it, err := v.List()
	if err != nil {
		c.add(err)
		return nil
	}
	var vs []cue.Value
	for it.Next() {
		vs = append(vs, it.Value())
	}
	return vs
}

func (c *compiler) str(v cue.Value) string {
	s, err := v.String()
	if err != nil {
		c.add(err)
	}
	return s
}

func (c *compiler) strs(v cue.Value) []string {
	var ss []string
	for _, x := range c.list(v) {
		ss = append(ss, c.str(x))
	}
	return ss
}

// words returns a list of names, and calls f with the position of each.
func (c *compiler) words(v cue.Value, f func(string, spectree.Position)) []string {
	var ss []string
	for _, x := range c.list(v) {
		s := c.str(x)
		f(s, cueerr.AuthorPos(x))
		ss = append(ss, s)
	}
	return ss
}

func (c *compiler) integer(v cue.Value) int64 {
	n, err := v.Int64()
	if err != nil {
		c.add(err)
	}
	return n
}

func (c *compiler) boolean(v cue.Value) bool {
	b, err := v.Bool()
	if err != nil {
		c.add(err)
	}
	return b
}
