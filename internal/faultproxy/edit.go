package faultproxy

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// editJSON applies edits to the JSON value in b. If b is not JSON it returns b
// unchanged.
func (k *pick) editJSON(edits []JSONEdit, b []byte) []byte {
	v, err := parse(b)
	if err != nil {
		return b
	}
	for i := range edits {
		v = k.edit(v, tokens(edits[i].At), &edits[i])
	}
	return encode(v)
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// tokens returns the unescaped reference tokens of a JSON pointer (RFC 6901).
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	ts := strings.Split(pointer, "/")[1:]
	for i := range ts {
		ts[i] = unescape.Replace(ts[i])
	}
	return ts
}

// edit returns v with the values at the pointer changed by e.
func (k *pick) edit(v any, at []string, e *JSONEdit) any {
	if len(at) == 0 {
		return k.change(v, e)
	}
	switch x := v.(type) {
	case object:
		return k.editObject(x, at, e)
	case []any:
		return k.editArray(x, at, e)
	}
	return v
}

func (k *pick) editObject(o object, at []string, e *JSONEdit) any {
	out := make(object, 0, len(o)+1)
	found := false
	for _, m := range o {
		if at[0] != "*" && at[0] != m.name {
			out = append(out, m)
			continue
		}
		found = true
		if len(at) == 1 && e.Remove {
			continue
		}
		if len(at) == 1 && e.Rename != "" {
			m.name = e.Rename
		}
		m.value = k.edit(m.value, at[1:], e)
		out = append(out, m)
	}
	if !found && len(at) == 1 && at[0] != "*" && (e.Set != nil || e.Null) {
		out = append(out, member{at[0], k.change(nil, e)})
	}
	return out
}

func (k *pick) editArray(a []any, at []string, e *JSONEdit) any {
	out := make([]any, 0, len(a))
	for i, v := range a {
		switch {
		case at[0] != "*" && !isIndex(at[0], i, len(a)):
			out = append(out, v)
		case len(at) == 1 && e.Remove:
		default:
			out = append(out, k.edit(v, at[1:], e))
		}
	}
	return out
}

func isIndex(token string, i, length int) bool {
	n, err := strconv.Atoi(token)
	return err == nil && (n == i || n < 0 && n+length == i)
}

// change applies e to the value v itself.
func (k *pick) change(v any, e *JSONEdit) any {
	switch {
	case e.Set != nil:
		return k.fill(ordered(e.Set))
	case e.Null:
		return nil
	case e.Rewrite != nil:
		if s, ok := v.(string); ok {
			return k.rewrite(e.Rewrite, s)
		}
	}
	if a, ok := v.([]any); ok {
		return k.changeArray(slices.Clone(a), e)
	}
	return v
}

func (k *pick) changeArray(a []any, e *JSONEdit) any {
	switch {
	case e.Add != nil:
		return append(a, k.fill(ordered(e.Add)))
	case e.Without != nil:
		like := k.fill(ordered(e.Without))
		return slices.DeleteFunc(a, func(v any) bool { return resembles(v, like) })
	case e.Truncate != nil:
		return a[:min(max(*e.Truncate, 0), len(a))]
	case e.Reverse:
		slices.Reverse(a)
	case e.Sort:
		slices.SortStableFunc(a, func(x, y any) int { return bytes.Compare(encode(x), encode(y)) })
	case e.Duplicate != nil:
		if i := position(*e.Duplicate, len(a)); i < len(a) {
			return slices.Insert(a, i+1, a[i])
		}
	}
	return a
}

// fill expands the templates in the strings of a value.
func (k *pick) fill(v any) any {
	switch x := v.(type) {
	case string:
		return k.expand(x)
	case object:
		for i := range x {
			x[i].value = k.fill(x[i].value)
		}
	case []any:
		for i := range x {
			x[i] = k.fill(x[i])
		}
	}
	return v
}

// resembles reports whether v has all members of the object like, or is equal
// to like.
func resembles(v, like any) bool {
	want, ok := like.(object)
	if !ok {
		return bytes.Equal(encode(v), encode(like))
	}
	have, ok := v.(object)
	return ok && !slices.ContainsFunc(want, func(w member) bool {
		return !slices.ContainsFunc(have, func(h member) bool { return h.name == w.name && resembles(h.value, w.value) })
	})
}
