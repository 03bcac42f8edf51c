package published

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html/charset"
)

var (
	encodingRE = regexp.MustCompile(`^\s*<\?xml[^>]*\bencoding=["']([A-Za-z0-9._-]{1,40})["']`)
	charRefRE  = regexp.MustCompile(`&#(?:x[0-9a-fA-F]{1,8}|[0-9]{1,9});`)
)

// toUTF8 returns the text of a file as valid UTF-8. The encoding is that of a
// byte order mark, else that of the XML declaration, else UTF-8. Bytes that the
// encoding does not have, and characters that XML does not have, become U+FFFD.
func toUTF8(b []byte) []byte {
	label := "utf-8"
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		label, b = "utf-16le", b[2:]
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		label, b = "utf-16be", b[2:]
	default:
		if m := encodingRE.FindSubmatch(b[:min(len(b), 256)]); m != nil && !strings.HasPrefix(strings.ToLower(string(m[1])), "utf") {
			label = string(m[1])
		}
	}
	if label != "utf-8" {
		// An unknown encoding is read as UTF-8.
		if r, err := charset.NewReaderLabel(label, bytes.NewReader(b)); err == nil {
			if text, err := io.ReadAll(r); err == nil {
				b = text
			}
		}
	}
	b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	return bytes.Map(func(r rune) rune {
		if !inXML(r) {
			return unicode.ReplacementChar
		}
		return r
	}, b)
}

// legalReferences replaces references to characters that XML does not have: some
// writers produce them, and package xml rejects them.
func legalReferences(b []byte) []byte {
	return charRefRE.ReplaceAllFunc(b, func(ref []byte) []byte {
		digits, base := string(ref[2:len(ref)-1]), 10
		if digits[0] == 'x' {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseUint(digits, base, 32); err != nil || n > unicode.MaxRune || !inXML(rune(n)) {
			return []byte("\uFFFD")
		}
		return ref
	})
}

// inXML reports whether XML 1.0 has a character (section 2.2).
func inXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000
}
