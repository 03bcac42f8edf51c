package httpsyntax

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// maxReference is the length in bytes of the longest URI reference that is
// taken from a server. RFC 9110, 4.1, recommends to support 8000.
const maxReference = 16 << 10

// Param is a name and a value: of a link, or of a query.
type Param struct{ Name, Value string }

// Resolve resolves a URI reference that a server sent, as in Location or Link,
// against the URL of the request that it answered (RFC 3986, 5.2). The query of
// the reference is kept byte by byte, and so are the escapes of its path.
//
// It is an error if ref is empty, is longer than 16 KiB, has bytes other than
// printable ASCII, does not parse, or leads to a URL that has userinfo, a scheme
// other than http and https, no host, or a host or port that cannot be. Errors
// do not quote ref.
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
		return nil, fmt.Errorf("the reference has the byte 0x%02x, which no URI has", ref[i])
	}
	r, err := url.Parse(ref)
	if err != nil {
		return nil, malformed(err)
	}
	if r.User != nil {
		return nil, errors.New("the reference has userinfo")
	}
	u := base.ResolveReference(r)
	u.User = nil // of the base
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

// anyBase stands for the URL of a response where only the reference is judged.
var anyBase = &url.URL{Scheme: "http", Host: "registry.example", Path: "/"}

// CheckReference reports why a client cannot follow a URI reference from some
// HTTP or HTTPS URL: the errors are those of [Resolve].
func CheckReference(ref string) error {
	_, err := Resolve(anyBase, ref)
	return err
}

// malformed is the error of a reference that does not parse. Of the reference
// it quotes an escape at most.
func malformed(err error) error {
	var escape url.EscapeError
	if errors.As(err, &escape) {
		return fmt.Errorf("the reference has the malformed escape %q", string(escape))
	}
	return errors.New("the reference is malformed (RFC 3986, section 4.1)")
}

// hostRE matches hosts with or without a port, as DNS and IP have them: fewer
// than RFC 3986, 3.2.2, allows.
var hostRE = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(:[0-9]*)?$`)

// CheckHost reports why no connection can be made to the host of a URL.
func CheckHost(u *url.URL) error {
	switch {
	case u.Hostname() == "":
		return errors.New("there is no host")
	case !hostRE.MatchString(u.Host):
		return errors.New("the host is neither a name nor an address")
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return errors.New("the port is not from 1 to 65535")
		}
	}
	return nil
}

// AppendQuery returns a copy of u with parameters added at the end of its query,
// percent-encoded (RFC 3986, 3.4). What the query already has stays as it is,
// byte by byte: a server may have signed it.
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
