package published

import (
	"strings"
	"testing"
)

// xmlOf returns a suite with a case whose name and children are given.
func xmlOf(name, children string) string {
	return `<testsuite name="s"><testcase name="` + name + `">` + children + `</testcase></testsuite>`
}

func TestParseHostile(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"external entity":   {`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + xmlOf("&x;", ""), "document type declarations"},
		"expanding entity":  {`<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]>` + xmlOf("&y;", ""), "document type declarations"},
		"undeclared entity": {xmlOf("&x;", ""), "invalid character entity"},
		"deep nesting":      {strings.Repeat("<testsuite>", 10_000), "nested deeper than 32"},
		"many cases":        {"<testsuite>" + strings.Repeat("<testcase/>", maxCases+1), "more than 100000 cases"},
		"other root":        {"<html></html>", `root element "html"; want testsuite`},
		"empty":             {"", "no element"},
		"cut off":           {"<testsuite><testcase", "unexpected EOF"},
		"wrong nesting":     {"<testsuite><testcase></testsuite></testcase>", "closed by"},
	} {
		if _, err := parseJUnit([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestParseBounded(t *testing.T) {
	j, err := parseJUnit([]byte(xmlOf(strings.Repeat("n", 100_000), "<failure>"+strings.Repeat("m", 100_000)+"</failure>")))
	if err != nil {
		t.Fatal(err)
	}
	if c := j.cases[0]; len(c.Name) > maxName+3 || len(c.Message) > maxMessage+3 || c.Status != Fail {
		t.Errorf("name of %d bytes, message of %d bytes, status %s", len(c.Name), len(c.Message), c.Status)
	}
}

func TestParseEncodings(t *testing.T) {
	utf16 := "\xff\xfe"
	for _, r := range `<?xml version="1.0" encoding="UTF-16"?>` + xmlOf("grün", "") {
		utf16 += string([]byte{byte(r), byte(r >> 8)})
	}
	for name, tt := range map[string]struct{ in, want string }{
		"utf-8":              {xmlOf("grün", ""), "grün"},
		"byte order mark":    {"\xef\xbb\xbf" + xmlOf("grün", ""), "grün"},
		"latin1":             {`<?xml version="1.0" encoding="ISO-8859-1"?>` + xmlOf("gr\xfcn", ""), "grün"},
		"utf-16":             {utf16, "grün"},
		"wrong declaration":  {`<?xml version="1.0" encoding="UTF-8"?>` + xmlOf("gr\xfcn", ""), "gr\uFFFDn"},
		"unknown encoding":   {`<?xml version="1.0" encoding="klingon"?>` + xmlOf("grün", ""), "grün"},
		"control characters": {xmlOf("a\x00\x1bb&#27;&#x0;&#xD800;c&#10;d", ""), "a\uFFFD\uFFFDb\uFFFD\uFFFD\uFFFDc d"},
		"bidi control":       {xmlOf("a\u202eb", ""), "a\uFFFDb"},
	} {
		j, err := parseJUnit([]byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := j.cases[0].Name; got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestParseStatus(t *testing.T) {
	for in, want := range map[string]Status{
		`<testcase/>`: Pass,
		`<testcase status="passed"><system-out>ok</system-out></testcase>`:      Pass,
		`<testcase status="passed"><failure/></testcase>`:                       Fail,
		`<testcase status="failed"><skipped/></testcase>`:                       Fail,
		`<testcase status="skipped"><error message="panic"/></testcase>`:        Error,
		`<testcase><skipped/><failure/></testcase>`:                             Fail,
		`<testcase status="pending"/>`:                                          Skip,
		`<testcase status="timedout"/>`:                                         Error,
		`<testcase><disabled/></testcase>`:                                      Disabled,
		`<testcase><x><failure/></x></testcase><failure/><testcase name="b" />`: Fail,
	} {
		j, err := parseJUnit([]byte("<testsuite>" + in + "</testsuite>"))
		if err != nil {
			t.Errorf("%s: %v", in, err)
		} else if got := j.cases[0].Status; got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"export OCI_PASSWORD=abc":                        "export OCI_PASSWORD=***",
		"OCI_PASSWORD: 'a b c' # x":                      "OCI_PASSWORD: *** # x",
		"export OCI_PASSWORD=<artifactory-token>":        "export OCI_PASSWORD=<artifactory-token>",
		"OCI_PASSWORD=${TOKEN}":                          "OCI_PASSWORD=${TOKEN}",
		"OCI_PASSWORD=*****<br />":                       "OCI_PASSWORD=*****<br />",
		`{"token":"abcdefgh","n":1}`:                     `{"token":***,"n":1}`,
		"Authorization: Basic dXNlcjpwYXNz":              "Authorization: Basic ***",
		"Authorization: [Bearer abcdef]":                 "Authorization: [Bearer ***]",
		"curl -H 'X: Bearer abcdefghijklmn'":             "curl -H 'X: Bearer ***'",
		"https://u:p@host/v2/":                           "https://***@host/v2/",
		"tool --password abc --x":                        "tool --password *** --x",
		"docker login -u a -p abc host":                  "docker login -u a -p *** host",
		"Access-Control-Allow-Credentials: true":         "Access-Control-Allow-Credentials: true",
		"docker run -p 80:80 image":                      "docker run -p 80:80 image",
		"/blob?X-Amz-Signature=abc&a=b":                  "/blob?X-Amz-Signature=***&a=b",
		"id eyJhbGciOiJI.eyJzdWIiOiIx.c2ln":              "id ***",
		"ghp_abcdefghijklmnop":                           "***",
		"-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END": "-----BEGIN RSA PRIVATE KEY-----***-----END",
	} {
		var r redactor
		if got := r.text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzParseJUnit(f *testing.F) {
	f.Add([]byte(xmlOf("OCI Conformance Test/a", `<failure message="m">t</failure>`)))
	f.Add([]byte(`<?xml version="1.0" encoding="UTF-16"?><testsuites tests="1"><testsuite><properties><property name="a" value="b"/></properties></testsuite></testsuites>`))
	f.Add([]byte("\xff\xfe<\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		j, err := parseJUnit(b)
		if err != nil {
			return
		}
		r := &Result{Workflows: map[string]Status{}, Rows: map[string]map[string]Status{}}
		r.addCases(j)
		r.fromNames()
		if n := r.Counts; n.Cases != len(j.cases) || n.Cases != n.Pass+n.Skip+n.Fail+n.Error || n.Unique > n.Cases {
			t.Errorf("counts %+v of %d cases", n, len(j.cases))
		}
		for _, c := range r.Cases {
			if c.Status == "" || c.Count < 1 || strings.ContainsAny(c.Name+c.Message, "\x00\x1b\r") {
				t.Errorf("%+v", c)
			}
		}
	})
}

func FuzzParseReport(f *testing.F) {
	f.Add([]byte("<table><tr><td>Test Version</td><td>v1<br>2</td></tr></table>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := len(parseReport(b)); n > maxFacts {
			t.Errorf("%d facts", n)
		}
	})
}
