package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// code is an error code from the table of the specification.
type code string

// The codes that the registry returns. It does not use UNAUTHORIZED and
// TOOMANYREQUESTS, as it has neither authentication nor rate limits.
const (
	blobUnknown         code = "BLOB_UNKNOWN"
	blobUploadInvalid   code = "BLOB_UPLOAD_INVALID"
	blobUploadUnknown   code = "BLOB_UPLOAD_UNKNOWN"
	digestInvalid       code = "DIGEST_INVALID"
	manifestBlobUnknown code = "MANIFEST_BLOB_UNKNOWN"
	manifestInvalid     code = "MANIFEST_INVALID"
	manifestUnknown     code = "MANIFEST_UNKNOWN"
	nameInvalid         code = "NAME_INVALID"
	nameUnknown         code = "NAME_UNKNOWN"
	sizeInvalid         code = "SIZE_INVALID"
	denied              code = "DENIED"
	unsupported         code = "UNSUPPORTED"
)

// problem is an error response.
type problem struct {
	status int
	errors []detail
}

type detail struct {
	Code    code   `json:"code"`
	Message string `json:"message"`
	Detail  any    `json:"detail,omitempty"`
}

func (p *problem) Error() string {
	return fmt.Sprintf("%d %s: %s", p.status, p.errors[0].Code, p.errors[0].Message)
}

// reject returns an error response with one error.
func reject(status int, c code, format string, args ...any) *problem {
	return &problem{status, []detail{{Code: c, Message: fmt.Sprintf(format, args...)}}}
}

// errFull is the error response for a request that would exceed a limit in
// Options.
var errFull = reject(http.StatusInsufficientStorage, denied, "a storage limit of the registry is reached")

// fail sends an error response: 500 for an error that is not a problem.
func (c *call) fail(err error) {
	var p *problem
	if !errors.As(err, &p) {
		p = reject(http.StatusInternalServerError, unsupported, "%v", err)
	}
	c.json(p.status, "application/json", struct {
		Errors []detail `json:"errors"`
	}{p.errors})
}

// json responds with v encoded as JSON. The response to HEAD has the same
// header fields as that to GET.
func (c *call) json(status int, mediaType string, v any) {
	b := encode(v)
	h := c.w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	c.w.WriteHeader(status)
	if c.req.Method != http.MethodHead {
		c.w.Write(b)
	}
}

// encode returns the JSON encoding of v and a newline. It does not escape <, >
// and &. It panics if v cannot be encoded.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// empty responds with a status code and no body.
func (c *call) empty(status int) {
	if status != http.StatusNoContent {
		c.w.Header().Set("Content-Length", "0")
	}
	c.w.WriteHeader(status)
}
