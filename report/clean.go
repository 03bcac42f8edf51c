package report

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ocispec/ocispec/result"
)

// Limits for reports read by people, in characters.
const (
	maxLine  = 1000 // a header, a title, a line of a message
	maxCurl  = 4000
	maxBlock = 4000 // a message or a body
)

// clean returns s as one line of printable characters. Anything else (control
// characters, ANSI escapes, bidirectional and other invisible controls, bytes
// that are not UTF-8) is escaped. The result has at most max characters,
// followed by a mark if s was truncated; max 0 means no limit.
func clean(s string, max int) string { return cleanText(s, max, false) }

// cleanBlock is clean for multi-line text: it preserves line feeds and tabs. In the
// log of a GitHub Actions job, no line of it is a command.
func cleanBlock(s string, max int) string { return cleanText(s, max, true) }

func cleanText(s string, max int, block bool) string {
	if (max == 0 || len(s) <= max) && isPlain(s, block) {
		return s
	}
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		out := s[i : i+size]
		switch {
		case block && command(s, i):
			out = fmt.Sprintf(`\x%02x`, s[i])
		case r == utf8.RuneError && size == 1:
			out = fmt.Sprintf(`\x%02x`, s[i])
		case block && (r == '\n' || r == '\t'):
		case r == '\n':
			out = `\n`
		case r == '\r':
			out = `\r`
		case r == '\t':
			out = `\t`
		case r < ' ' || r == 0x7f:
			out = fmt.Sprintf(`\x%02x`, r)
		case unicode.IsPrint(r):
		case r < 0x10000:
			out = fmt.Sprintf(`\u%04x`, r)
		default:
			out = fmt.Sprintf(`\U%08x`, r)
		}
		n += utf8.RuneCountInString(out)
		if max > 0 && n > max {
			fmt.Fprintf(&b, "… (%d bytes)", len(s))
			break
		}
		b.WriteString(out)
		i += size
	}
	return b.String()
}

// isPlain reports whether a text has nothing but printable ASCII and, in a block,
// line feeds and tabs. A block with what could begin a command is not plain.
func isPlain(s string, block bool) bool {
	if block && (strings.Contains(s, "::") || strings.Contains(s, "##[")) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < ' ' || c > '~') && (!block || c != '\n' && c != '\t') {
			return false
		}
	}
	return true
}

// command reports whether a workflow command of GitHub Actions begins at an index of
// s: the runner executes lines of a log that begin with :: or ##[, after spaces.
func command(s string, i int) bool {
	if !strings.HasPrefix(s[i:], "::") && !strings.HasPrefix(s[i:], "##[") {
		return false
	}
	line := s[strings.LastIndexByte(s[:i], '\n')+1 : i]
	return strings.TrimLeftFunc(line, unicode.IsSpace) == ""
}

// withoutUserinfo removes the userinfo from a URL, even if it does not parse.
func withoutUserinfo(s string) string {
	start := 0
	if i := strings.Index(s, "://"); i >= 0 {
		start = i + len("://")
	}
	end := len(s)
	if i := strings.IndexAny(s[start:], "/?#"); i >= 0 {
		end = start + i
	}
	if at := strings.LastIndex(s[start:end], "@"); at >= 0 {
		return s[:start] + s[start+at+1:]
	}
	return s
}

// Cleaned returns a copy of a run in which every string is cleaned. Reports
// for people render this copy, so that they do not depend on the origin of each
// string.
func Cleaned(r *result.Run) *result.Run {
	c := scrub(reflect.ValueOf(*r), "").Interface().(result.Run)
	c.Registry = clean(withoutUserinfo(r.Registry), maxLine)
	return &c
}

// brief returns a run without exchanges.
func brief(r *result.Run) *result.Run {
	out := *r
	out.Cases = slices.Clone(r.Cases)
	for i := range out.Cases {
		c := &out.Cases[i]
		c.Steps = slices.Clone(c.Steps)
		for j := range c.Steps {
			c.Steps[j].Exchanges = nil
		}
	}
	return &out
}

// scrub copies a value. name is the name of the field that holds it.
func scrub(v reflect.Value, name string) reflect.Value {
	switch v.Kind() {
	case reflect.String:
		return reflect.ValueOf(scrubString(v.String(), name)).Convert(v.Type())
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		p := reflect.New(v.Type().Elem())
		p.Elem().Set(scrub(v.Elem(), name))
		return p
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
			return v
		}
		s := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			s.Index(i).Set(scrub(v.Index(i), name))
		}
		return s
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		m := reflect.MakeMapWithSize(v.Type(), v.Len())
		for k, e := range v.Seq2() {
			m.SetMapIndex(scrub(k, ""), scrub(e, name))
		}
		return m
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return v
		}
		s := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			f := v.Type().Field(i).Name
			switch v.Type() {
			case reflect.TypeFor[result.Body]():
				f = map[string]string{"Text": "Body"}[f]
			case reflect.TypeFor[result.RegistryError]():
				f = "" // one line
			}
			s.Field(i).Set(scrub(v.Field(i), f))
		}
		return s
	}
	return v
}

func scrubString(s, field string) string {
	switch field {
	case "Message", "Body":
		return cleanBlock(s, maxBlock)
	case "Curl":
		c := clean(s, maxCurl)
		if c != s {
			c += "  # escaped or truncated; see results.json"
		}
		return c
	}
	return clean(s, maxLine)
}
