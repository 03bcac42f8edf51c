package httpclient

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// hidden replaces secrets and truncated text.
const hidden = "…"

var secretHeaders = []string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "Cookie2", "Set-Cookie2"}

// secretParams are the names, in lower case, of query parameters with
// credentials: of signed URLs and OAuth 2.0 (RFC 6749, RFC 6750).
var secretParams = []string{
	"x-amz-signature", "x-amz-credential", "x-amz-security-token",
	"x-goog-signature", "x-goog-credential", "awsaccesskeyid", "key-pair-id",
	"sig", "signature", "token", "access_token", "refresh_token", "id_token",
	"password", "client_secret",
}

var (
	userinfoRE = regexp.MustCompile(`(?i)(https?://)[^/?#\s"<>@]*@`)
	tokenRE    = regexp.MustCompile(`(?i)("(?:access_|refresh_|id_|identity_)?token"\s*:\s*")(?:[^"\\]|\\.)*`)
)

// hideURL hides userinfo and credentials in the URLs of a text.
func hideURL(s string) string {
	if strings.Contains(s, "://") && strings.Contains(s, "@") { // avoid the slow regular expression
		s = userinfoRE.ReplaceAllString(s, "${1}"+hidden+"@")
	}
	var (
		b    strings.Builder
		done int // length of the processed prefix of s
		name int // possible start of a parameter name
	)
	for i := 0; i < len(s); i++ {
		if strings.IndexByte("?&#;, \t\r\n\"'<>", s[i]) >= 0 {
			name = i + 1
		}
		if s[i] != '=' {
			continue
		}
		if isSecretParam(s[name:i]) {
			end := i + 1
			if strings.HasPrefix(s[end:], `"`) {
				end++
			}
			b.WriteString(s[done:end] + hidden)
			for end < len(s) && strings.IndexByte("&#, \t\r\n\"<>", s[end]) < 0 {
				end++
			}
			done, i = end, end-1
		}
		name = i + 1
	}
	return b.String() + s[done:]
}

func isSecretParam(name string) bool {
	if len(name) > 100 {
		return false
	}
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	return slices.Contains(secretParams, strings.ToLower(name))
}

// redactor hides credentials in records.
type redactor struct {
	headers func(name string) bool
	values  []string // longest first
}

func (c *Client) isSecret(name string) bool { return isSecret(name, c.opts.SecretHeaders) }

func isSecret(name string, more []string) bool {
	same := func(s string) bool { return strings.EqualFold(s, name) }
	return slices.ContainsFunc(secretHeaders, same) || slices.ContainsFunc(more, same)
}

func (c *Client) secrets(req *Request) *redactor {
	return newRedactor(req, c.opts.SecretHeaders, c.opts.Secrets)
}

// newRedactor returns a redactor that also hides the credentials in the header
// of the request, because a server may echo them.
func newRedactor(req *Request, headers, values []string) *redactor {
	r := &redactor{headers: func(name string) bool { return isSecret(name, headers) }}
	for _, v := range values {
		if v != "" {
			r.values = append(r.values, v)
		}
	}
	for name, values := range req.Header {
		if !r.headers(name) {
			continue
		}
		for _, v := range values {
			r.values = append(r.values, credentials(v)...)
			for pair := range strings.SplitSeq(v, ";") { // of Cookie (RFC 6265, section 4.2.1)
				if _, v, ok := strings.Cut(pair, "="); ok {
					r.values = append(r.values, credentials(v)...)
				}
			}
		}
	}
	slices.SortFunc(r.values, func(a, b string) int { return len(b) - len(a) })
	return r
}

// credentials returns the secret parts of a header value. It omits those that
// are too short to be distinguished from other text.
func credentials(v string) []string {
	found := []string{v}
	scheme, rest, ok := strings.Cut(v, " ")
	if ok {
		found = append(found, strings.TrimSpace(rest))
	}
	if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest)); ok && err == nil && strings.EqualFold(scheme, "basic") {
		_, password, _ := strings.Cut(string(b), ":")
		found = append(found, string(b), password)
	}
	return slices.DeleteFunc(found, func(s string) bool { return len(s) < 8 })
}

// text hides credentials in text.
func (r *redactor) text(s string) string {
	for _, v := range r.values {
		s = strings.ReplaceAll(s, v, hidden)
	}
	return hideURL(s)
}

// error hides credentials in the message of an error, and truncates it.
func (r *redactor) error(err *Error) *Error {
	err.Message = oneLine(r.text(err.Message))
	return err
}

// body hides credentials in at most the first 8 KiB of a body, and reports whether
// that is the whole body. Records contain less.
func (r *redactor) body(b []byte) ([]byte, bool) {
	const most = 8 << 10
	whole := len(b) <= most
	b = b[:min(len(b), most)]
	for _, v := range r.values {
		if bytes.Contains(b, []byte(v)) {
			b = bytes.ReplaceAll(b, []byte(v), []byte(hidden))
		}
	}
	s := string(b)
	if strings.Contains(strings.ToLower(s), `token"`) {
		s = tokenRE.ReplaceAllString(s, "${1}"+hidden)
	}
	return []byte(hideURL(s)), whole
}

// header returns a copy of a header of bounded size with credentials hidden.
func (r *redactor) header(h http.Header) http.Header {
	if len(h) == 0 {
		return nil
	}
	const most = 32 << 10
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	out := http.Header{}
	size := 0
	for _, name := range names {
		for _, v := range h[name] {
			switch {
			case size > most:
				continue
			case r.headers(name):
				v = hidden
			default:
				v = r.text(v)
			}
			if len(v) > most/8 {
				v = v[:most/8] + hidden
			}
			size += len(name) + len(v)
			out[name] = append(out[name], v)
		}
	}
	return out
}
