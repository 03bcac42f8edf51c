package httpsyntax

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// maxReference is the maximum length of a URI reference from a server, in
// bytes. RFC 9110, section 4.1, recommends that implementations support at
// least 8000 octets.
const maxReference = 16 << 10

// Param is a name and a value: a parameter of a link or of a query.
type Param struct{ Name, Value string }

// Resolve resolves a URI reference from a response, as in Location or Link,
// against the URL of the request (RFC 3986, section 5.2). It keeps the query
// and the percent-encoding of the path of ref unchanged.
//
// Resolve returns an error if ref is empty, is longer than 16 KiB, has bytes
// other than printable ASCII, does not parse, or resolves to a URL with
// userinfo, with a scheme other than http and https, without a host, or with an
// invalid host or port. Errors do not quote ref.
func Resolve(base *url.URL, ref string) (*url.URL, error) {
	switch {
	case base == nil || !base.IsAbs() || base.Host == "":
		return nil, errors.New("the base URL is not absolute")
	case ref == "":
		return nil, errors.New("the reference is empty")
	case len(ref) > maxReference:
		return nil, fmt.Errorf("the reference is longer than %d bytes", maxReference)
	}
	if i := BadByte(ref); i >= 0 {
		return nil, fmt.Errorf("the reference has the byte 0x%02x, which is not allowed in a URI", ref[i])
	}
	r, err := url.Parse(ref)
	if err != nil {
		return nil, malformed(err)
	}
	if r.User != nil {
		return nil, errors.New("the reference has userinfo")
	}
	u := base.ResolveReference(r)
	u.User = nil // ResolveReference copies it from the base
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("the scheme is %q, not http or https", u.Scheme)
	case u.Opaque != "":
		return nil, errors.New("the reference has a scheme but no host")
	}
	if err := CheckHost(u); err != nil {
		return nil, err
	}
	return u, nil
}

// anyBase is the base URL with which CheckReference resolves references.
var anyBase = &url.URL{Scheme: "http", Host: "registry.example", Path: "/"}

// CheckReference reports why a client cannot follow a URI reference, whatever
// the HTTP or HTTPS URL of the request. Its errors are those of [Resolve].
func CheckReference(ref string) error {
	_, err := Resolve(anyBase, ref)
	return err
}

// malformed returns the error for a reference that does not parse. It quotes at
// most an escape of the reference.
func malformed(err error) error {
	var escape url.EscapeError
	if errors.As(err, &escape) {
		return fmt.Errorf("the reference has the malformed escape %q", string(escape))
	}
	return errors.New("the reference is malformed (RFC 3986, section 4.1)")
}

// hostRE matches a DNS name or IP address with an optional port. RFC 3986,
// section 3.2.2, allows more.
var hostRE = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(:[0-9]*)?$`)

// CheckHost reports why a client cannot connect to the host of a URL.
func CheckHost(u *url.URL) error {
	switch {
	case u.Hostname() == "":
		return errors.New("the URL has no host")
	case !hostRE.MatchString(u.Host):
		return errors.New("the host is neither a DNS name nor an IP address")
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return errors.New("the port is not in the range 1 to 65535")
		}
	}
	return nil
}

// AppendQuery returns a copy of u with parameters appended to its query,
// percent-encoded (RFC 3986, section 3.4). It keeps the existing query
// unchanged, since a server may have signed it.
func AppendQuery(u *url.URL, params ...Param) *url.URL {
	v := *u
	var b strings.Builder
	b.WriteString(u.RawQuery)
	for _, p := range params {
		if s := b.String(); s != "" && !strings.HasSuffix(s, "&") {
			b.WriteByte('&')
		}
		b.WriteString(escape(p.Name))
		b.WriteByte('=')
		b.WriteString(escape(p.Value))
	}
	v.RawQuery = b.String()
	return &v
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
