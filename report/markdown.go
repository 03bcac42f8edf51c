package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/result"
)

// Markdown writes the findings and a summary in GitHub Flavored Markdown. Text
// from the registry is formatted as code, so that it is not interpreted as
// markup or mentions.
func Markdown(w io.Writer, r *result.Run) error {
	r = Cleaned(r)
	var b strings.Builder
	s := summarize(r)
	fmt.Fprintf(&b, "# %s: %s\n\n", prose("OCI distribution-spec "+r.Spec), s.Verdict)
	fmt.Fprintf(&b, "%s on %s", prose(r.Tool.Name+" "+r.Tool.Version), code(r.Registry))
	if s.Why != "" {
		fmt.Fprintf(&b, " — %s", prose(s.Why))
	}
	b.WriteString("\n\n| | |\n|---|---|\n")
	for _, l := range s.Lines {
		fmt.Fprintf(&b, "| %s | %s |\n", prose(l.Label), summaryCell(l))
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n## Findings\n")
	}
	for _, f := range sortedFindings(r) {
		markFinding(&b, f)
	}
	if ts := troubles(r); len(ts) > 0 {
		b.WriteString("\n## Without a result\n\n| outcome | cases | first | message |\n|---|---|---|---|\n")
		for _, t := range ts {
			fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", prose(string(t.Outcome)), t.Cases,
				cell(code(result.Place{Case: t.Case, Step: t.Step}.String())), cell(code(clean(t.Message, maxLine))))
		}
	}
	for _, k := range rowKinds(r) {
		markRows(&b, prose(k.Title), r.Rows[k.ID])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// summaryCell formats text from the command line or the registry as code.
func summaryCell(l line) string {
	if l.Label == "Seed" {
		return cell(code(l.Text))
	}
	return prose(l.Text)
}

func markFinding(b *strings.Builder, f result.Finding) {
	fmt.Fprintf(b, "\n### %s %s (%s)\n\n", strings.ToUpper(string(f.Outcome)), code(f.Requirement), prose(f.Level))
	fmt.Fprintf(b, "> %s\n>\n> %s\n\n", prose(f.Text), clauseLink(f.Clause))
	var text string
	for _, l := range evidence(f) {
		text += fmt.Sprintf("%-9s %s\n", l.Label, l.Text)
	}
	text = strings.TrimSuffix(text, "\n")
	fence := strings.Repeat("`", max(3, longestTicks(text)+1))
	fmt.Fprintf(b, "%s text\n%s\n%s\n\n", fence, text, fence)
	fmt.Fprintf(b, "%s\n", prose(occurrences(f)))
	if c := f.Example.Curl; c != "" {
		fence = strings.Repeat("`", max(3, longestTicks(c)+1))
		fmt.Fprintf(b, "\n%s sh\n%s\n%s\n", fence, c, fence)
	}
}

func clauseLink(c result.Clause) string {
	text := prose(c.Section)
	if !webURL(c.URL) || strings.ContainsAny(c.URL, " <>()|\\`") {
		return strings.TrimSpace(text + " " + code(c.URL))
	}
	if text == "" {
		text = "specification"
	}
	return fmt.Sprintf("[%s](%s)", text, c.URL)
}

func webURL(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

func markRows(b *strings.Builder, title string, rows map[string]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n<details><summary>%s</summary>\n\n| %s | |\n|---|---|\n", title, title)
	for _, t := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(b, "| %s | %s |\n", prose(t), prose(rows[t]))
	}
	b.WriteString("\n</details>\n")
}

// markup escapes inline Markdown.
var markup = strings.NewReplacer(
	"\\", `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`,
	"|", `\|`, "~", `\~`, "!", `\!`, "&", "&amp;", "<", "&lt;", ">", "&gt;",
	"\n", " ", "@", "@\u200b", "://", ":\u200b//",
)

// prose formats a line of text without markup, links and mentions.
func prose(s string) string { return markup.Replace(s) }

// code formats a line as a code span.
func code(s string) string {
	s = strings.ReplaceAll(s, "\n", " ")
	if strings.TrimSpace(s) == "" {
		return ""
	}
	ticks := strings.Repeat("`", longestTicks(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

// cell escapes the column separator of tables, which also applies within code.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// longestTicks returns the length of the longest run of backticks.
func longestTicks(s string) int {
	n, most := 0, 0
	for _, r := range s {
		if r != '`' {
			n = 0
			continue
		}
		n++
		most = max(most, n)
	}
	return most
}
