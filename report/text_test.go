package report

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ocispec/ocispec/result"
)

func TestColumns(t *testing.T) {
	names := []string{"a", "bbbb", "cc", "dddddd", "e"}
	for _, tt := range []struct {
		width int
		want  string
	}{
		{80, "a  bbbb  cc  dddddd  e\n"},
		{21, "a     cc      e\nbbbb  dddddd\n"},
		{10, "a       e\nbbbb\ncc\ndddddd\n"},
		{1, "a\nbbbb\ncc\ndddddd\ne\n"},
	} {
		got := ""
		for _, l := range columns(names, tt.width) {
			for _, c := range l {
				got += c.text + strings.Repeat(" ", c.pad)
			}
			got += "\n"
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("width %d (-want +got):\n%s", tt.width, d)
		}
	}
	if got := columns(nil, 80); got != nil {
		t.Errorf("no cells: %v", got)
	}
}

// TestSummaryFitsScreen checks that the summary of a large run has at most 24 lines
// on a terminal of 80 columns, none of them longer than that.
func TestSummaryFitsScreen(t *testing.T) {
	r := sample()
	r.Findings, r.Cases = nil, r.Cases[:1]
	for _, kind := range []string{"apis", "data"} {
		for i := range 26 {
			word := []string{"Pass", "Pass", "Pass", "FAIL", "Skip"}[i%5]
			title := fmt.Sprintf("Manifest put with tag %02d", i)
			r.Rows[kind][title] = word
			r.Cases[0].Rows = append(r.Cases[0].Rows, title)
		}
	}
	p := &printer{opts: TextOptions{Width: 80}}
	p.verdict(r)
	p.summary(r)
	lines := strings.Split(strings.TrimSuffix(p.b.String(), "\n"), "\n")
	if len(lines) > 24 {
		t.Errorf("%d lines:\n%s", len(lines), p.b.String())
	}
	for _, l := range lines {
		if utf8.RuneCountInString(l) > 80 {
			t.Errorf("line of %d characters: %s", utf8.RuneCountInString(l), l)
		}
	}
}

// TestFilteredRun checks that the summary has no rows and categories that the run
// did not test.
func TestFilteredRun(t *testing.T) {
	r := sample()
	r.Cases = r.Cases[2:3] // blob-get
	r.Findings = nil
	r.Categories = map[string]result.Category{"Pull": {Outcome: result.Warn, Support: "positive"}, "Push": {Support: "none"}}
	for name, out := range map[string]string{
		"text":             render(t, plain, r),
		"markdown summary": fmt.Sprint(summarize(r).Lines),
		"html":             render(t, HTML, r),
	} {
		for _, untested := range []string{"Tag delete", "Sparse Manifests", "Push"} {
			if name == "html" && untested == "Push" {
				continue // a card says that it was not checked
			}
			if strings.Contains(out, untested) {
				t.Errorf("%s has %q", name, untested)
			}
		}
		for _, tested := range []string{"Blob get", "Image"} {
			if !strings.Contains(out, tested) && name != "markdown summary" { // which counts them
				t.Errorf("%s has no %q", name, tested)
			}
		}
	}
}

// TestOldResults checks that results that do not say which rows their cases count
// for, and the categories of requirements, have all rows and no areas.
func TestOldResults(t *testing.T) {
	r := sample()
	for i := range r.Cases {
		r.Cases[i].Rows = nil
		for j := range r.Cases[i].Steps {
			r.Cases[i].Steps[j].Row = ""
		}
	}
	for id, q := range r.Requirements {
		q.Category = ""
		r.Requirements[id] = q
	}
	text := render(t, plain, r)
	if strings.Contains(text, "──") || !strings.Contains(text, "– Tag delete") || !strings.Contains(text, "○ Sparse Manifests") {
		t.Errorf("text:\n%s", text)
	}
	html := render(t, HTML, r)
	for _, want := range []string{"Tag delete", "Sparse Manifests", ">Findings<"} {
		if !strings.Contains(html, want) {
			t.Errorf("HTML has no %q", want)
		}
	}
	if err := Text(io.Discard, &result.Run{}, TextOptions{Detail: Exchanges}); err != nil {
		t.Error(err)
	}
}

func TestGrid(t *testing.T) {
	check := func(o result.Outcome) result.Check { return result.Check{Outcome: o} }
	r := &result.Run{
		RowKinds: []result.RowKind{{ID: "apis", Title: "APIs"}, {ID: "data", Title: "Data"}},
		Rows:     result.Rows{"apis": {"get": "FAIL", "put": "Pass", "unused": "Skip"}, "data": {"image": "Pass", "index": "FAIL"}},
		Cases: []result.Case{
			{ID: "a", Rows: []string{"image"}, Steps: []result.Step{
				{Row: "put", Checks: []result.Check{check(result.Pass), {Outcome: result.Fail, Rule: true}}},
				{Row: "get", Checks: []result.Check{check(result.Unsupported), check(result.Pass)}},
			}},
			{ID: "b", Rows: []string{"index"}, Steps: []result.Step{{Row: "get", Checks: []result.Check{check(result.Blocked)}}}},
			{ID: "c", Rows: []string{"index"}, Steps: []result.Step{{Row: "get", Checks: []result.Check{check(result.Fail)}}}},
			{ID: "d", Steps: []result.Step{{Row: "put", Checks: []result.Check{check(result.Warn)}}, {Checks: []result.Check{check(result.Fail)}}}},
			{ID: "e", Rows: []string{"image"}, Steps: []result.Step{{Checks: []result.Check{check(result.Pass)}}}},
		},
	}
	got := ""
	for _, l := range newGrid(r).Lines {
		got += l.Title + ":"
		for i, c := range l.Cells {
			got += fmt.Sprintf(" %s=%s(%s)", newGrid(r).Columns[i].Title, c.Outcome, c.Case)
		}
		got += "\n"
	}
	want := ": get=() put=warn(d) =()\nimage: get=pass(a) put=pass(a) =pass(e)\nindex: get=fail(c) put=() =()\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if g := newGrid(&result.Run{}); g != nil {
		t.Errorf("an empty run has a grid: %+v", g)
	}
}
