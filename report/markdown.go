package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/result"
)

// The largest sizes of Markdown that GitHub accepts, in bytes, less some for text
// around it.
const (
	IssueBytes   = 65_000    // in an issue, a pull request or a comment
	SummaryBytes = 1_000_000 // in the summary of a step
)

// maxTroubles is the largest number of rows in the table of cases without a result.
const maxTroubles = 20

// MarkdownOptions bound [Markdown]. Zero means no limit.
type MarkdownOptions struct {
	MaxFindings int // failures first
	MaxBytes    int // findings that do not fit are left out
}

func issue(w io.Writer, r *result.Run) error {
	return Markdown(w, r, MarkdownOptions{MaxBytes: IssueBytes})
}

// Markdown writes the findings and a summary in GitHub Flavored Markdown. Text
// from the registry is formatted as code, so that it is not interpreted as
// markup or mentions. It says how many findings are left out.
func Markdown(w io.Writer, r *result.Run, opts MarkdownOptions) error {
	r = Cleaned(r)
	var head, tail strings.Builder
	markSummary(&head, r)
	markTroubles(&tail, troubles(r))
	for _, k := range rowKinds(r) {
		markRows(&tail, prose(k.Title), r.Rows[k.ID])
	}
	findings, more := shown(r, opts.MaxFindings)
	if len(findings) > 0 {
		head.WriteString("\n## Findings\n")
	}
	const note = 100 // what the sentence about those left out takes
	for _, f := range findings {
		var b strings.Builder
		markFinding(&b, f)
		if opts.MaxBytes > 0 && head.Len()+b.Len()+tail.Len()+note > opts.MaxBytes {
			more++
			continue
		}
		head.WriteString(b.String())
	}
	if more > 0 {
		fmt.Fprintf(&head, "\n%s\n", prose(leftOut(more)))
	}
	_, err := io.WriteString(w, head.String()+tail.String())
	return err
}

func markSummary(b *strings.Builder, r *result.Run) {
	s := summarize(r)
	fmt.Fprintf(b, "# %s: %s\n\n", prose("OCI distribution-spec "+r.Spec), s.Verdict)
	fmt.Fprintf(b, "%s on %s", prose(r.Tool.Name+" "+r.Tool.Version), code(r.Registry))
	if s.Why != "" {
		fmt.Fprintf(b, " — %s", prose(s.Why))
	}
	b.WriteString("\n\n| | |\n|---|---|\n")
	for _, l := range s.Lines {
		fmt.Fprintf(b, "| %s | %s |\n", prose(l.Label), summaryCell(l))
	}
}

func markTroubles(b *strings.Builder, ts []trouble) {
	if len(ts) == 0 {
		return
	}
	b.WriteString("\n## Without a result\n\n| outcome | cases | first | message |\n|---|---|---|---|\n")
	for _, t := range ts[:min(len(ts), maxTroubles)] {
		fmt.Fprintf(b, "| %s | %d | %s | %s |\n", prose(string(t.Outcome)), t.Cases,
			cell(code(result.Place{Case: t.Case, Step: t.Step}.String())), cell(code(clean(t.Message, maxLine))))
	}
	if n := len(ts) - maxTroubles; n > 0 {
		fmt.Fprintf(b, "\n%s\n", count(n, "more message is left out", "more messages are left out"))
	}
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
