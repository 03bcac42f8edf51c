package httpclient

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// hidden replaces secrets and truncated text.
const hidden = "…"

// secretWords are what the names of header fields, query parameters and members
// of JSON with credentials contain, without case, hyphens and underscores: as in
// X-Auth-Token, X-Amz-Security-Token, client_secret and api_key.
var secretWords = []string{
	"token", "secret", "password", "passwd", "signature", "credential", "apikey", "accesskey",
	"privatekey", "authorization", "cookie", "keypairid",
}

// secretNames are whole names whose values are always credentials, however short.
var secretNames = []string{
	"sig", "jwt", "pwd", "token", "accesstoken", "refreshtoken", "idtoken", "identitytoken", "signature", "password",
	"clientsecret", "keypairid", "awsaccesskeyid", "xamzsignature", "xamzcredential", "xamzsecuritytoken",
	"xgoogsignature", "xgoogcredential",
}

// hints are parts of the names of members with credentials: without one of them in
// a text, the slow regular expression is not needed.
var hints = []string{"token", "secret", "pass", "pwd", "sig", "cred", "key", "auth", "cookie", "jwt"}

// longValue is the size in bytes from which the value of a name with a secret word
// is a credential: shorter ones are numbers of pages or states of uploads.
const longValue = 16

var (
	userinfoRE = regexp.MustCompile(`(?i)(https?://)[^/?#\s"<>@]*@`)
	// jwtRE matches a JSON Web Token (RFC 7519): its header is a JSON object in
	// base64url.
	jwtRE = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`)
	// memberRE matches a member of JSON with a string.
	memberRE = regexp.MustCompile(`("([A-Za-z0-9_-]{2,64})"\s*:\s*")(?:[^"\\]|\\.)+`)
)

// dashes removes hyphens and underscores.
var dashes = strings.NewReplacer("-", "", "_", "")

// credential reports whether a query parameter or a member of JSON has a
// credential as its value.
func credential(name, value string) bool {
	return slices.Contains(secretNames, plain(name)) || secretName(name) && len(value) >= longValue
}

// secretName reports whether a name has a secret word.
func secretName(name string) bool {
	name = plain(name)
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(name, w) })
}

// plain returns a name in lower case, without hyphens and underscores except for one
// at the beginning: _token is a parameter of other sorts.
func plain(name string) string {
	first := strings.HasPrefix(name, "_")
	name = dashes.Replace(strings.ToLower(name))
	if first {
		return "_" + name
	}
	return name
}

// hideTokens hides JSON Web Tokens, and members of JSON with credentials.
func hideTokens(s string) string {
	if strings.Contains(s, "eyJ") {
		s = jwtRE.ReplaceAllString(s, hidden)
	}
	if !strings.Contains(s, `"`) {
		return s // and no member
	}
	lower := lowerASCII(s)
	if !slices.ContainsFunc(hints, func(w string) bool { return strings.Contains(lower, w) }) {
		return s
	}
	return memberRE.ReplaceAllStringFunc(s, func(m string) string {
		if part := memberRE.FindStringSubmatch(m); credential(part[2], m[len(part[1]):]) {
			return part[1] + hidden
		}
		return m
	})
}

// lowerASCII returns s with the letters of ASCII in lower case: much faster than
// strings.ToLower for what is binary.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

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
		end := i + 1
		if strings.HasPrefix(s[end:], `"`) {
			end++
		}
		value := s[end:]
		if n := strings.IndexAny(value, "&#, \t\r\n\"<>"); n >= 0 {
			value = value[:n]
		}
		if isSecretParam(s[name:i], value) {
			b.WriteString(s[done:end] + hidden)
			done = end + len(value)
			i = done - 1
		}
		name = i + 1
	}
	return b.String() + s[done:]
}

func isSecretParam(name, value string) bool {
	if len(name) > 100 {
		return false
	}
	if unescaped, err := url.QueryUnescape(name); err == nil {
		name = unescaped
	}
	return credential(name, value)
}

// redactor hides credentials in records.
type redactor struct {
	headers func(name string) bool
	values  []string // longest first, not empty
}

func (c *Client) isSecret(name string) bool { return isSecret(name, c.opts.SecretHeaders) }

func isSecret(name string, more []string) bool {
	same := func(s string) bool { return strings.EqualFold(s, name) }
	return secretName(name) || slices.ContainsFunc(more, same)
}

// request hides the credentials in the header of a request, because a server may echo
// them.
func (r *redactor) request(req *Request) *redactor {
	for name, values := range req.Header {
		if r.headers(name) {
			r.sent(values)
		}
	}
	return r
}

// sent hides the credentials in the values of a header field that was sent.
func (r *redactor) sent(values []string) {
	for _, v := range values {
		r.add(credentials(v)...)
		for pair := range strings.SplitSeq(v, ";") { // of Cookie (RFC 6265, section 4.2.1)
			if _, v, ok := strings.Cut(pair, "="); ok {
				r.add(credentials(v)...)
			}
		}
	}
}

// add hides values, in all forms in which they can be part of a text.
func (r *redactor) add(values ...string) {
	for _, v := range values {
		if v == "" || slices.Contains(r.values, v) {
			continue
		}
		for _, form := range forms(v) {
			if !slices.Contains(r.values, form) {
				r.values = append(r.values, form)
			}
		}
	}
	slices.SortFunc(r.values, func(a, b string) int { return len(b) - len(a) })
}

// percentRE matches an encoded byte in a URL.
var percentRE = regexp.MustCompile("%[0-9A-F]{2}")

// forms returns a value as it stands, in a query, in a path, and in a string of JSON.
func forms(v string) []string {
	all := []string{v, url.QueryEscape(v), url.PathEscape(v)}
	for _, escaped := range all[1:] {
		all = append(all, percentRE.ReplaceAllStringFunc(escaped, strings.ToLower))
	}
	if b, err := json.Marshal(v); err == nil {
		text := string(b[1 : len(b)-1])
		all = append(all, text, strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(text))
	}
	return all
}

// shortest is the size in bytes of the shortest part of a credential that is
// distinguished from other text.
const shortest = 8

// credentials returns the secret parts of a header value that are not too short.
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
	return slices.DeleteFunc(found, func(s string) bool { return len(s) < shortest })
}

// text hides credentials in text.
func (r *redactor) text(s string) string {
	for _, v := range r.values {
		s = strings.ReplaceAll(s, v, hidden)
	}
	return hideURL(hideTokens(s))
}

// error hides credentials in the message of an error, and truncates it.
func (r *redactor) error(err *Error) *Error {
	err.Message = oneLine(r.text(err.Message))
	return err
}

// body hides credentials in the beginning of a body.
func (r *redactor) body(b []byte) []byte {
	for _, v := range r.values {
		if bytes.Contains(b, []byte(v)) {
			b = bytes.ReplaceAll(b, []byte(v), []byte(hidden))
		}
	}
	s := string(b)
	return []byte(hideURL(hideTokens(s)))
}

// header returns a copy of a header of bounded size with credentials hidden.
func (r *redactor) header(h http.Header) http.Header {
	if len(h) == 0 {
		return nil
	}
	const most = 8 << 10
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
			if len(v) > most/2 {
				v = v[:most/2] + hidden
			}
			size += len(name) + len(v)
			out[name] = append(out[name], v)
		}
	}
	return out
}
