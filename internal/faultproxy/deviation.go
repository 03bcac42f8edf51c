package faultproxy

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Deviation is what variants and faults have in common: a registry that departs
// from the model, by its own options or by what is altered on the way.
type Deviation struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why,omitempty"`
	// Since and Until are the first and last patch release that it is for.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// Registry has options of the model registry, by name.
	Registry json.RawMessage `json:"registry,omitempty"`
	Alter    []Alteration    `json:"alter,omitempty"`
	Pos      string          `json:"pos,omitempty"`
}

// Variant is a behaviour that a release allows: no check may fail on it.
type Variant struct {
	Deviation
	// Allowed has the requirements, or places in the text, that allow it.
	Allowed []string `json:"allowed"`
	// Warns are the requirements that it does not meet, as it may.
	Warns []string `json:"warns,omitempty"`
}

// Fault is a defect of a registry, which checks have to find.
type Fault struct {
	Deviation
	// Breaks are the requirements that it is to be found under.
	Breaks []string `json:"breaks"`
	// Findings is how many it gives, if not one, for the Reason given.
	Findings int    `json:"findings,omitempty"`
	Reason   string `json:"reason,omitempty"`
	// Cases are globs of the cases that can see it, if that does not follow
	// from what it breaks.
	Cases []string `json:"cases,omitempty"`
}

// Base is what variants and faults have in common.
func (d *Deviation) Base() *Deviation { return d }

// format is the version of the compiled form: raise it with every change to the
// types of this package.
const format = 1

// compiled is the compiled form of variants or faults.
type compiled[T any] struct {
	Format int    `json:"format"`
	Digest string `json:"digest"` // of the sources
	List   []T    `json:"list"`
}

// Encode returns the compiled form of variants or faults: JSON with a
// line for each.
func Encode[T *Variant | *Fault](list []T, digest string) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"format\":%d,\"digest\":%q,\"list\":[", format, digest)
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for i, x := range list {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n")
		if err := e.Encode(x); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1)
	}
	b.WriteString("\n]}\n")
	return b.Bytes(), nil
}

// decode reads the compiled form of variants or faults.
func decode[T *Variant | *Fault](b []byte) ([]T, error) {
	var f compiled[T]
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("compiled form: %w", err)
	}
	if f.Format != format {
		return nil, fmt.Errorf("compiled form of version %d, not %d", f.Format, format)
	}
	for _, x := range f.List {
		if x == nil {
			return nil, errTruncated
		}
	}
	return f.List, nil
}

// errTruncated is the error of a compiled form that is not whole.
var errTruncated = errors.New("the compiled form is truncated")

// Deviations has variants and faults, each by id.
type Deviations struct {
	Variants []*Variant
	Faults   []*Fault
}

// The files of the compiled form.
const (
	VariantsFile = "variants.json"
	FaultsFile   = "faults.json"
)

//go:embed builtin/*.json
var builtin embed.FS

// Builtin returns the variants and faults that are built into the program.
func Builtin() (*Deviations, error) {
	files, err := fs.Sub(builtin, "builtin")
	if err != nil {
		return nil, err
	}
	return Read(files)
}

// Read reads the compiled form of variants and faults from two files.
func Read(files fs.FS) (*Deviations, error) {
	d := &Deviations{}
	b, err := fs.ReadFile(files, VariantsFile)
	if err != nil {
		return nil, err
	}
	if d.Variants, err = decode[*Variant](b); err != nil {
		return nil, err
	}
	if b, err = fs.ReadFile(files, FaultsFile); err != nil {
		return nil, err
	}
	d.Faults, err = decode[*Fault](b)
	return d, err
}
