package match

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// Received is a response as received, with the parts that constraints apply to.
// It is safe for concurrent matching and must not be copied.
type Received struct {
	Status int
	Header http.Header
	// Body is the body, unless it is stored elsewhere: see Store.
	Body []byte
	// Long, if not nil, is the body in place of Body.
	Long *Long
	// Hold, if not nil, is called before the bytes of Long, as many as that, are taken
	// into memory.
	Hold func(memory int)
	// Problem describes an error in the framing of the body, or is empty. A
	// body with a problem does not match any constraint on the body.
	Problem string
	// Limit is the limit of ocispec because of which the body is not known, or
	// empty. A constraint on the body then gives a mismatch with Limit.
	Limit string
	// Redirects is the number of redirects that led to the response.
	Redirects int
	// Reserve, if not nil, is called before JSON is decoded, with the memory in bytes
	// that its values take by estimate. An error is a limit of ocispec.
	Reserve func(memory int) error

	mu      sync.Mutex
	decoded bool
	json    any
	err     error
	memory  int
	// brief: the values are not kept after a match; load reads the body.
	brief bool
	load  func() ([]byte, error)
}

// JSON returns the JSON value in the body, with numbers as json.Number. It
// decodes the body once, unless Store was called. It returns an error if the body
// has more than one value, nests deeper than 200 levels or has values of more than
// about 40 MiB.
func (r *Received) JSON() (any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.decoded {
		return r.json, r.err
	}
	v, err := r.decode()
	if !r.brief {
		r.decoded, r.json, r.err = true, v, err
	}
	return v, err
}

func (r *Received) decode() (any, error) {
	b, err := r.Content()
	if err != nil {
		return nil, err
	}
	depth, memory := measure(b)
	r.memory = memory
	switch {
	case depth > maxJSONDepth:
		return nil, errDepth
	case memory > maxJSONMemory:
		return nil, errMemory
	}
	if r.Reserve != nil {
		if err := r.Reserve(memory); err != nil {
			return nil, fmt.Errorf("%w: %w", errLimit, err)
		}
	}
	return decodeJSON(b)
}

// Content returns the body in memory; the caller must not change it. It returns an error
// if a stored body cannot be read.
func (r *Received) Content() ([]byte, error) {
	switch {
	case r.Long != nil:
		if r.Hold != nil {
			r.Hold(int(r.Long.Len()))
		}
		return r.Long.Bytes(), nil
	case r.load == nil:
		return r.Body, nil
	}
	b, err := r.load()
	if err != nil {
		return nil, fmt.Errorf("%w: read the body from a temporary file: %w", errLimit, err)
	}
	return b, nil
}

// Text returns the body as the value of a placeholder: a []byte or a *[Long], which is
// not taken into memory. The error is that of Content.
func (r *Received) Text() (any, error) {
	if r.Long != nil {
		return r.Long, nil
	}
	return r.Content()
}

// Memory returns the memory in bytes that the body and its values take, or would take
// if all of the body were in memory.
func (r *Received) Memory() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	size := len(r.Body)
	if r.Long != nil {
		size = int(r.Long.Len())
	}
	if r.json == nil {
		return size
	}
	return size + r.memory
}

// Store frees the values and, if load is not nil, Body, which load reads from then on.
// Both are read again for each match.
func (r *Received) Store(load func() ([]byte, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.decoded, r.json, r.err, r.brief, r.Reserve = false, nil, nil, true, nil
	if load != nil {
		r.Body, r.load = nil, load
	}
}

// Restore ends what Store began: b is Body.
func (r *Received) Restore(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Body, r.load, r.brief = b, nil, false
}

// Release frees the body and its values.
func (r *Received) Release() {
	r.Store(nil)
	r.Body, r.Long, r.load = nil, nil, nil
}

// has reports whether the response has a header field with a non-empty value.
func (r *Received) has(header string) bool {
	return slices.ContainsFunc(r.Header.Values(header), func(v string) bool { return v != "" })
}

// broken returns why the body cannot be matched, or nil.
func (r *Received) broken() *Mismatch {
	switch {
	case r.Limit != "":
		return &Mismatch{Path: "body", Want: "a complete body", Got: r.Limit, Limit: true}
	case r.Problem != "":
		return &Mismatch{Path: "body", Want: "a complete body", Got: r.Problem}
	}
	return nil
}

// doc returns the JSON value in the body, or a mismatch.
func (r *Received) doc() (any, *Mismatch) {
	if wrong := r.broken(); wrong != nil {
		return nil, wrong
	}
	doc, err := r.JSON()
	if IsLimit(err) {
		return nil, &Mismatch{Path: "body", Want: "JSON", Got: err.Error(), Limit: true}
	}
	if err != nil {
		b, _ := r.Content()
		return nil, &Mismatch{Path: "body", Want: "JSON", Got: Show(b) + " (" + Cut(err.Error()) + ")"}
	}
	return doc, nil
}
