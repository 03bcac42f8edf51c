package published

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/internal/plain"
)

// Limits for junit.xml.
const (
	maxDepth   = 32      // of elements
	maxCases   = 100_000 // test cases
	maxMessage = 2000    // bytes of a message
	maxName    = 1000    // bytes of the name of a case
	maxProps   = 1000
)

// junit is the content of junit.xml, with every occurrence of each case.
type junit struct {
	root, suite string // the root element, and the name of the first suite
	declared    int    // the attribute tests of the root
	timestamp   string
	properties  map[string]string
	cases       []Case
}

// parser reads the tokens of junit.xml.
type parser struct {
	out   *junit
	depth int
	in    *Case // the case that contains the token, if any
	text  *strings.Builder
}

// parseJUnit parses junit.xml. It accepts either root element, rejects document
// type declarations, and returns an error for a file that exceeds a limit.
func parseJUnit(b []byte) (*junit, error) {
	d := xml.NewDecoder(bytes.NewReader(legalReferences(toUTF8(b))))
	// The text is UTF-8 already, whatever the declaration says.
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	p := &parser{out: &junit{properties: map[string]string{}}}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := p.token(t); err != nil {
			line, _ := d.InputPos()
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if p.out.root == "" {
		return nil, errors.New("no element")
	}
	return p.out, nil
}

func (p *parser) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.Directive:
		return errors.New("document type declarations are not accepted")
	case xml.StartElement:
		if p.depth++; p.depth > maxDepth {
			return fmt.Errorf("elements are nested deeper than %d", maxDepth)
		}
		return p.start(t)
	case xml.CharData:
		if p.text != nil && p.text.Len() <= maxMessage {
			p.text.Write(t)
		}
	case xml.EndElement:
		p.depth--
		p.end(t.Name.Local)
	}
	return nil
}

func (p *parser) start(e xml.StartElement) error {
	name := e.Name.Local
	switch {
	case p.depth == 1:
		if name != "testsuite" && name != "testsuites" {
			return fmt.Errorf("root element %q; want testsuite or testsuites", plain.Line(name, 40))
		}
		p.out.root = name
		p.out.declared, _ = strconv.Atoi(attr(e, "tests"))
	case name == "testcase":
		if len(p.out.cases) == maxCases {
			return fmt.Errorf("more than %d cases", maxCases)
		}
		p.out.cases = append(p.out.cases, Case{Name: plain.Line(attr(e, "name"), maxName), Status: status(attr(e, "status")), Count: 1})
		p.in = &p.out.cases[len(p.out.cases)-1]
	case name == "property" && p.in == nil && len(p.out.properties) < maxProps:
		p.out.properties[plain.Line(attr(e, "name"), maxName)] = plain.Block(attr(e, "value"), 64<<10)
	case p.in != nil:
		p.child(e)
	}
	if name == "testsuite" && p.out.suite == "" {
		p.out.suite, p.out.timestamp = plain.Line(attr(e, "name"), maxName), plain.Line(attr(e, "timestamp"), 40)
	}
	return nil
}

// child reads an element within a case. It decides over the attribute status.
func (p *parser) child(e xml.StartElement) {
	states := map[string]Status{"failure": Fail, "error": Error, "skipped": Skip, "disabled": Disabled}
	s, ok := states[e.Name.Local]
	switch {
	case ok:
		if p.in.Status == Pass || statusRank[s] > statusRank[p.in.Status] {
			p.in.Status = s
		}
		p.in.Message = attr(e, "message")
		p.text = &strings.Builder{}
	case e.Name.Local == "system-out" && p.in.Message == "":
		p.text = &strings.Builder{}
	}
}

func (p *parser) end(name string) {
	switch {
	case name == "testcase":
		p.in, p.text = nil, nil
	case p.in != nil && p.text != nil:
		s := strings.TrimSpace(p.text.String())
		if !strings.Contains(p.in.Message, s) {
			p.in.Message = strings.TrimSpace(p.in.Message + "\n" + s)
		}
		p.in.Message, p.text = plain.Block(p.in.Message, maxMessage), nil
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// status returns the status that an attribute stands for. Unknown words are
// errors; without an attribute, the case has passed.
func status(word string) Status {
	switch strings.ToLower(word) {
	case "", "pass", "passed":
		return Pass
	case "skip", "skipped", "pending":
		return Skip
	case "disabled":
		return Disabled
	case "fail", "failed":
		return Fail
	}
	return Error
}
