package show

import (
	"fmt"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
)

// Request returns the lines of a step's request: the request line with its
// query, the headers, and the body in words.
func Request(s *release.Step) []string {
	lines := []string{s.Method + " " + Template(s.URL) + query(s)}
	for _, h := range s.Header {
		lines = append(lines, h.Name+": "+Template(h.Value))
	}
	if s.Chunked {
		lines = append(lines, "Transfer-Encoding: chunked (and no Content-Length)")
	}
	switch {
	case s.Body == nil:
	case s.Body.JSON != nil:
		lines = append(lines, "body: "+text(string(s.Body.JSON)))
	default:
		lines = append(lines, "body: "+Template(s.Body.Text))
	}
	return lines
}

// query returns the parameters added to a step's URL. A URL from a response may
// already have a query.
func query(s *release.Step) string {
	sep := "?"
	if names := s.URL.Names(); len(names) > 0 && release.ParseRef(names[0]).Step != "" {
		sep = " with the parameters "
	}
	var b strings.Builder
	for _, p := range s.Query {
		b.WriteString(sep + p.Name + "=" + Template(p.Value))
		sep = "&"
	}
	return b.String()
}

// conditions describes when a step is sent, and how often.
func conditions(s *release.Step) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, w := range s.When {
		add("only if the response of step %q has %s", w.Step, inline(w.Response))
	}
	if s.Together != 0 {
		add("sent concurrently with the other steps of group %d", s.Together)
	}
	if s.Independent != 0 {
		add("independent of the other steps of group %d", s.Independent)
	}
	if s.After != nil {
		add("%s", after(*s.After))
	}
	if s.Repeat != nil {
		add("repeated up to %d times, every %v, until the response has %s", s.Repeat.Times, s.Repeat.Every, inline(s.Repeat.Until))
	}
	if s.Pages != nil {
		add("follows the Link with relation %q, up to %d times", s.Pages.Rel, s.Pages.Max)
	}
	return lines
}

// quoteAll returns ids in quotes, separated by spaces.
func quoteAll(ids []string) string {
	return strings.Trim(fmt.Sprintf("%q", ids), "[]")
}

func after(ids []string) string {
	if len(ids) == 0 {
		return "sent even if earlier steps failed, unless it uses their values"
	}
	return "sent if these steps succeeded: " + quoteAll(ids)
}

// consequences describes what follows from a step's response besides findings.
func consequences(s *release.Step) []string {
	var lines []string
	for _, c := range s.Captures {
		lines = append(lines, "captured as "+c.Name+": "+captured(c))
	}
	for _, o := range s.Observe {
		lines = append(lines, fmt.Sprintf("observed as %s %q if the response has %s", o.Name, o.Value, inline(o.Response)))
	}
	switch {
	case s.NoGate:
		lines = append(lines, "later steps are sent for any response")
	case s.Gate != nil:
		lines = append(lines, "later steps are sent if the response has "+inline(s.Gate))
	}
	return lines
}

func captured(c release.Capture) string {
	what := "the value at " + c.Pointer + " in the body"
	switch {
	case c.Header != "":
		what = "the header " + c.Header
	case c.Pointer == "":
		what = "the body"
	}
	if c.Regexp != "" {
		what = fmt.Sprintf("the first group of %q in %s", c.Regexp, what)
	}
	return what
}
