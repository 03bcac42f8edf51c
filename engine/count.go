package engine

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
)

// abreast is the number of repetitions of a step that are sent together. More can be
// under way, since these groups are independent.
const abreast = 8

// counted returns a case with each step that has a count as so many steps. A case that
// a setting turns off stays as it is.
func counted(c *release.Case, settings map[string]bool) *release.Case {
	if c.Switch != "" && !settings[c.Switch] {
		return c
	}
	has := func(s *release.Step) bool { return s.Count > 0 }
	if !slices.ContainsFunc(c.Steps, has) && !slices.ContainsFunc(c.Cleanup, has) {
		return c
	}
	whole := *c
	whole.Steps, whole.Cleanup = repeated(c.Steps), repeated(c.Cleanup)
	return &whole
}

func repeated(steps []*release.Step) []*release.Step {
	var out []*release.Step
	together, independent := 0, 0
	for _, s := range steps {
		together, independent = max(together, s.Together), max(independent, s.Independent)
	}
	for _, s := range steps {
		if s.Count == 0 {
			out = append(out, s)
			continue
		}
		independent++
		for n := range s.Count {
			if n%abreast == 0 {
				together++
			}
			one := nth(s, n+1)
			one.Together, one.Independent = together, cmp.Or(s.Independent, independent)
			out = append(out, one)
		}
	}
	return out
}

// nth returns a step with ${n} replaced.
func nth(s *release.Step, n int) *release.Step {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // it was decoded from JSON
	}
	text, one := strconv.Itoa(n), &release.Step{}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(b), "${n}", text)), one); err != nil {
		panic(err)
	}
	one.ID, one.Count = s.ID+" "+text, 0
	return one
}
