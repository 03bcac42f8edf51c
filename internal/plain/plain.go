// Package plain makes text of unknown origin safe to print, in a terminal and in
// Markdown, and finds where a long word may be broken.
package plain

import (
	"strings"
	"unicode"
)

// Line returns s as one line of at most max bytes. Characters that are not
// printable, such as escapes and bidirectional controls, become U+FFFD; a cut is
// marked by an ellipsis.
func Line(s string, max int) string {
	return cut(strings.Join(strings.Fields(printable(s)), " "), max)
}

// Block is Line for text of several lines: it preserves line feeds and tabs.
func Block(s string, max int) string { return cut(strings.TrimSpace(printable(s)), max) }

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || unicode.IsPrint(r):
			return r
		case r == '\r':
			return -1
		}
		return unicode.ReplacementChar
	}, s)
}

func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.ToValidUTF8(s[:max], "") + "…"
}

// Code returns a line as a Markdown code span, and "" for a blank line.
func Code(s string) string {
	s = strings.ReplaceAll(s, "\n", " ")
	if strings.TrimSpace(s) == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

var markup = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`, "|", `\|`, "~", `\~`,
	"!", `\!`, "&", "&amp;", "<", "&lt;", "@", "@\u200b", "\n", " ",
)

// Prose returns a line in Markdown that renders as s, without markup and mentions.
func Prose(s string) string { return markup.Replace(s) }

// Breaks splits an identifier or an address after each of the separators, where a line
// may be broken.
func Breaks(s, separators string) []string {
	var parts []string
	for s != "" {
		i := strings.IndexAny(s, separators) + 1
		if i == 0 {
			i = len(s)
		}
		parts = append(parts, s[:i])
		s = s[i:]
	}
	return parts
}
