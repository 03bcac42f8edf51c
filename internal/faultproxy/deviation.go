package faultproxy

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Deviation is the common part of variants and faults: a registry that differs
// from the model registry by its options or by alterations of exchanges.
type Deviation struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why,omitempty"`
	// Since and Until are the first and last patch release that the deviation
	// applies to.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// Registry holds options of the model registry as JSON, by name.
	Registry json.RawMessage `json:"registry,omitempty"`
	Alter    []Alteration    `json:"alter,omitempty"`
	Pos      string          `json:"pos,omitempty"`
}

// Variant is behaviour that a release allows: no check may fail on it.
type Variant struct {
	Deviation
	// Allowed lists the requirements, or sections of the specification, that allow
	// it.
	Allowed []string `json:"allowed"`
	// Warns lists the requirements of level SHOULD that the variant does not meet.
	Warns []string `json:"warns,omitempty"`
	// Large states that the variant treats large content in its own way.
	Large bool `json:"large,omitempty"`
}

// Fault is a defect of a registry, which the checks must find.
type Fault struct {
	Deviation
	// Breaks lists the requirements under which the fault must be found.
	Breaks []string `json:"breaks"`
	// Findings is the expected number of findings if it is not one; Reason states
	// why.
	Findings int    `json:"findings,omitempty"`
	Reason   string `json:"reason,omitempty"`
	// Cases lists globs of the cases that can detect the fault; empty means the
	// cases that check the requirements in Breaks.
	Cases []string `json:"cases,omitempty"`
}

// Base returns the common part of a variant or fault.
func (d *Deviation) Base() *Deviation { return d }

// format is the version of the compiled form. Increment it with every change to
// the types of this package.
const format = 1

// compiled is the compiled form of variants or faults.
type compiled[T any] struct {
	Format int    `json:"format"`
	Digest string `json:"digest"` // of the sources
	List   []T    `json:"list"`
}

// Encode returns the compiled form of variants or faults: JSON with one line
// per element. digest identifies the sources.
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

func decode[T *Variant | *Fault](b []byte) ([]T, error) {
	var f compiled[T]
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("compiled form: %w", err)
	}
	if f.Format != format {
		return nil, fmt.Errorf("compiled form: unknown format version %d; want %d", f.Format, format)
	}
	for _, x := range f.List {
		if x == nil {
			return nil, errTruncated
		}
	}
	return f.List, nil
}

// errTruncated is the error for a compiled form with a null element.
var errTruncated = errors.New("compiled form: an element is null")

// Deviations holds variants and faults, each sorted by id.
type Deviations struct {
	Variants []*Variant
	Faults   []*Fault
}

// File names of the compiled form.
const (
	VariantsFile = "variants.json"
	FaultsFile   = "faults.json"
)

//go:embed builtin/*.json
var builtin embed.FS

// Builtin returns the built-in variants and faults.
func Builtin() (*Deviations, error) {
	files, err := fs.Sub(builtin, "builtin")
	if err != nil {
		return nil, err
	}
	return Read(files)
}

// Read reads the compiled form of variants and faults from VariantsFile and
// FaultsFile.
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
