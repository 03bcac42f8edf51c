package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/ocispec/ocispec/result"
)

// JUnit writes one test suite with a test per case. A warning is a passed test
// with output. Unsupported, disabled and blocked cases are skipped tests whose
// message has the reason. Inconclusive cases and errors are errors.
func JUnit(w io.Writer, r *result.Run) error {
	r = Cleaned(concise(r))
	suite := junit.Testsuite{Name: r.Spec, Time: fmt.Sprintf("%.3f", r.Ended.Sub(r.Started).Seconds())}
	suite.SetTimestamp(r.Started.UTC())
	for _, p := range []line{
		{"spec", r.Spec}, {"registry", r.Registry}, {"seed", r.Seed},
		{"tool", r.Tool.Name + " " + r.Tool.Version}, {"outcome", string(r.Outcome)},
	} {
		suite.AddProperty(p.Label, p.Text)
	}
	if r.Insecure {
		suite.AddProperty("tls", notVerified)
	}
	clauses := map[string]result.Finding{}
	for _, f := range r.Findings {
		clauses[f.Requirement] = f
	}
	seen := map[string]bool{}
	for _, c := range r.Cases {
		t := testcase(c, clauses)
		// JUnit readers interpret dots as package separators.
		t.Classname = "ocispec." + strings.ReplaceAll(r.Spec, ".", "_")
		for n := 2; seen[t.Name]; n++ {
			t.Name = fmt.Sprintf("%s (%d)", c.ID, n)
		}
		seen[t.Name] = true
		suite.AddTestcase(t)
	}
	all := junit.Testsuites{Name: "ocispec", Time: suite.Time}
	all.AddSuite(suite)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return all.WriteXML(w)
}

func testcase(c result.Case, findings map[string]result.Finding) junit.Testcase {
	t := junit.Testcase{Name: c.ID, Time: fmt.Sprintf("%.3f", c.Elapsed.Seconds())}
	out := c.Title + "\n"
	bad, n, first := problems(c, c.Outcome, findings)
	switch c.Outcome {
	case result.Pass:
		return t
	case result.Warn:
		t.SystemOut = &junit.Output{Data: bad}
	case result.Fail:
		msg := headline(first)
		if n > 1 {
			msg += fmt.Sprintf(" (and %d more)", n-1)
		}
		t.Failure = &junit.Result{Message: msg, Type: first.Requirement, Data: out + bad}
		if warnings, n, _ := problems(c, result.Warn, findings); n > 0 {
			t.SystemOut = &junit.Output{Data: warnings}
		}
	case result.Unsupported, result.Disabled, result.Blocked:
		t.Skipped = &junit.Result{Message: skipped(c), Data: c.Title}
	default:
		step, msg := reason(c)
		if step != "" {
			msg = "step " + step + ": " + msg
		}
		t.Error = &junit.Result{Message: clean(msg, 300), Type: string(c.Outcome), Data: out + msg + "\n" + bad}
	}
	return t
}

// problems describes the checks of a case with an outcome. It returns the text,
// the number of checks and the first check.
func problems(c result.Case, o result.Outcome, findings map[string]result.Finding) (string, int, result.Check) {
	var b strings.Builder
	var first result.Check
	n := 0
	for _, s := range c.Steps {
		for _, k := range s.Checks {
			if k.Outcome != o {
				continue
			}
			if n == 0 {
				first = k
			}
			n++
			fmt.Fprintf(&b, "\n%s (%s), step %s\n", k.Requirement, k.Level, s.ID)
			if f, ok := findings[k.Requirement]; ok {
				fmt.Fprintf(&b, "  %s\n  %s\n  %s\n", f.Text, f.Clause.Section, f.Clause.URL)
			}
			for _, l := range expectation(k.Message) {
				fmt.Fprintf(&b, "  %s\n", l)
			}
			if curl := lastCurl(s); curl != "" {
				fmt.Fprintf(&b, "  %s\n", curl)
			}
		}
	}
	return b.String(), n, first
}

func headline(k result.Check) string {
	if k.Requirement == "" {
		return "failed"
	}
	return clean(fmt.Sprintf("%s (%s): %s", k.Requirement, k.Level, k.Message), 300)
}

// lastCurl returns the command line of the last request of a step; the checks
// apply to its response.
func lastCurl(s result.Step) string {
	for i := len(s.Exchanges) - 1; i >= 0; i-- {
		if s.Exchanges[i].Curl != "" {
			return s.Exchanges[i].Curl
		}
	}
	return ""
}

func skipped(c result.Case) string {
	s := map[result.Outcome]string{
		result.Unsupported: "unsupported by the registry",
		result.Disabled:    "disabled",
		result.Blocked:     "blocked",
	}[c.Outcome]
	sep := " "
	if c.BlockedBy == nil && c.Setting == "" {
		sep = ": "
	}
	if why := because(c); why != "" {
		s += sep + why
	}
	return clean(s, 300)
}
