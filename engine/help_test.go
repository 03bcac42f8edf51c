package engine

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine/release"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

// A part modifies a case, a step or a response under construction.
type (
	casePart func(*release.Case)
	stepPart func(*release.Step)
	respPart func(*match.Response)
)

// releaseOf returns a release of cases. Requirements whose ids begin with
// "must" are MUST, others SHOULD.
func releaseOf(cases ...*release.Case) *release.Release {
	r := &release.Release{Version: "v1", Patch: "v1.0"}
	for _, c := range cases {
		r.Cases = append(r.Cases, c)
		for _, s := range slices.Concat(c.Steps, c.Cleanup) {
			for _, k := range s.Checks {
				require(r, k.Requirement)
			}
		}
	}
	return r
}

func require(r *release.Release, id string) {
	level := release.Should
	if strings.HasPrefix(id, "must") {
		level = release.Must
	}
	if strings.HasPrefix(id, "may") {
		level = release.May
	}
	if r.Requirement(id) == nil {
		q := &release.Requirement{ID: id, Text: "Text of " + id + ".", Level: level, Category: "work"}
		if strings.Contains(id, "contested") {
			q.Contested = &release.Contested{Reason: "The editors changed it."}
		}
		if _, what, ok := strings.Cut(id, ".with-"); ok {
			q.Needs = []string{what}
		}
		r.Requirements = append(r.Requirements, q)
	}
}

// withRule adds a check that applies to every response.
func withRule(r *release.Release, requirement string, when *match.Response, parts ...respPart) *release.Release {
	require(r, requirement)
	r.Rules = append(r.Rules, &release.Rule{ID: requirement, When: when, Checks: []*release.Check{{Requirement: requirement, Response: resp(parts...)}}})
	return r
}

// testCase returns a case of steps and other parts.
func testCase(id string, parts ...any) *release.Case {
	c := &release.Case{Summary: release.Summary{ID: id, Title: "Case " + id}}
	for _, p := range parts {
		switch p := p.(type) {
		case *release.Step:
			c.Steps = append(c.Steps, p)
		case casePart:
			p(c)
		}
	}
	for i, s := range slices.Concat(c.Steps, c.Cleanup) {
		if s.ID == "" {
			s.ID = strconv.Itoa(i + 1)
		}
		for _, k := range s.Checks {
			c.Checks = append(c.Checks, k.Requirement)
		}
	}
	return c
}

func needs(what ...string) casePart    { return func(c *release.Case) { c.Needs = what } }
func provides(what ...string) casePart { return func(c *release.Case) { c.Provides = what } }
func rows(ids ...string) casePart      { return func(c *release.Case) { c.Rows = ids } }
func quiet() casePart                  { return func(c *release.Case) { c.Quiet = true } }

func cleanup(steps ...*release.Step) casePart {
	return func(c *release.Case) { c.Cleanup = steps }
}

func random(name string, size int64) casePart {
	return func(c *release.Case) {
		c.Data = append(c.Data, &release.Data{Name: name, Random: &size, MediaType: "application/octet-stream", Algorithm: "sha256"})
	}
}

// scoped makes the content of a case so far that of a set.
func scoped(set string) casePart {
	return func(c *release.Case) {
		for _, d := range c.Data {
			d.Scope = set
		}
	}
}

// step returns a step from a request line and parts.
func step(line string, parts ...stepPart) *release.Step {
	method, u, _ := strings.Cut(line, " ")
	s := &release.Step{Method: method, URL: match.Template(u)}
	for _, p := range parts {
		p(s)
	}
	return s
}

func id(id string) stepPart { return func(s *release.Step) { s.ID = id } }

func row(id string) stepPart { return func(s *release.Step) { s.Row = id } }

func noGate() stepPart { return func(s *release.Step) { s.NoGate = true } }

func gate(parts ...respPart) stepPart { return func(s *release.Step) { s.Gate = resp(parts...) } }

func together(n int) stepPart { return func(s *release.Step) { s.Together = n } }

func after(ids ...string) stepPart {
	return func(s *release.Step) { s.After = &ids }
}

func when(step string, parts ...respPart) stepPart {
	return func(s *release.Step) {
		s.When = append(s.When, release.Condition{Step: step, Response: resp(parts...)})
	}
}

func unsupported(parts ...respPart) stepPart {
	return func(s *release.Step) { s.Unsupported = resp(parts...) }
}

func observe(name, value string, parts ...respPart) stepPart {
	return func(s *release.Step) {
		s.Observe = append(s.Observe, release.Observe{Name: name, Value: value, Response: resp(parts...)})
	}
}

func capture(k release.Capture) stepPart {
	return func(s *release.Step) { s.Captures = append(s.Captures, k) }
}

func pages(n int) stepPart {
	return func(s *release.Step) { s.Pages = &release.Pages{Rel: "next", Max: n} }
}

func repeat(times int, until ...respPart) stepPart {
	return func(s *release.Step) {
		s.Repeat = &release.Repeat{Until: resp(until...), Times: times, Every: time.Millisecond}
	}
}

func sends(body string) stepPart {
	return func(s *release.Step) { s.Body = &release.Body{Text: match.Template(body)} }
}

