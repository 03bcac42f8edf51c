package report

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

func TestJUnitParsesBack(t *testing.T) {
	r := sample()
	var all junit.Testsuites
	if err := xml.Unmarshal([]byte(render(t, JUnit, r)), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Suites) != 1 {
		t.Fatalf("%d suites", len(all.Suites))
	}
	s := all.Suites[0]
	if s.Tests != len(r.Cases) || s.Failures != 1 || s.Errors != 3 || s.Skipped != 4 {
		t.Errorf("tests %d, failures %d, errors %d, skipped %d", s.Tests, s.Failures, s.Errors, s.Skipped)
	}
	cases := map[string]junit.Testcase{}
	for _, c := range s.Testcases {
		if _, ok := cases[c.Name]; ok {
			t.Errorf("two tests are called %s", c.Name)
		}
		cases[c.Name] = c
	}
	for _, want := range []string{"OCI-Subject", "spec.example", "curl -X PUT", "expected", "got nothing", "]]>"} {
		if f := cases["manifest-subject"].Failure; f == nil || !strings.Contains(f.Data, want) {
			t.Errorf("the failure lacks %q: %+v", want, f)
		}
	}
	if c := cases["blob-get"]; c.Failure != nil || c.SystemOut == nil || !strings.Contains(c.SystemOut.Data, "digest-header") {
		t.Errorf("a warning is %+v", c)
	}
	for name, want := range map[string]string{
		"referrers/list": "blocked because of manifest-subject/put",
		"sparse":         "disabled by the setting data.sparse",
		"tag-delete":     "unsupported by the registry",
	} {
		if s := cases[name].Skipped; s == nil || !strings.HasPrefix(s.Message, want) {
			t.Errorf("%s is skipped as %+v", name, s)
		}
	}
}
