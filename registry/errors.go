package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// code is an error code of the specification's table.
type code string

// The codes that the model has a use for. UNAUTHORIZED and TOOMANYREQUESTS
// are not among them: it asks for no login and never tires.
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

// problem is an error answer.
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

func refuse(status int, c code, format string, args ...any) *problem {
	return &problem{status, []detail{{Code: c, Message: fmt.Sprintf(format, args...)}}}
}

// errFull is the answer when one of the bounds in Options is reached.
var errFull = refuse(http.StatusInsufficientStorage, denied, "the registry is full")

// fail sends an error answer.
func (c *call) fail(err error) {
	var p *problem
	if !errors.As(err, &p) {
		p = refuse(http.StatusInternalServerError, unsupported, "%v", err)
	}
	c.json(p.status, "application/json", struct {
		Errors []detail `json:"errors"`
	}{p.errors})
}

// json sends v. A HEAD request gets the headers that GET would have got.
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

// encode returns the JSON of v, which has no part that could fail to encode,
// and a newline. It leaves <, > and & as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// empty sends a status without a body.
func (c *call) empty(status int) {
	if status != http.StatusNoContent {
		c.w.Header().Set("Content-Length", "0")
	}
	c.w.WriteHeader(status)
}
