package diff

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/ocispec/ocispec/internal/plain"
)

// Text writes a diff as plain text.
func Text(w io.Writer, d *Diff) error {
	var b strings.Builder
	text(&b, document(d), 0)
	_, err := io.WriteString(w, b.String())
	return err
}

// text writes a section; its content is indented below its title.
func text(b *strings.Builder, s section, depth int) {
	indent := strings.Repeat("  ", max(depth-1, 0))
	if depth > 0 {
		b.WriteByte('\n')
	}
	fmt.Fprintf(b, "%s%s\n", indent, s.Title)
	if len(s.Table) > 0 {
		t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, row := range s.Table {
			fmt.Fprintf(t, "%s  %s\n", indent, strings.TrimRight(strings.Join(row, "\t"), "\t"))
		}
		t.Flush()
	}
	textItems(b, s.Items, indent+"  ")
	for _, sub := range s.Sections {
		text(b, sub, depth+1)
	}
}

func textItems(b *strings.Builder, items []item, indent string) {
	for _, i := range items {
		b.WriteString(indent)
		for _, s := range i.Spans {
			b.WriteString(s.Text)
		}
		b.WriteByte('\n')
		textItems(b, i.Items, indent+"  ")
	}
}

// Markdown writes a diff in GitHub Flavored Markdown.
func Markdown(w io.Writer, d *Diff) error {
	var b strings.Builder
	markdown(&b, document(d), 1)
	_, err := io.WriteString(w, b.String())
	return err
}

func markdown(b *strings.Builder, s section, depth int) {
	if depth > 1 {
		b.WriteByte('\n')
	}
	fmt.Fprintf(b, "%s %s\n", strings.Repeat("#", depth), plain.Prose(s.Title))
	for i, row := range s.Table {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	if len(s.Items) > 0 {
		b.WriteByte('\n')
	}
	markdownItems(b, s.Items, "")
	for _, sub := range s.Sections {
		markdown(b, sub, depth+1)
	}
}

func markdownItems(b *strings.Builder, items []item, indent string) {
	for _, i := range items {
		b.WriteString(indent + "- ")
		for _, s := range i.Spans {
			if s.Code {
				b.WriteString(plain.Code(s.Text))
			} else {
				b.WriteString(plain.Prose(s.Text))
			}
		}
		b.WriteByte('\n')
		markdownItems(b, i.Items, indent+"  ")
	}
}
