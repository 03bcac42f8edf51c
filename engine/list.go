package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
)

// listMismatches checks an array against a rule.
func listMismatches(env match.Env, l *release.ListRule, list []any, path string) []match.Mismatch {
	var wrong []match.Mismatch
	fail := func(want, got string) {
		wrong = append(wrong, match.Mismatch{Path: path, Want: want, Got: got})
	}
	has := func(m *match.Matcher) int {
		return slices.IndexFunc(list, func(x any) bool { return len(m.Match(env, x)) == 0 })
	}
	for _, m := range l.Contains {
		if has(m) < 0 {
			fail("an element that is "+match.Cut(describeMatcher(m, env)), showList(list))
		}
	}
	for _, m := range l.Lacks {
		if i := has(m); i >= 0 {
			fail("no element that is "+match.Cut(describeMatcher(m, env)), match.Show(list[i]))
		}
	}
	if l.Length != nil {
		for _, w := range l.Length.Match(env, len(list)) {
			fail("a length of "+w.Want, w.Got)
		}
	}
	if l.Total != nil {
		total := 0
		for _, k := range keysOf(list, "") {
			total += len(k)
		}
		for _, w := range l.Total.Match(env, total) {
			fail("a total length of "+w.Want+" bytes", w.Got)
		}
	}
	if len(l.Sorted) > 0 || l.Unique {
		keys := keysOf(list, l.By)
		if len(l.Sorted) > 0 && !slices.ContainsFunc(l.Sorted, func(order string) bool { return sorted(keys, order) }) {
			fail("an order by "+strings.Join(l.Sorted, " or "), showList(list))
		}
		if k, ok := repeated(keys); ok && l.Unique {
			fail("no element twice", match.Show(k))
		}
	}
	return append(wrong, each(env, l.Each, list, path)...)
}

// each checks every element of an array. What is wrong with the first ones is
// enough.
func each(env match.Env, m *match.Matcher, list []any, path string) []match.Mismatch {
	var wrong []match.Mismatch
	if m == nil {
		return nil
	}
	for i, x := range list {
		for _, w := range m.Match(env, x) {
			w.Path = strings.TrimSuffix(fmt.Sprintf("%s.%d.%s", path, i, w.Path), ".")
			wrong = append(wrong, w)
		}
		if len(wrong) >= maxWrong {
			break
		}
	}
	return wrong
}

// showList shows an array, cut to a bounded length.
func showList(list []any) string {
	return fmt.Sprintf("%d elements: %s", len(list), match.Show(list[:min(len(list), 20)]))
}

// keysOf are what the elements of a list are compared by: strings as they are,
// and other values as JSON.
func keysOf(list []any, by string) []string {
	keys := make([]string, 0, len(list))
	for _, x := range list {
		if v, ok := pointer(x, by); ok {
			x = v
		}
		if s, ok := x.(string); ok {
			keys = append(keys, s)
			continue
		}
		b, err := json.Marshal(x)
		if err != nil {
			b = []byte(match.Show(x)) // not for what has been decoded
		}
		keys = append(keys, string(b))
	}
	return keys
}

// sorted reports whether keys are in an order of package model's.
func sorted(keys []string, order string) bool {
	return slices.IsSortedFunc(keys, func(a, b string) int {
		if order == release.ByCaseless {
			a, b = strings.ToLower(a), strings.ToLower(b)
		}
		return strings.Compare(a, b)
	})
}

// repeated returns a key that occurs twice.
func repeated(keys []string) (string, bool) {
	seen := map[string]bool{}
	for _, k := range keys {
		if seen[k] {
			return k, true
		}
		seen[k] = true
	}
	return "", false
}
