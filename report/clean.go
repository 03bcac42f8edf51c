package report

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
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

// Cleaned returns a copy of a run in which every string is cleaned; it shares what
// is the same. Reports for people render this copy, so that they do not depend on the
// origin of each string.
func Cleaned(r *result.Run) *result.Run {
	v, _ := scrub(reflect.ValueOf(*r), "")
	c := v.Interface().(result.Run)
	c.Registry = clean(withoutUserinfo(r.Registry), maxLine)
	return &c
}

// brief returns a run without exchanges.
func brief(r *result.Run) *result.Run {
	return without(r, func(*result.Case) bool { return true })
}

// concise returns a run without the exchanges of cases that passed.
func concise(r *result.Run) *result.Run {
	return without(r, func(c *result.Case) bool { return c.Outcome == result.Pass })
}

// without returns a run without the exchanges of some cases.
func without(r *result.Run, drop func(*result.Case) bool) *result.Run {
	out := *r
	out.Cases = slices.Clone(r.Cases)
	for i := range out.Cases {
		c := &out.Cases[i]
		if !drop(c) {
			continue
		}
		c.Steps = slices.Clone(c.Steps)
		for j := range c.Steps {
			c.Steps[j].Exchanges = nil
		}
	}
	return &out
}

// WithoutDisabled returns a copy of a run without its disabled cases and rows.
func WithoutDisabled(r *result.Run) *result.Run {
	out := *r
	out.Cases = slices.DeleteFunc(slices.Clone(r.Cases), func(c result.Case) bool { return c.Outcome == result.Disabled })
	out.Rows = result.Rows{}
	for kind, rows := range r.Rows {
		out.Rows[kind] = map[string]string{}
		for title, word := range rows {
			if word != "Disabled" {
				out.Rows[kind][title] = word
			}
		}
	}
	return &out
}

// scrub returns a value with its strings cleaned, and whether it differs from v; it
// copies only what changes. name is the name of the field that holds the value.
func scrub(v reflect.Value, name string) (_ reflect.Value, changed bool) {
	switch v.Kind() {
	case reflect.String:
		s := v.String()
		if c := scrubString(s, name); c != s {
			return reflect.ValueOf(c).Convert(v.Type()), true
		}
	case reflect.Pointer:
		if v.IsNil() {
			return v, false
		}
		if e, changed := scrub(v.Elem(), name); changed {
			p := reflect.New(v.Type().Elem())
			p.Elem().Set(e)
			return p, true
		}
	case reflect.Slice:
		return scrubSlice(v, name)
	case reflect.Map:
		return scrubMap(v, name)
	case reflect.Struct:
		return scrubStruct(v)
	}
	return v, false
}

func scrubSlice(v reflect.Value, name string) (_ reflect.Value, changed bool) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return v, false
	}
	out := v
	for i := range v.Len() {
		e, differs := scrub(v.Index(i), name)
		if differs && !changed {
			changed = true
			out = reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(out, v)
		}
		if differs {
			out.Index(i).Set(e)
		}
	}
	return out, changed
}

func scrubMap(v reflect.Value, name string) (_ reflect.Value, changed bool) {
	out := v
	for k, e := range v.Seq2() {
		key, a := scrub(k, "")
		value, b := scrub(e, name)
		if !a && !b {
			continue
		}
		if !changed {
			changed = true
			out = reflect.MakeMapWithSize(v.Type(), v.Len())
			for k, e := range v.Seq2() {
				out.SetMapIndex(k, e)
			}
		}
		out.SetMapIndex(k, reflect.Value{})
		out.SetMapIndex(key, value)
	}
	return out, changed
}

func scrubStruct(v reflect.Value) (_ reflect.Value, changed bool) {
	out := v
	for _, f := range texts(v.Type()) {
		e, differs := scrub(v.Field(f.index), f.name)
		if differs && !changed {
			changed = true
			out = reflect.New(v.Type()).Elem()
			out.Set(v)
		}
		if differs {
			out.Field(f.index).Set(e)
		}
	}
	return out, changed
}

// textField is a field that can have strings, with the name by which scrubString decides
// how to clean them.
type textField struct {
	index int
	name  string
}

// textFields has the fields of each struct type.
var textFields sync.Map

func texts(t reflect.Type) []textField {
	if known, ok := textFields.Load(t); ok {
		return known.([]textField)
	}
	var fields []textField
	for i := range t.NumField() {
		switch f := t.Field(i); {
		case t == reflect.TypeFor[time.Time](), !slices.Contains(textKinds, f.Type.Kind()):
		case t == reflect.TypeFor[result.Body]() && f.Name == "Text":
			fields = append(fields, textField{i, "Body"})
		case t == reflect.TypeFor[result.Body](), t == reflect.TypeFor[result.RegistryError]():
			fields = append(fields, textField{i, ""}) // one line
		default:
			fields = append(fields, textField{i, f.Name})
		}
	}
	textFields.Store(t, fields)
	return fields
}

var textKinds = []reflect.Kind{reflect.String, reflect.Pointer, reflect.Slice, reflect.Map, reflect.Struct}

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
