package model

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Altered is what variants and faults have in common: a registry that departs
// from the model, by its own options or by what is altered on the way.
type Altered struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why,omitempty"`
	// Since and Until are the first and last patch release that it is for.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// Registry has options of the model registry, by name.
	Registry json.RawMessage `json:"registry,omitempty"`
	Alter    []Alteration    `json:"alter,omitempty"`
	Pos      Pos             `json:"pos,omitempty"`
}

// Variant is a behaviour that a release allows: no check may fail on it.
type Variant struct {
	Altered
	// Allowed has the requirements, or places in the text, that allow it.
	Allowed []string `json:"allowed"`
	// Warns are the requirements that it does not meet, as it may.
	Warns []string `json:"warns,omitempty"`
}

// Fault is a defect of a registry, which checks have to find.
type Fault struct {
	Altered
	// Breaks are the requirements that it is to be found under.
	Breaks []string `json:"breaks"`
	// Findings is how many it gives, if not one, for the Reason given.
	Findings int    `json:"findings,omitempty"`
	Reason   string `json:"reason,omitempty"`
	// Cases are globs of the cases that can see it, if that does not follow
	// from what it breaks.
	Cases []string `json:"cases,omitempty"`
}

// Key is the id.
func (a *Altered) Key() string { return a.ID }

// alterations is the compiled form of variants or faults.
type alterations[T any] struct {
	Format int    `json:"format"`
	Digest string `json:"digest"` // of the sources
	List   []T    `json:"list"`
}

// EncodeAltered returns the compiled form of variants or faults: JSON with a
// line for each.
func EncodeAltered[T *Variant | *Fault](list []T, digest string) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"format\":%d,\"digest\":%q,\"list\":[", Format, digest)
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

// DecodeAltered reads the compiled form of variants or faults.
func DecodeAltered[T *Variant | *Fault](b []byte) (list []T, digest string, err error) {
	var f alterations[T]
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, "", fmt.Errorf("compiled form: %w", err)
	}
	if f.Format != Format {
		return nil, "", fmt.Errorf("compiled form of version %d, not %d", f.Format, Format)
	}
	for _, x := range f.List {
		if x == nil {
			return nil, "", errTruncated
		}
	}
	return f.List, f.Digest, nil
}
