package faultproxy

import (
	"maps"
	"strconv"
)

// editBody returns the body b changed by e.
func (k *pick) editBody(e *BodyEdit, b []byte) []byte {
	if e.Text != nil {
		b = []byte(k.expand(*e.Text))
	}
	if len(e.JSON) > 0 {
		b = k.editJSON(e.JSON, b)
	}
	if e.Rewrite != nil {
		b = []byte(k.rewrite(e.Rewrite, string(b)))
	}
	if e.Format != "" {
		b = reformat(e.Format, b)
	}
	if e.Truncate != nil {
		b = b[:position(*e.Truncate, len(b))]
	}
	if e.Flip != nil {
		if i := position(*e.Flip, len(b)); i < len(b) {
			b = append([]byte{}, b...)
			b[i] ^= 1
		}
	}
	if e.Append != "" {
		b = append(b[:len(b):len(b)], k.expand(e.Append)...)
	}
	return b
}

// position returns the offset n, from the end if negative, limited to the range
// 0 to length.
func position(n, length int) int {
	if n < 0 {
		n += length
	}
	return min(max(n, 0), length)
}

// rewrite applies r to s.
func (k *pick) rewrite(r *Rewrite, s string) string {
	re := k.res[r.From]
	vars := maps.Clone(k.vars)
	var out []byte
	last := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		for i, name := range re.SubexpNames() {
			group := ""
			if m[2*i] >= 0 {
				group = s[m[2*i]:m[2*i+1]]
			}
			vars[strconv.Itoa(i)] = group
			if name != "" {
				vars[name] = group
			}
		}
		out = append(out, s[last:m[0]]...)
		out = append(out, expand(r.To, vars)...)
		last = m[1]
	}
	return string(append(out, s[last:]...))
}
