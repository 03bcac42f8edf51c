// Package httpsyntax parses the small grammars of HTTP: tokens (RFC 9110), URI
// references (RFC 3986) and web links (RFC 8288).
package httpsyntax

import "strings"

// IsToken reports whether s is a token (RFC 9110, section 5.6.2).
func IsToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 || !tokenByte(byte(r)) })
}

func tokenByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' ||
		strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}

// Safe reports whether a method is safe (RFC 9110, section 9.2.1), of those that
// requests use.
func Safe(method string) bool { return method == "GET" || method == "HEAD" }

// IsControl reports whether r is a control character that a field value must
// not contain (RFC 9110, section 5.5).
func IsControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// BadByte returns the index of the first byte that is not printable ASCII, and
// thus not allowed in a URI (RFC 3986, section 2), or -1.
func BadByte(s string) int {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