func query(name, value string) stepPart {
	return func(s *release.Step) {
		s.Query = append(s.Query, release.Param{Name: name, Value: match.Template(value)})
	}
}

func header(name, value string) stepPart {
	return func(s *release.Step) {
		s.Header = append(s.Header, release.Param{Name: name, Value: match.Template(value)})
	}
}

// expect adds a check of a requirement.
func expect(requirement string, parts ...respPart) stepPart {
	return func(s *release.Step) {
		s.Checks = append(s.Checks, &release.Check{Requirement: requirement, Response: resp(parts...)})
	}
}

// expectWhen adds a check that applies to responses with that status.
func expectWhen(status int, requirement string, parts ...respPart) stepPart {
	return func(s *release.Step) {
		s.Checks = append(s.Checks, &release.Check{Requirement: requirement, When: resp(is(status)), Response: resp(parts...)})
	}
}

func resp(parts ...respPart) *match.Response {
	r := &match.Response{}
	for _, p := range parts {
		p(r)
	}
	return r
}

func is(statuses ...int) respPart {
	return func(r *match.Response) {
		var kids []*match.Matcher
		for _, s := range statuses {
			kids = append(kids, &match.Matcher{Op: match.Equal, Value: []byte(strconv.Itoa(s))})
		}
		r.Status = &match.Matcher{Op: match.Or, Kids: kids}
	}
}

func field(name string, value *match.Matcher) respPart {
	return func(r *match.Response) { r.Header = append(r.Header, match.HeaderRule{Name: name, Value: value}) }
}

func content(m *match.Matcher) respPart { return func(r *match.Response) { r.Body = m } }

func onPages(l match.ListRule) respPart {
	return func(r *match.Response) { r.Pages = append(r.Pages, l) }
}

func eq(text string) *match.Matcher {
	return &match.Matcher{Op: match.Equal, Text: match.Template(text)}
}

func num(n string) *match.Matcher { return &match.Matcher{Op: match.Equal, Value: []byte(n)} }

func like(re string) *match.Matcher {
	return &match.Matcher{Op: match.Regexp, Text: match.Template(re)}
}

func object(name string, m *match.Matcher) *match.Matcher {
	return &match.Matcher{Op: match.Object, Fields: []match.Field{{Name: name, Match: m}}, Rest: &match.Matcher{Op: match.Any}}
}

// client returns a client with short waits.
func client(t testing.TB) *httpclient.Client {
	c := httpclient.New(httpclient.Options{Limits: httpclient.Limits{Timeout: 5 * time.Second, Retries: -1}})
	t.Cleanup(c.Close)
	return c
}

func target(s *server) Target {
	u, err := url.Parse(s.URL)
	if err != nil {
		panic(err)
	}
	return Target{URL: u, Repo: "team/repo", Other: "team/other", Hosts: s.hosts}
}

// run runs a release against a server.
func run(t testing.TB, rel *release.Release, s *server, opts Options) *result.Run {
	t.Helper()
	return runContext(t, context.Background(), rel, s, opts)
}

func runContext(t testing.TB, ctx context.Context, rel *release.Release, s *server, opts Options) *result.Run {
	t.Helper()
	if opts.Seed == "" {
		opts.Seed = "seed"
	}
	out, err := Run(ctx, rel, target(s), client(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// show formats the results of a run.
func show(r *result.Run) string {
	var b strings.Builder
	for _, c := range r.Cases {
		fmt.Fprintf(&b, "%s: %s", c.ID, c.Outcome)
		if c.BlockedBy != nil {
			fmt.Fprintf(&b, " by %s", c.BlockedBy)
		}
		if c.Setting != "" {
			fmt.Fprintf(&b, " set by %s", c.Setting)
		}
		b.WriteByte('\n')
		for _, s := range c.Steps {
			fmt.Fprintf(&b, "  %s", s.ID)
			if s.BlockedBy != nil {
				fmt.Fprintf(&b, " by %s", s.BlockedBy)
			}
			b.WriteByte(':')
			for _, k := range s.Checks {
				fmt.Fprintf(&b, " %s %s", k.Requirement, k.Outcome)
				if k.Way != "" && k.Outcome != result.Blocked && k.Outcome != result.Unsupported {
					fmt.Fprintf(&b, " (%s)", k.Way)
				}
				b.WriteByte(';')
			}
			b.WriteByte('\n')
		}
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %s ×%d in %v blocks %d\n", f.Outcome, f.Requirement, f.Count, f.Cases, f.Blocks)
	}
	fmt.Fprintf(&b, "= %s", r.Outcome)
	return b.String()
}

// same compares text with an expectation that is indented by tabs.
func same(t testing.TB, got, want string) {
	t.Helper()
	var lines []string
	for l := range strings.Lines(strings.Trim(want, "\n")) {
		lines = append(lines, strings.TrimLeft(strings.TrimRight(l, "\n"), "\t"))
	}
	if w := strings.TrimRight(strings.Join(lines, "\n"), "\n"); got != w {
		t.Errorf("got\n%s\nwant\n%s", got, w)
	}
}
