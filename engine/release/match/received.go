package match

import (
	"net/http"
	"slices"
	"sync"
)

// Received is a response as received, with the parts that constraints apply to.
// It is safe for concurrent matching and must not be copied.
type Received struct {
	Status int
	Header http.Header
	Body   []byte
	// Problem describes an error in the framing of the body, or is empty. A
	// body with a problem does not match any constraint on the body.
	Problem string
	// Redirects is the number of redirects that led to the response.
	Redirects int

	once sync.Once
	json any
	err  error
}

// JSON returns the JSON value in the body, with numbers as json.Number. It
// decodes the body once. It returns an error if the body has more than one
// value, nests deeper than 200 levels or has more than 250,000 values.
func (r *Received) JSON() (any, error) {
	r.once.Do(func() { r.json, r.err = decodeJSON(r.Body) })
	return r.json, r.err
}

// Release frees the body.
func (r *Received) Release() { r.Body, r.json = nil, nil }

// has reports whether the response has a header field with a non-empty value.
func (r *Received) has(header string) bool {
	return slices.ContainsFunc(r.Header.Values(header), func(v string) bool { return v != "" })
}

// doc returns the JSON value in the body, or a mismatch.
func (r *Received) doc() (any, *Mismatch) {
	if r.Problem != "" {
		return nil, &Mismatch{Path: "body", Want: "a complete body", Got: r.Problem}
	}
	doc, err := r.JSON()
	if err != nil {
		return nil, &Mismatch{Path: "body", Want: "JSON", Got: Show(r.Body) + " (" + Cut(err.Error()) + ")"}
	}
	return doc, nil
}
