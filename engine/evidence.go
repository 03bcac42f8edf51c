package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

// evidence returns what a finding shows of an exchange. All of it comes from
// the recorded exchanges, from which credentials have been removed.
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
		e.Error = registryError(run.rel, last.Response.Body)
	}
	return e
}

// after lists the earlier steps with an unsafe method (RFC 9110, section 9.2.1)
// that sent a request.
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

// contrast returns the expected and the actual values, one line each.
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

// oneLine joins phrases on one line. It replaces those beyond the third by
// their number.
func oneLine(phrases []string) string {
	const most = 3
	rest := ""
	if n := len(phrases) - most; n > 0 {
		phrases, rest = phrases[:most], fmt.Sprintf("; and %d more", n)
	}
	return strings.ReplaceAll(strings.Join(phrases, "; "), "\n", " ") + rest
}

// framing are the headers that describe the body of a response. Evidence always
// includes them.
var framing = []string{"Content-Type", "Content-Length", "Transfer-Encoding"}

// headersOf returns the names of the headers that the check constrains, the
// step captures, or later steps use.
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

// pick returns the fields of h with the given names.
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

// registryError returns the error in a body, at the JSON pointers that the
// release defines, or nil.
func registryError(rel *release.Release, b *result.Body) *result.RegistryError {
	at := rel.Error
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

// bodyFile is the curl option for a body that is too large for the command
// line.
const bodyFile = "--data-binary @body-"

// command returns a curl command line that can be run as is: "ocispec data"
// generates the body if it is too large for the command line.
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
		run.rel.Patch, shellWord(run.seed), run.c.ID, shellWord(name), curl[:i], rest)
}

// shellWord quotes a word for a POSIX shell if necessary.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
