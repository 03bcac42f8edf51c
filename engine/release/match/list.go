package match

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// listMismatches matches an array against a rule.
func listMismatches(env Env, l *ListRule, list []any, path string) []Mismatch {
	var wrong []Mismatch
	fail := func(want, got string) {
		wrong = append(wrong, Mismatch{Path: path, Want: want, Got: got})
	}
	has := func(m *Matcher) int {
		return slices.IndexFunc(list, func(x any) bool { return len(m.Match(env, x)) == 0 })
	}
	for _, m := range l.Contains {
		if has(m) < 0 {
			fail("an element matching "+Cut(describeMatcher(m, env)), showList(list))
		}
	}
	for _, m := range l.Lacks {
		if i := has(m); i >= 0 {
			fail("no element matching "+Cut(describeMatcher(m, env)), Show(list[i]))
		}
	}
	if l.Length != nil {
		for _, w := range l.Length.Match(env, len(list)) {
			fail("length "+w.Want, w.Got)
		}
	}
	if l.Total != nil {
		total := 0
		for _, k := range keysOf(list, "") {
			total += len(k)
		}
		for _, w := range l.Total.Match(env, total) {
			fail("total length "+w.Want+" bytes", w.Got)
		}
	}
	if len(l.Sorted) > 0 || l.Unique {
		keys := keysOf(list, l.By)
		if len(l.Sorted) > 0 && !slices.ContainsFunc(l.Sorted, func(order string) bool { return sorted(keys, order) }) {
			fail("elements sorted by "+strings.Join(l.Sorted, " or "), showList(list))
		}
		if k, ok := repeated(keys); ok && l.Unique {
			fail("no duplicate elements", Show(k)+" more than once")
		}
	}
	return append(wrong, each(env, l.Each, list, path)...)
}

// each matches every element of an array, and stops at maxEach mismatches.
func each(env Env, m *Matcher, list []any, path string) []Mismatch {
	var wrong []Mismatch
	if m == nil {
		return nil
	}
	for i, x := range list {
		for _, w := range m.Match(env, x) {
			w.Path = strings.TrimSuffix(fmt.Sprintf("%s.%d.%s", path, i, w.Path), ".")
			wrong = append(wrong, w)
		}
		if len(wrong) >= maxEach {
			break
		}
	}
	return wrong
}

// maxEach is the maximum number of mismatches reported for the elements of an
// array.
const maxEach = 20

// showList formats an array, truncated.
func showList(list []any) string {
	return fmt.Sprintf("%d elements: %s", len(list), Show(list[:min(len(list), 20)]))
}

// keysOf returns the sort keys of the elements of a list: strings as they are,
// and other values as JSON.
func keysOf(list []any, by string) []string {
	keys := make([]string, 0, len(list))
	for _, x := range list {
		if v, ok := Pointer(x, by); ok {
			x = v
		}
		if s, ok := x.(string); ok {
			keys = append(keys, s)
			continue
		}
		b, err := json.Marshal(x)
		if err != nil {
			b = []byte(Show(x)) // unreachable: x was decoded from JSON
		}
		keys = append(keys, string(b))
	}
	return keys
}

// sorted reports whether keys are in the given order of a ListRule.
func sorted(keys []string, order string) bool {
	return slices.IsSortedFunc(keys, func(a, b string) int {
		if order == ByCaseless {
			a, b = strings.ToLower(a), strings.ToLower(b)
		}
		return strings.Compare(a, b)
	})
}

// repeated returns the first duplicate key.
func repeated(keys []string) (string, bool) {
	if slices.IsSorted(keys) { // needs no memory
		for i := range keys[min(1, len(keys)):] {
			if keys[i] == keys[i+1] {
				return keys[i], true
			}
		}
		return "", false
	}
	seen := map[string]bool{}
	for _, k := range keys {
		if seen[k] {
			return k, true
		}
		seen[k] = true
	}
	return "", false
}

// MatchPages matches the array at l.At, concatenated over all pages of a list.
func (l *ListRule) MatchPages(env Env, pages []*Received) []Mismatch {
	list, wrong := joined(pages, l.At)
	if len(wrong) > 0 {
		return wrong
	}
	return listMismatches(env, l, list, "all pages"+dotted(l.At))
}

// joined concatenates the arrays at a JSON pointer in the bodies of all pages.
func joined(pages []*Received, at string) ([]any, []Mismatch) {
	list := []any{}
	var wrong []Mismatch
	for i, p := range pages {
		v, bad := arrayAt(p, at)
		for _, w := range bad {
			if i > 0 {
				w.Path += " of page " + strconv.Itoa(i+1)
			}
			wrong = append(wrong, w)
		}
		list = append(list, v...)
	}
	return list, wrong
}

// arrayAt returns the array at a JSON pointer in a response body.
func arrayAt(a *Received, at string) ([]any, []Mismatch) {
	doc, wrong := a.doc()
	if wrong != nil {
		return nil, []Mismatch{*wrong}
	}
	v, ok := Pointer(doc, at)
	if !ok {
		v = Missing
	}
	list, ok := v.([]any)
	if !ok {
		return nil, []Mismatch{{Path: "body" + dotted(at), Want: "an array", Got: Show(v)}}
	}
	return list, nil
}

// dotted converts a JSON pointer to the notation of Mismatch.Path.
func dotted(pointer string) string { return strings.ReplaceAll(pointer, "/", ".") }
