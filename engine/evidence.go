package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
	"github.com/ocispec/ocispec/result"
)

// evidence is what a finding shows of the exchange that it is about. Everything
// in it stems from the records of exchanges, which have no credentials.
func (run *caseRun) evidence(s *release.Step, c *release.Check, wrong []match.Mismatch, hops []result.Exchange) *result.Example {
	e := &result.Example{Case: run.c.ID, Step: s.ID}
	e.Expected, e.Actual = contrast(wrong)
	if len(hops) == 0 {
		return e
	}
	first, last := hops[0], hops[len(hops)-1]
	e.Request = first.Request.Method + " " + first.Request.URL
	e.Curl = run.command(s, last.Curl)
	for _, h := range hops[:len(hops)-1] {
		if h.Response != nil && h.Response.Header.Get("Location") != "" {
			e.Hops = append(e.Hops, result.Hop{Status: h.Response.Status, Location: h.Response.Header.Get("Location")})
		}
	}
	if last.Response != nil {
		e.Status = last.Response.Status
		e.Header = pick(last.Response.Header, run.headersOf(s, c))
		e.Error = run.registryError(last.Response.Body)
	}
	return e
}

// after lists the steps with an unsafe method that had a response before a step.
func (run *caseRun) after(s *release.Step) []string {
	var ids []string
	for _, e := range slices.Concat(run.c.Steps, run.c.Cleanup) {
		if e == s {
			break
		}
		if st := run.state(e.ID); st != nil && len(st.result.Exchanges) > 0 && !e.Safe() && (s.Together == 0 || e.Together != s.Together) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// contrast is what was expected and what was received, in one line each.
func contrast(wrong []match.Mismatch) (expected, actual string) {
	var wants, gots []string
	for _, m := range wrong {
		want, got := strings.TrimSpace(m.Path+" "+m.Want), strings.TrimSpace(m.Path+" "+m.Got)
		if m.Got == "nothing" {
			got = "no " + m.Path
		}
		if !slices.Contains(wants, want) || !slices.Contains(gots, got) {
			wants, gots = append(wants, want), append(gots, got)
		}
	}
	return oneLine(wants), oneLine(gots)
}

// oneLine joins phrases, and counts those beyond the third.
func oneLine(phrases []string) string {
	const most = 3
	rest := ""
	if n := len(phrases) - most; n > 0 {
		phrases, rest = phrases[:most], fmt.Sprintf("; and %d more", n)
	}
	return strings.ReplaceAll(strings.Join(phrases, "; "), "\n", " ") + rest
}

// framing are the headers of any response that say what its body is.
var framing = []string{"Content-Type", "Content-Length", "Transfer-Encoding"}

// headersOf are the headers that a check and the step are about, or that later
// steps take.
func (run *caseRun) headersOf(s *release.Step, c *release.Check) []string {
	names := slices.Clone(framing)
	for _, r := range []*match.Response{c.Response, c.When} {
		names = append(names, r.Headers()...)
	}
	for _, k := range s.Captures {
		names = append(names, k.Header)
	}
	for _, later := range slices.Concat(run.c.Steps, run.c.Cleanup) {
		later.Inputs(func(t match.Template) {
			for _, n := range t.Names() {
				if ref := release.ParseRef(n); ref.Step == s.ID && ref.Part == "header" {
					names = append(names, ref.Key)
				}
			}
		})
	}
	return names
}

// pick returns the fields of a header that have one of these names.
func pick(h http.Header, names []string) http.Header {
	out := http.Header{}
	for _, n := range names {
		n = http.CanonicalHeaderKey(n)
		if vs := h.Values(n); len(vs) > 0 {
			out[n] = vs
		}
	}
	return out
}

// registryError is the error in a body, where the release says it stands.
func (run *caseRun) registryError(b *result.Body) *result.RegistryError {
	at := run.rel.Error
	if at == nil || b == nil || b.Text == "" || int64(len(b.Text)) < b.Size {
		return nil
	}
	var doc any
	if json.Unmarshal([]byte(b.Text), &doc) != nil {
		return nil
	}
	text := func(pointer string) string {
		v, _ := match.Pointer(doc, pointer)
		s, _ := v.(string)
		return match.Cut(s)
	}
	e := &result.RegistryError{Code: text(at.Code), Message: text(at.Message)}
	if e.Code == "" && e.Message == "" {
		return nil
	}
	return e
}

// bodyFile is how curl is told to read a body that is too large for its command
// line.
const bodyFile = "--data-binary @body-"

// command is a curl command line that can be run as it stands: a body that is
// generated content comes from a command that generates it.
func (run *caseRun) command(s *release.Step, curl string) string {
	i := strings.Index(curl, bodyFile)
	if i < 0 || s.Body == nil {
		return curl
	}
	ref := release.ParseRef(strings.TrimSuffix(strings.TrimPrefix(string(s.Body.Text), "${"), "}"))
	name, field := ref.DataName()
	if !ref.IsData() || field != "bytes" || len(s.Body.Text.Names()) != 1 {
		return curl
	}
	rest := curl[i+len(bodyFile):]
	if j := strings.IndexByte(rest, ' '); j >= 0 {
		rest = rest[j:]
	} else {
		rest = ""
	}
	return fmt.Sprintf("ocispec data --spec %s --seed %s %s %s | %s--data-binary @-%s",
		run.rel.Patch, shellWord(run.opts.Seed), run.c.ID, shellWord(name), curl[:i], rest)
}

// shellWord quotes a word for a POSIX shell, if it needs to be.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
