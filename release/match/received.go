package match

import (
	"net/http"
	"slices"
	"sync"
)

// Received is a response as it was received, in the parts that constraints look
// at. It may be matched by several goroutines, and must not be copied.
type Received struct {
	Status int
	Header http.Header
	Body   []byte
	// Problem says what is wrong with the framing of the body; a body with a
	// problem matches no constraint on it.
	Problem string
	// Redirects is how many redirects led to the response.
	Redirects int

	once sync.Once
	json any
	err  error
}

// JSON decodes the JSON value in the body, once. Numbers are json.Number. It is
// an error if the body has more than one value, nests deeper than 200 levels or
// has more than 250,000 values.
func (r *Received) JSON() (any, error) {
	r.once.Do(func() { r.json, r.err = decodeJSON(r.Body) })
	return r.json, r.err
}

// has reports whether the response has a header with a value that is not empty.
func (r *Received) has(header string) bool {
	return slices.ContainsFunc(r.Header.Values(header), func(v string) bool { return v != "" })
}

// doc is the JSON value in the body, or what is wrong with it.
func (r *Received) doc() (any, *Mismatch) {
	if r.Problem != "" {
		return nil, &Mismatch{Path: "body", Want: "a whole body", Got: r.Problem}
	}
	doc, err := r.JSON()
	if err != nil {
		return nil, &Mismatch{Path: "body", Want: "JSON", Got: Show(r.Body) + " (" + Cut(err.Error()) + ")"}
	}
	return doc, nil
}
