package engine

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/engine/release/match"
	"github.com/ocispec/ocispec/result"
)

// TestLimits has responses up to the limits of ocispec, which are judged, and beyond,
// which are inconclusive with the limit named.
func TestLimits(t *testing.T) {
	list := func(r *match.Response) {
		r.Lists = append(r.Lists, match.ListRule{At: "/tags", Each: &match.Matcher{Op: match.Kind, Text: "string"}})
	}
	tags := func(n int) string { return `{"tags":[` + strings.Repeat(`"v1",`, n) + `"v2"]}` }
	for _, tt := range []struct {
		name, body string
		want       result.Outcome
		limit      string
	}{
		{"a tag list of 3 MB", tags(3 << 20 / 5), result.Pass, ""},
		{"a wrong element in 3 MB", strings.Replace(tags(3<<20/5), `"v2"`, "2", 1), result.Fail, ""},
		{"a tag list of 15 MB", tags(15 << 20 / 5), result.Inconclusive, "values of more than 40 MiB"},
		{"white space", tags(1) + strings.Repeat(" ", 15<<20), result.Pass, ""},
		{"nesting", `{"tags":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`, result.Inconclusive, "deeper than 200 levels"},
		{"17 MiB", tags(1) + strings.Repeat(" ", 17<<20), result.Inconclusive, "exceeds the limit of 16777216 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, map[string]any{"GET /list": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, tt.body) }})
			out := run(t, releaseOf(testCase("a", step("GET /list", gate(is(200), list), expect("must.x", is(200), list)), step("GET /next", noGate()))), s, Options{})
			if out.Outcome != tt.want || (len(out.Findings) > 0) != (tt.want == result.Fail) {
				t.Errorf("%s, findings %+v", out.Outcome, out.Findings)
			}
			if m := out.Cases[0].Steps[0].Checks[0].Message; !strings.Contains(m, tt.limit) {
				t.Errorf("message %q", m)
			}
		})
	}
}

// TestCaseBudget has a case that receives more than its budget: its other steps do not
// run, but it is cleaned up.
func TestCaseBudget(t *testing.T) {
	s := serve(t, map[string]any{
		"GET /large": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 3<<20)) }, "GET /small": 200, "DELETE /x": 202,
	})
	large := step("GET /large", expect("must.x", is(200)))
	rel := releaseOf(
		testCase("a", large, large, step("GET /small", id("small"), expect("must.small", is(200))), cleanup(step("DELETE /x", id("clean")))),
		testCase("b", step("GET /small", expect("must.x", is(200)))))
	out := run(t, rel, s, Options{Budget: Budget{Case: 5 << 20}})
	lines := strings.Join(s.lines(), ", ")
	if out.Outcome != result.Inconclusive || len(out.Findings) > 0 || lines != "GET /large, GET /large, DELETE /x, GET /small" {
		t.Errorf("%s, %s", out.Outcome, lines)
	}
	steps := out.Cases[0].Steps
	if m := steps[2].Message; m != "not run: the responses in the case have more than 5 MiB, the setting budget.case" {
		t.Errorf("message %q", m)
	}
}

// TestRunBudget has a run that receives more than its budget: no further case is run.
func TestRunBudget(t *testing.T) {
	s := serve(t, map[string]any{"GET /x": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 600<<10)) }})
	c := func(id string) *release.Case { return testCase(id, step("GET /x", expect("must.x", is(200)))) }
	out := run(t, releaseOf(c("a"), c("b")), s, Options{Budget: Budget{Run: 1 << 19}})
	if out.Outcome != result.Inconclusive || len(s.requests()) != 1 {
		t.Errorf("%s, %d requests", out.Outcome, len(s.requests()))
	}
	if m := out.Cases[1].Message; m != "not run: the responses in the run have more than 0.5 MiB, the setting budget.run" {
		t.Errorf("message %q", m)
	}
}

// TestStepBudget has a list in many pages, which is judged as a whole, and is
// inconclusive beyond the budget of a step. A request that is repeated has the same.
func TestStepBudget(t *testing.T) {
	const length, tags = 50, 10_000
	list := func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		if page < length-1 {
			w.Header().Set("Link", fmt.Sprintf(`</list?page=%d>; rel="next"`, page+1))
		}
		var all []string
		for i := range tags {
			all = append(all, fmt.Sprintf("%q", fmt.Sprintf("tag-%016d", page*tags+i)))
		}
		fmt.Fprintf(w, `{"tags":[%s]}`, strings.Join(all, ","))
	}
	sorted := onPages(match.ListRule{At: "/tags", Sorted: []string{match.ByBytes}, Unique: true})
	for _, tt := range []struct {
		name    string
		how     stepPart
		budget  int64
		want    result.Outcome
		message string
	}{
		{"500,000 tags in 11 MiB", pages(100), 0, result.Pass, ""},
		{"too much", pages(100), 2 << 20, result.Inconclusive, "the pages have more than 2 MiB, the setting budget.step"},
		{"too many values", pages(100), 12 << 20, result.Inconclusive, "values of more than 30 MiB"},
		{"repeated too often", repeat(100, is(404)), 2 << 20, result.Inconclusive, "the responses to the repeated request have more than 2 MiB, the setting budget.step"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, map[string]any{"GET /list": list})
			out := run(t, releaseOf(testCase("a", step("GET /list", tt.how, expect("must.x", is(200), sorted)))), s, Options{Budget: Budget{Step: tt.budget}})
			check := out.Cases[0].Steps[0].Checks[0]
			if out.Outcome != tt.want || !strings.Contains(check.Message, tt.message) {
				t.Errorf("%s: %q, findings %+v", out.Outcome, check.Message, out.Findings)
			}
		})
	}
}

// TestSpilled has more large bodies that later steps need than fit into memory: they
// are in temporary files without a name.
func TestSpilled(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	replies := map[string]any{"POST /x": 202}
	var steps []any
	var after []any
	for i := range 3 {
		name := fmt.Sprint("large-", i)
		body := strings.Repeat(string(rune('a'+i)), 5<<20)
		replies["GET /"+name] = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
		steps = append(steps, step("GET /"+name, id(name), expect("must.x", is(200))))
		after = append(after, step("GET /"+name, id(name+"-again"), expect("must.same", content(eq("${"+name+".body}")))),
			step("POST /x", id(name+"-length"), header("Length", "${"+name+".length}"), expect("must.post", is(202))))
	}
	for _, parallel := range []int{1, 8} {
		s := serve(t, replies)
		out := run(t, releaseOf(testCase("a", append(steps, after...)...)), s, Options{Parallel: parallel})
		if out.Outcome != result.Pass {
			t.Errorf("%s: %+v", out.Outcome, out.Findings)
		}
		if strings.Count(fmt.Sprint(s.requests()), "Length: 5242880") != 3 {
			t.Error("the lengths of stored bodies are not known")
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v (%v)", left, err)
	}
	t.Setenv("TMPDIR", dir+"/none")
	out := run(t, releaseOf(testCase("a", append(steps, after...)...)), serve(t, replies), Options{})
	if out.Outcome != result.Inconclusive || len(out.Findings) > 0 {
		t.Errorf("without a directory for temporary files: %s: %+v", out.Outcome, out.Findings)
	}
}
